// y[b, m, n] = Σ_k a[b, m, k] w[b, k, n], operands read through strides (so transposes cost nothing), then
//   y = clamp(gain * activate(y + bias[n]))
// With `squareInput` a² is multiplied, and with `rsqrtOutput` the result is rsqrt(y + epsilon): both together are
// the demodulation coefficients of modulated convolution (StyleGAN2, Karras et al. 2020, eq. 3).
// Flags: hasBias, squareInput, rsqrtOutput.
// @import lib/linearIndex
// @import lib/activations

struct Params {
  count: u32,
  rows: u32,
  columns: u32,
  depth: u32,
  aOffset: u32,
  aBatchStride: u32,
  aRowStride: u32,
  aDepthStride: u32,
  bBatchStride: u32,
  bDepthStride: u32,
  bColumnStride: u32,
  epsilon: f32,
  alpha: f32,
  gain: f32,
  clampTo: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
#if hasBias
@group(0) @binding(3) var<storage, read> bias: array<f32>;
#endif
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = linearIndex(id, groups);
  if (index >= params.count) {
    return;
  }
  let column = index % params.columns;
  let row = index / params.columns % params.rows;
  let batch = index / (params.columns * params.rows);
  let aStart = params.aOffset + batch * params.aBatchStride + row * params.aRowStride;
  let bStart = batch * params.bBatchStride + column * params.bColumnStride;
  var sum = 0.0;
  for (var k = 0u; k < params.depth; k++) {
    let left = a[aStart + k * params.aDepthStride];
#if squareInput
    sum += left * left * b[bStart + k * params.bDepthStride];
#else
    sum += left * b[bStart + k * params.bDepthStride];
#endif
  }
#if rsqrtOutput
  sum = inverseSqrt(sum + params.epsilon);
#endif
#if hasBias
  sum += bias[column];
#endif
  y[index] = clamp(activate(sum, params.alpha) * params.gain, -params.clampTo, params.clampTo);
}
