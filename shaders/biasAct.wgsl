// y = clamp(gain * activate(x + bias)), the bias along one axis (stylegan2-ada-pytorch torch_utils/ops/bias_act.py).
// x is seen as [outer, channels, inner]. Flags: hasBias; quads: an invocation computes four neighbours, which share their bias.
// @import lib/linearIndex
// @import lib/activations

struct Params {
  count: u32,
  channels: u32,
  inner: u32,
  alpha: f32,
  gain: f32,
  clampTo: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
#if quads
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
#else
@group(0) @binding(1) var<storage, read> x: array<f32>;
#endif
#if hasBias
@group(0) @binding(2) var<storage, read> bias: array<f32>;
#endif
#if quads
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;
#else
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
#endif

fn finish(value: f32) -> f32 {
  return clamp(activate(value, params.alpha) * params.gain, -params.clampTo, params.clampTo);
}

// count and inner are of what an invocation computes.
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = linearIndex(id, groups);
  if (index >= params.count) {
    return;
  }
  var value = x[index];
#if hasBias
  value += bias[index / params.inner % params.channels];
#endif
#if quads
  y[index] = vec4<f32>(finish(value.x), finish(value.y), finish(value.z), finish(value.w));
#else
  y[index] = finish(value);
#endif
}
