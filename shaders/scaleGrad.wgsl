// Gradient of the demodulation coefficients d of a layer y = clamp(gain * act(u * d + noise + bias)), without the
// convolution's result u, which the fused forward kernel never stores: where the gradient dx of the bracket is not 0,
// the output y tells u * d.
//   dd[n, c] = Σ_p dx[n, c, p] * (act⁻¹(y / gain) - noise[n, p] - bias[c]) / d[n, c]
// Flags: hasNoise, hasBias; those of lib/reduction.
// @import lib/reduction
// @import lib/activationSlope

struct Params {
  outputs: u32,
  size: u32,
  inner: u32,
  parts: u32,
  length: u32,
  channels: u32,
  noiseSampleStride: u32,
  positive: f32,
  negative: f32,
  orientation: f32,
  clampTo: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dx: array<f32>;
@group(0) @binding(2) var<storage, read> saved: array<f32>;
@group(0) @binding(3) var<storage, read> scale: array<f32>;
#if hasNoise
@group(0) @binding(4) var<storage, read> noise: array<f32>;
#endif
#if hasBias
@group(0) @binding(5) var<storage, read> bias: array<f32>;
#endif
@group(0) @binding(6) var<storage, read_write> y: array<f32>;

fn term(plane: u32, inner: u32, k: u32) -> f32 {
  let index = plane * params.size + k;
  var scaled = inverseOf(saved[index]);
#if hasNoise
  scaled -= noise[plane / params.channels * params.noiseSampleStride + k];
#endif
#if hasBias
  scaled -= bias[plane % params.channels];
#endif
  return dx[index] * scaled;
}

fn combine(a: f32, b: f32) -> f32 {
  return a + b;
}

fn finish(value: f32, plane: u32) -> f32 {
  return value / scale[plane];
}
