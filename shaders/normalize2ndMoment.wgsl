// x over the root of the mean of its squares along one axis: pixel normalisation (Karras et al. 2018, §4.2), and that of
// latents. x is seen as [outer, size, inner]:
//   y[o, k, i] = x[o, k, i] * rsqrt(factor * Σ_k x[o, k, i]² + epsilon), or with the flag divides / sqrt(…)
// References do the one or the other, which rounds differently. One invocation all of an axis; sums of 16 before they meet others,
// as lib/reduction has them.
// @import lib/linearIndex

struct Params {
  count: u32,
  size: u32,
  inner: u32,
  factor: f32,
  epsilon: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let slot = linearIndex(id, groups);
  if (slot >= params.count) {
    return;
  }
  let first = slot / params.inner * params.size * params.inner + slot % params.inner;
  var total = 0.0;
  for (var start = 0u; start < params.size; start += 16u) {
    var short = 0.0;
    for (var k = start; k < min(start + 16u, params.size); k++) {
      let value = x[first + k * params.inner];
      short += value * value;
    }
    total += short;
  }
  let mean = params.factor * total + params.epsilon;
#if divides
  let root = sqrt(mean);
#else
  let scale = inverseSqrt(mean);
#endif
  for (var k = 0u; k < params.size; k++) {
#if divides
    y[first + k * params.inner] = x[first + k * params.inner] / root;
#else
    y[first + k * params.inner] = x[first + k * params.inner] * scale;
#endif
  }
}
