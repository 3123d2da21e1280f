// FIR filter, per channel, of a picture padded with zeros (upfirdn2d that neither inserts nor drops samples), followed by
// the epilogue; the filter is already turned so that it correlates:
//   y[n, c, oy, ox] = epilogue(gain Σ_{ky, kx} f[ky, kx] * x[n, c, oy - padY + ky, ox - padX + kx])
// One invocation computes 4 neighbouring pixels of a row: along it, the window slides by one pixel a tap.
// Flags: those of lib/epilogue; quads: rows are whole quads.
// @import lib/epilogue

struct Params {
  inHeight: i32,
  inWidth: i32,
  outHeight: u32,
  outWidth: u32,
  quadsPerRow: u32,
  filterHeight: u32,
  filterWidth: u32,
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

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= params.quadsPerRow * params.outHeight) {
    return;
  }
  let channel = id.y;
  let sample = id.z;
  let oy = id.x / params.quadsPerRow;
  let ox = id.x % params.quadsPerRow * 4u;
  let firstColumn = i32(ox) - params.padX;
  let plane = i32(sample * params.channels + channel) * params.inHeight * params.inWidth;
  var sums = vec4<f32>();
  var tap = 0u;
  for (var ky = 0u; ky < params.filterHeight; ky++) {
    let iy = i32(oy + ky) - params.padY;
    if (iy < 0 || iy >= params.inHeight) {
      tap += params.filterWidth;
      continue;
    }
    let row = plane + iy * params.inWidth;
    var window = vec4<f32>(
      loadPixel(row, firstColumn),
      loadPixel(row, firstColumn + 1),
      loadPixel(row, firstColumn + 2),
      loadPixel(row, firstColumn + 3),
    );
    for (var kx = 0u; kx < params.filterWidth; kx++) {
      sums += window * filterTaps[tap];
      window = vec4<f32>(window.yzw, loadPixel(row, firstColumn + i32(kx) + 4));
      tap++;
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
