// FIR filter, per channel, of a picture padded with zeros (upfirdn2d that neither inserts nor drops samples), followed by
// the epilogue; the filter is already turned so that it correlates:
//   y[n, c, oy, ox] = epilogue(gain Σ_{ky, kx} f[ky, kx] * x[n, c, oy - padY + ky, ox - padX + kx])
// One invocation computes 4×4 pixels: along a row, the window slides by one pixel a tap, and each row that is loaded serves
// all the rows that it reaches.
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

// 0 above and below the filter: there a row that is loaded does not reach.
fn loadTap(ky: i32, kx: i32) -> f32 {
  let inside = ky >= 0 && ky < params.filterHeight;
  return select(0.0, filterTaps[u32(max(ky * params.filterWidth + kx, 0))], inside);
}

fn storeRow(sums: vec4<f32>, sample: u32, channel: u32, oy: u32, ox: u32) {
  if (oy >= params.outHeight) {
    return;
  }
  let row = sums * params.filterGain;
  let first = oy * params.outWidth + ox;
  let base = (sample * params.channels + channel) * params.pixels;
#if quads
  y[(base + first) / 4u] = epilogueOfRow(row, sample, channel, first);
#else
  for (var i = 0u; i < 4u && ox + i < params.outWidth; i++) {
    y[base + first + i] = epilogue(row[i], sample, channel, first + i);
  }
#endif
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let oy = id.x / params.quadsPerRow * 4u;
  let ox = id.x % params.quadsPerRow * 4u;
  if (oy >= params.outHeight) {
    return;
  }
  let channel = id.y;
  let sample = id.z;
  let firstRow = i32(oy) - params.padY;
  let firstColumn = i32(ox) - params.padX;
  let plane = i32(sample * params.channels + channel) * params.inHeight * params.inWidth;
  var row0 = vec4<f32>();
  var row1 = vec4<f32>();
  var row2 = vec4<f32>();
  var row3 = vec4<f32>();
  for (var ky = 0; ky < params.filterHeight + 3; ky++) {
    let iy = firstRow + ky;
    if (iy < 0 || iy >= params.inHeight) {
      continue;
    }
    let row = plane + iy * params.inWidth;
    var window = vec4<f32>(
      loadPixel(row, firstColumn),
      loadPixel(row, firstColumn + 1),
      loadPixel(row, firstColumn + 2),
      loadPixel(row, firstColumn + 3),
    );
    for (var kx = 0; kx < params.filterWidth; kx++) {
      row0 += window * loadTap(ky, kx);
      row1 += window * loadTap(ky - 1, kx);
      row2 += window * loadTap(ky - 2, kx);
      row3 += window * loadTap(ky - 3, kx);
      window = vec4<f32>(window.yzw, loadPixel(row, firstColumn + kx + 4));
    }
  }
  storeRow(row0, sample, channel, oy, ox);
  storeRow(row1, sample, channel, oy + 1u, ox);
  storeRow(row2, sample, channel, oy + 2u, ox);
  storeRow(row3, sample, channel, oy + 3u, ox);
}
