// Doubles a picture by a FIR filter, per channel (upfirdn2d with up = 2, down = 1), followed by the epilogue. The filter is
// already turned so that it correlates. With j = o - pad + k:
//   y[n, c, oy, ox] = epilogue(gain Σ_{ky, kx} f[ky, kx] * x[n, c, jy / 2, jx / 2]   where both divisions are exact)
// Zeros are never met: a place takes every second tap, and which ones changes from place to place. One invocation computes 4
// neighbouring pixels of a row, two of either kind; along it, the window slides by one sample every two taps.
// Flags: those of lib/epilogue; quads: rows are whole quads.
// @import lib/epilogue

struct Params {
  inHeight: i32,
  inWidth: i32,
  outHeight: u32,
  outWidth: u32,
  quadsPerRow: u32,
  filterHeight: i32,
  filterWidth: i32,
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
#if quads
@group(0) @binding(8) var<storage, read_write> y: array<vec4<f32>>;
#else
@group(0) @binding(8) var<storage, read_write> y: array<f32>;
#endif

fn loadPixel(row: i32, column: i32) -> f32 {
  let inside = column >= 0 && column < params.inWidth;
  return select(0.0, x[u32(max(row + column, 0))], inside);
}

fn loadTap(row: i32, kx: i32) -> f32 {
  return select(0.0, filterTaps[u32(row + min(kx, params.filterWidth - 1))], kx < params.filterWidth);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= params.quadsPerRow * params.outHeight) {
    return;
  }
  let channel = id.y;
  let sample = id.z;
  let oy = id.x / params.quadsPerRow;
  let ox = id.x % params.quadsPerRow * 4u;
  let startY = i32(oy) - params.padY;
  // ox is even, so that the same taps meet samples at the first pixel of every quad.
  let isOdd = (params.padX & 1) != 0;
  let offset = select(0, 1, isOdd);
  let firstColumn = (i32(ox) - params.padX + offset) >> 1u;
  let plane = i32(sample * params.channels + channel) * params.inHeight * params.inWidth;
  var sums = vec4<f32>();
  for (var ky = startY & 1; ky < params.filterHeight; ky += 2) {
    let iy = (startY + ky) >> 1u;
    if (iy < 0 || iy >= params.inHeight) {
      continue;
    }
    let row = plane + iy * params.inWidth;
    let taps = ky * params.filterWidth;
    var window = vec3<f32>(
      loadPixel(row, firstColumn),
      loadPixel(row, firstColumn + 1),
      loadPixel(row, firstColumn + 2),
    );
    for (var kx = 0; kx < params.filterWidth; kx += 2) {
      let outer = window.xy * loadTap(taps, kx + offset);
      let between = select(window.yz, window.xy, isOdd) * loadTap(taps, kx + 1 - offset);
      sums += vec4<f32>(outer.x, between.x, outer.y, between.y);
      window = vec3<f32>(window.yz, loadPixel(row, firstColumn + kx / 2 + 3));
    }
  }
  sums *= params.filterGain;
  let first = oy * params.outWidth + ox;
  let base = (sample * params.channels + channel) * params.pixels;
#if quads
  y[(base + first) / 4u] = vec4<f32>(
    epilogue(sums.x, sample, channel, first),
    epilogue(sums.y, sample, channel, first + 1u),
    epilogue(sums.z, sample, channel, first + 2u),
    epilogue(sums.w, sample, channel, first + 3u),
  );
#else
  for (var i = 0u; i < 4u && ox + i < params.outWidth; i++) {
    y[base + first + i] = epilogue(sums[i], sample, channel, first + i);
  }
#endif
}
