// Doubles a picture by a FIR filter, per channel, followed by the epilogue:
//   y[n, c] = epilogue(gain doubled(coarse[n, c]))
// One invocation computes 4 neighbouring pixels of a row.
// Flags: those of lib/epilogue; quads: rows are whole quads.
// @import lib/epilogue
// @import lib/doubling

struct Params {
  coarseHeight: i32,
  coarseWidth: i32,
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
@group(0) @binding(1) var<storage, read> coarse: array<f32>;
@group(0) @binding(2) var<storage, read> filterTaps: array<f32>;
#if quads
@group(0) @binding(8) var<storage, read_write> y: array<vec4<f32>>;
#else
@group(0) @binding(8) var<storage, read_write> y: array<f32>;
#endif

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= params.quadsPerRow * params.outHeight) {
    return;
  }
  let channel = id.y;
  let sample = id.z;
  let oy = id.x / params.quadsPerRow;
  let ox = id.x % params.quadsPerRow * 4u;
  let plane = i32(sample * params.channels + channel) * params.coarseHeight * params.coarseWidth;
  let sums = doubledQuad(plane, oy, ox) * params.filterGain;
  let first = oy * params.outWidth + ox;
  let base = (sample * params.channels + channel) * params.pixels;
#if quads
  y[(base + first) / 4u] = epilogueOfRow(sums, sample, channel, first);
#else
  for (var i = 0u; i < 4u && ox + i < params.outWidth; i++) {
    y[base + first + i] = epilogue(sums[i], sample, channel, first + i);
  }
#endif
}
