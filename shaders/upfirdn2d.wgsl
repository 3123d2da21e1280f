// Pad, insert zeros, FIR filter, keep every n-th sample, per channel (stylegan2-ada-pytorch
// torch_utils/ops/upfirdn2d.py), followed by the epilogue. With j = o*down - pad0 + k and the filter f already turned
// so that it correlates:
//   y[n, c, oy, ox] = epilogue(gain Σ_{ky, kx} f[ky, kx] * x[n, c, jy / up, jx / up]   where both divisions are exact)
// One invocation an output; only taps that meet a sample are visited. Flags: those of lib/epilogue.
// @import lib/epilogue

struct Params {
  inHeight: i32,
  inWidth: i32,
  outWidth: u32,
  filterHeight: i32,
  filterWidth: i32,
  upY: i32,
  upX: i32,
  downY: i32,
  downX: i32,
  padY: i32,
  padX: i32,
  filterGain: f32,
  channels: u32,
  pixels: u32,
  noiseSampleStride: u32,
  alpha: f32,
  gain: f32,
  clampTo: f32,
}

override WORKGROUP_SIZE: u32 = 64u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> filterTaps: array<f32>;
@group(0) @binding(8) var<storage, read_write> y: array<f32>;

// First tap that meets a sample: the smallest k ≥ 0 with (start + k) mod up = 0.
fn firstTap(start: i32, up: i32) -> i32 {
  return ((-start) % up + up) % up;
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let pixel = id.x;
  if (pixel >= params.pixels) {
    return;
  }
  let channel = id.y;
  let sample = id.z;
  let startY = i32(pixel / params.outWidth) * params.downY - params.padY;
  let startX = i32(pixel % params.outWidth) * params.downX - params.padX;
  let plane = i32(sample * params.channels + channel) * params.inHeight * params.inWidth;
  // From tap to tap, `up` apart, the sample moves on by one: the divisions are done once.
  let firstY = firstTap(startY, params.upY);
  let firstX = firstTap(startX, params.upX);
  let firstColumn = (startX + firstX) / params.upX;
  var iy = (startY + firstY) / params.upY;
  var sum = 0.0;
  for (var ky = firstY; ky < params.filterHeight; ky += params.upY) {
    if (iy >= 0 && iy < params.inHeight) {
      let row = plane + iy * params.inWidth;
      var ix = firstColumn;
      for (var kx = firstX; kx < params.filterWidth; kx += params.upX) {
        if (ix >= 0 && ix < params.inWidth) {
          sum += filterTaps[ky * params.filterWidth + kx] * x[row + ix];
        }
        ix++;
      }
    }
    iy++;
  }
  let index = (sample * params.channels + channel) * params.pixels + pixel;
  y[index] = epilogue(sum * params.filterGain, sample, channel, pixel);
}
