// The picture of one resolution of a generator whose RGB layers skip (StyleGAN2, Karras et al. 2020, fig. 7b): a 1×1
// convolution of few channels, and the picture so far, doubled:
//   y[n, o] = clamp(gain * activate(Σ_c w[o, c] * style[n, c] * x[n, c] + bias[o])) + skipGain * doubled(coarse[n, o])
// One invocation computes 4 neighbouring pixels of a row for all channels, so that the features, by far the most of what is
// read, are read once. weight: [c] vec4, output channels innermost. Rows are whole quads.
// Flags: hasStyle, hasBias; halfSource: x is halves.
#if halfSource
enable f16;
#endif
// @import lib/activations
// @import lib/doubling

struct Params {
  inChannels: u32,
  channels: u32,
  width: u32,
  quads: u32,
  coarseHeight: i32,
  coarseWidth: i32,
  filterHeight: i32,
  filterWidth: i32,
  padY: i32,
  padX: i32,
  skipGain: f32,
  alpha: f32,
  gain: f32,
  clampTo: f32,
}

override WORKGROUP_SIZE: u32 = 64u;

@group(0) @binding(0) var<uniform> params: Params;
#if halfSource
@group(0) @binding(1) var<storage, read> x: array<vec4<f16>>;
#else
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
#endif
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
#if hasStyle
@group(0) @binding(3) var<storage, read> style: array<f32>;
#endif
#if hasBias
@group(0) @binding(4) var<storage, read> bias: array<f32>;
#endif
@group(0) @binding(5) var<storage, read> coarse: array<f32>;
@group(0) @binding(6) var<storage, read> filterTaps: array<f32>;
@group(0) @binding(7) var<storage, read_write> y: array<vec4<f32>>;

fn activated(value: f32) -> f32 {
  return clamp(activate(value, params.alpha) * params.gain, -params.clampTo, params.clampTo);
}

// Channels beyond the last are computed but not stored.
fn storeQuad(sum: vec4<f32>, sample: u32, channel: u32, quad: u32) {
  if (channel >= params.channels) {
    return;
  }
#if hasBias
  let value = sum + bias[channel];
#else
  let value = sum;
#endif
  let plane = sample * params.channels + channel;
  let quadsPerRow = params.width / 4u;
  let coarsePlane = i32(plane) * params.coarseHeight * params.coarseWidth;
  let skip = doubledQuad(coarsePlane, quad / quadsPerRow, quad % quadsPerRow * 4u);
  y[plane * params.quads + quad] = skip * params.skipGain
    + vec4<f32>(activated(value.x), activated(value.y), activated(value.z), activated(value.w));
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let quad = id.x;
  if (quad >= params.quads) {
    return;
  }
  let sample = id.y;
  let firstInput = sample * params.inChannels;
  var sum0 = vec4<f32>();
  var sum1 = vec4<f32>();
  var sum2 = vec4<f32>();
  var sum3 = vec4<f32>();
  for (var c = 0u; c < params.inChannels; c++) {
#if hasStyle
    let w = weight[c] * style[firstInput + c];
#else
    let w = weight[c];
#endif
    let pixels = vec4<f32>(x[(firstInput + c) * params.quads + quad]);
    sum0 += pixels * w.x;
    sum1 += pixels * w.y;
    sum2 += pixels * w.z;
    sum3 += pixels * w.w;
  }
  storeQuad(sum0, sample, 0u, quad);
  storeQuad(sum1, sample, 1u, quad);
  storeQuad(sum2, sample, 2u, quad);
  storeQuad(sum3, sample, 3u, quad);
}
