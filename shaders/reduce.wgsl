// Sum or maximum over the middle of [outer, size, inner].
//   y[o, i] = Σ_k x[o, k, i]   or   max_k x[o, k, i]
// Flags: maximum; parallel (one workgroup an output, tree in workgroup memory; else one invocation an output).
// @import lib/linearIndex

struct Params {
  outputs: u32,
  size: u32,
  inner: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

fn combine(a: f32, b: f32) -> f32 {
#if maximum
  return max(a, b);
#else
  return a + b;
#endif
}

// Combines elements first, first + stride, … of one output; `first` is below `size`.
fn reduceStrided(slot: u32, first: u32, stride: u32) -> f32 {
  let base = (slot / params.inner) * params.size * params.inner + slot % params.inner;
  var result = x[base + first * params.inner];
  for (var k = first + stride; k < params.size; k += stride) {
    result = combine(result, x[base + k * params.inner]);
  }
  return result;
}

#if parallel
var<workgroup> sums: array<f32, WORKGROUP_SIZE>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let slot = group.x + group.y * groups.x;
  let inRange = slot < params.outputs;
  let lanes = min(WORKGROUP_SIZE, params.size);
  if (inRange && lane < lanes) {
    sums[lane] = reduceStrided(slot, lane, lanes);
  }
  for (var live = lanes; live > 1u; live = (live + 1u) / 2u) {
    workgroupBarrier();
    let half = (live + 1u) / 2u;
    if (lane + half < live) {
      sums[lane] = combine(sums[lane], sums[lane + half]);
    }
  }
  workgroupBarrier();
  if (inRange && lane == 0u) {
    y[slot] = sums[0];
  }
}
#else
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let slot = linearIndex(id, groups);
  if (slot >= params.outputs) {
    return;
  }
  y[slot] = reduceStrided(slot, 0u, 1u);
}
#endif
