// One row of every sample of a stack [N, L, D]: the sum of up to two matrix products, read through strides.
//   y[n, row, i] = firstGain Σ_k a[n, k] * b[k, i] + secondGain Σ_k a2[n, k] * b2[k, i]
// This is the gradient that w+ receives from the layers that read its row. Flags: hasFirst, hasSecond; with neither the
// row is 0.
// @import lib/linearIndex

struct Params {
  count: u32,
  columns: u32,
  outOffset: u32,
  outStride: u32,
  firstDepth: u32,
  firstOffset: u32,
  firstRowStride: u32,
  firstStride: u32,
  firstDepthStride: u32,
  firstColumnStride: u32,
  firstGain: f32,
  secondDepth: u32,
  secondOffset: u32,
  secondRowStride: u32,
  secondStride: u32,
  secondDepthStride: u32,
  secondColumnStride: u32,
  secondGain: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
#if hasFirst
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
#endif
#if hasSecond
@group(0) @binding(3) var<storage, read> a2: array<f32>;
@group(0) @binding(4) var<storage, read> b2: array<f32>;
#endif
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = linearIndex(id, groups);
  if (index >= params.count) {
    return;
  }
  let row = index / params.columns;
  let column = index % params.columns;
  var result = 0.0;
#if hasFirst
  var sum = 0.0;
  let start = params.firstOffset + row * params.firstRowStride;
  for (var k = 0u; k < params.firstDepth; k++) {
    sum += a[start + k * params.firstStride] * b[k * params.firstDepthStride + column * params.firstColumnStride];
  }
  result += sum * params.firstGain;
#endif
#if hasSecond
  var sum2 = 0.0;
  let start2 = params.secondOffset + row * params.secondRowStride;
  for (var k = 0u; k < params.secondDepth; k++) {
    sum2 += a2[start2 + k * params.secondStride] * b2[k * params.secondDepthStride + column * params.secondColumnStride];
  }
  result += sum2 * params.secondGain;
#endif
  y[params.outOffset + row * params.outStride + column] = result;
}
