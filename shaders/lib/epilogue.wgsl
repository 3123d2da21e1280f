// What follows a convolution or a FIR filter, applied before the value is stored:
//   y = clamp(gain * activate(value * scale[n, c] + noise[n, p] + bias[c])) + residual[n, c, p]
// scale: demodulation [N, C]; noise: one plane a sample or one for all; residual: the running RGB of the skip
// architecture. Flags: hasScale, hasNoise, hasBias, hasResidual.
// The including kernel declares in Params: channels, pixels, noiseSampleStride, alpha, gain, clampTo.
// Bindings 4 to 7 are taken here; 1 to 3 and 8 belong to the kernel.
// @import lib/activations

#if hasScale
@group(0) @binding(4) var<storage, read> scale: array<f32>;
#endif
#if hasNoise
@group(0) @binding(5) var<storage, read> noise: array<f32>;
#endif
#if hasBias
@group(0) @binding(6) var<storage, read> bias: array<f32>;
#endif
#if hasResidual
@group(0) @binding(7) var<storage, read> residual: array<f32>;
#endif

fn epilogue(convolved: f32, sample: u32, channel: u32, pixel: u32) -> f32 {
  var value = convolved;
#if hasScale
  value *= scale[sample * params.channels + channel];
#endif
#if hasNoise
  value += noise[sample * params.noiseSampleStride + pixel];
#endif
#if hasBias
  value += bias[channel];
#endif
  value = clamp(activate(value, params.alpha) * params.gain, -params.clampTo, params.clampTo);
#if hasResidual
  value += residual[(sample * params.channels + channel) * params.pixels + pixel];
#endif
  return value;
}

// The same of four neighbours in a row.
fn epilogueOfRow(convolved: vec4<f32>, sample: u32, channel: u32, pixel: u32) -> vec4<f32> {
  return vec4<f32>(
    epilogue(convolved.x, sample, channel, pixel),
    epilogue(convolved.y, sample, channel, pixel + 1u),
    epilogue(convolved.z, sample, channel, pixel + 2u),
    epilogue(convolved.w, sample, channel, pixel + 3u),
  );
}
