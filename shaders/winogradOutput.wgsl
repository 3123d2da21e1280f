// Pictures from the products of Winograd's minimal filtering (Lavin & Gray 2016), Aᵀ m A, then the epilogue.
// m: [sample, plane, o, tile], packedChannels and tileStride of them. One invocation a tile of a channel.
// Flags: large (F(4×4, 3×3): 4×4 pixels a tile; else F(2×2, 3×3): 2×2); those of lib/epilogue.
// @import lib/epilogue

struct Params {
  outHeight: u32,
  outWidth: u32,
  packedChannels: u32,
  tilesPerRow: u32,
  tiles: u32,
  tileStride: u32,
  channels: u32,
  pixels: u32,
  noiseSampleStride: u32,
  alpha: f32,
  gain: f32,
  clampTo: f32,
}

override WORKGROUP_SIZE: u32 = 64u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> m: array<f32>;
@group(0) @binding(8) var<storage, read_write> y: array<f32>;

struct Place {
  sample: u32,
  channel: u32,
  row: u32,
  column: u32,
}

fn storePixel(place: Place, dy: u32, dx: u32, value: f32) {
  let row = place.row + dy;
  let column = place.column + dx;
  if (row >= params.outHeight || column >= params.outWidth) {
    return;
  }
  let pixel = row * params.outWidth + column;
  let at = (place.sample * params.channels + place.channel) * params.pixels + pixel;
  y[at] = epilogue(value, place.sample, place.channel, pixel);
}

#if large
// A column of six, Aᵀ times it.
fn gather(first: u32, step: u32) -> vec4<f32> {
  let m0 = m[first];
  let m1 = m[first + 6u * step];
  let m2 = m[first + 12u * step];
  let m3 = m[first + 18u * step];
  let m4 = m[first + 24u * step];
  let m5 = m[first + 30u * step];
  let near = m1 + m2;
  let nearSlope = m1 - m2;
  let far = m3 + m4;
  let farSlope = m3 - m4;
  return vec4<f32>(m0 + near + far, nearSlope + 2.0 * farSlope, near + 4.0 * far, nearSlope + 8.0 * farSlope + m5);
}
#else
fn gather(first: u32, step: u32) -> vec2<f32> {
  let m1 = m[first + 4u * step];
  let m2 = m[first + 8u * step];
  return vec2<f32>(m[first] + m1 + m2, m1 - m2 - m[first + 12u * step]);
}
#endif

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let tile = id.x;
  if (tile >= params.tiles) {
    return;
  }
  let step = params.packedChannels * params.tileStride;
#if large
  let place = Place(id.z, id.y, tile / params.tilesPerRow * 4u, tile % params.tilesPerRow * 4u);
  let first = (id.z * 36u * params.packedChannels + id.y) * params.tileStride + tile;
  let c0 = gather(first, step);
  let c1 = gather(first + step, step);
  let c2 = gather(first + 2u * step, step);
  let c3 = gather(first + 3u * step, step);
  let c4 = gather(first + 4u * step, step);
  let c5 = gather(first + 5u * step, step);
  let near = c1 + c2;
  let nearSlope = c1 - c2;
  let far = c3 + c4;
  let farSlope = c3 - c4;
  let y0 = c0 + near + far;
  let y1 = nearSlope + 2.0 * farSlope;
  let y2 = near + 4.0 * far;
  let y3 = nearSlope + 8.0 * farSlope + c5;
  for (var dy = 0u; dy < 4u; dy++) {
    storePixel(place, dy, 0u, y0[dy]);
    storePixel(place, dy, 1u, y1[dy]);
    storePixel(place, dy, 2u, y2[dy]);
    storePixel(place, dy, 3u, y3[dy]);
  }
#else
  let place = Place(id.z, id.y, tile / params.tilesPerRow * 2u, tile % params.tilesPerRow * 2u);
  let first = (id.z * 16u * params.packedChannels + id.y) * params.tileStride + tile;
  let c0 = gather(first, step);
  let c1 = gather(first + step, step);
  let c2 = gather(first + 2u * step, step);
  let c3 = gather(first + 3u * step, step);
  let y0 = c0 + c1 + c2;
  let y1 = c1 - c2 - c3;
  storePixel(place, 0u, 0u, y0.x);
  storePixel(place, 0u, 1u, y1.x);
  storePixel(place, 1u, 0u, y0.y);
  storePixel(place, 1u, 1u, y1.y);
#endif
}
