// One invocation an element, over a grid that may be two-dimensional because a dimension holds 65535 workgroups.
// The host gives the same workgroup counts by linearWorkgroups (src/engine/kernel.ts).

override WORKGROUP_SIZE: u32 = 64u;

fn linearIndex(id: vec3<u32>, groups: vec3<u32>) -> u32 {
  return id.x + id.y * groups.x * WORKGROUP_SIZE;
}
