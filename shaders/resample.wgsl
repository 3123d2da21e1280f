// Linear resampling along one axis by a table of taps: nearest, bilinear, bicubic, area and their adjoints.
//   y[o, i, r] = Σ_t weights[i, t] * x[o, first[i] + t, r]     x: [outer, inSize, inner], y: [outer, outSize, inner]
// @import lib/linearIndex

struct Params {
  count: u32,
  inSize: u32,
  outSize: u32,
  inner: u32,
  taps: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> first: array<f32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = linearIndex(id, groups);
  if (index >= params.count) {
    return;
  }
  let inner = index % params.inner;
  let position = index / params.inner % params.outSize;
  let outer = index / (params.inner * params.outSize);
  let start = u32(first[position]);
  var sum = 0.0;
  for (var t = 0u; t < params.taps && start + t < params.inSize; t++) {
    sum += weights[position * params.taps + t] * x[(outer * params.inSize + start + t) * params.inner + inner];
  }
  y[index] = sum;
}
