// Turns x [outer, size, inner] in a circle along its middle axis:
//   y[o, i, r] = x[o, (i - shift) mod size, r],   0 ≤ shift < size
// @import lib/linearIndex

struct Params {
  count: u32,
  shift: u32,
  size: u32,
  inner: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = linearIndex(id, groups);
  if (index >= params.count) {
    return;
  }
  let position = index / params.inner % params.size;
  let source = (position + params.size - params.shift) % params.size;
  y[index] = x[index - position * params.inner + source * params.inner];
}
