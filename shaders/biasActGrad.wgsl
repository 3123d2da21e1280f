// Gradient of bias and activation, read off the saved output y (stylegan2-ada-pytorch torch_utils/ops/bias_act.cu),
// of a sum of gradients that come back scaled from the layers that read y:
//   dx = slope(y) * (dy * dyScale[n, c] + other * otherScale[n, c])
// Scales are the styles of modulated convolutions. Flags: hasScale, hasOther, hasOtherScale; quads: an
// invocation computes four neighbours, which share their scales; count and pixels are of those.
// @import lib/linearIndex
// @import lib/activationSlope

struct Params {
  count: u32,
  pixels: u32,
  positive: f32,
  negative: f32,
  orientation: f32,
  clampTo: f32,
}

#if quads
alias Value = vec4<f32>;
#else
alias Value = f32;
#endif

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<Value>;
@group(0) @binding(2) var<storage, read> dy: array<Value>;
#if hasScale
@group(0) @binding(3) var<storage, read> dyScale: array<f32>;
#endif
#if hasOther
@group(0) @binding(4) var<storage, read> other: array<Value>;
#endif
#if hasOtherScale
@group(0) @binding(5) var<storage, read> otherScale: array<f32>;
#endif
@group(0) @binding(6) var<storage, read_write> dx: array<Value>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = linearIndex(id, groups);
  if (index >= params.count) {
    return;
  }
  let plane = index / params.pixels;
  var sum = dy[index];
#if hasScale
  sum *= dyScale[plane];
#endif
#if hasOther
  var term = other[index];
#if hasOtherScale
  term *= otherScale[plane];
#endif
  sum += term;
#endif
  let saved = y[index];
#if quads
  dx[index] = sum * vec4<f32>(slopeOf(saved.x), slopeOf(saved.y), slopeOf(saved.z), slopeOf(saved.w));
#else
  dx[index] = sum * slopeOf(saved);
#endif
}
