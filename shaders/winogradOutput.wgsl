// Pictures from the products of Winograd's minimal filtering (Lavin & Gray 2016), Aᵀ m A, then the epilogue.
// m: [sample, plane, o, tile], packedChannels and tileStride of them. One invocation a tile of a channel.
// Flags: large (F(4×4, 3×3): 4×4 pixels a tile; else F(2×2, 3×3): 2×2); wholeTiles: no tile reaches beyond the picture;
// doubling (large, not wholeTiles): the products are of four pictures of channels each, of pixels in even and odd rows and
// columns of one that is twice as high and wide; an invocation writes a tile of one of them, because two at a time, which could
// store neighbours together, took llvmpipe 2.8 s to compile; halfResult (lib/storedResult); those of lib/epilogue.
#if halfResult
enable f16;
#endif
// @import lib/epilogue
// @import lib/storedResult

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
#if wholeTiles
#if large
@group(0) @binding(8) var<storage, read_write> y: array<Stored4>;
#else
@group(0) @binding(8) var<storage, read_write> y: array<Stored2>;
#endif
#else
@group(0) @binding(8) var<storage, read_write> y: array<Stored>;
#endif

struct Place {
  sample: u32,
  channel: u32,
  row: u32,
  column: u32,
}

#if wholeTiles
#elif doubling
fn storePixel(place: Place, dy: u32, dx: u32, value: f32) {
  let pixel = (place.row + 2u * dy) * params.outWidth + place.column + 2u * dx;
  let at = (place.sample * params.channels + place.channel) * params.pixels + pixel;
  y[at] = stored(epilogue(value, place.sample, place.channel, pixel));
}
#else
fn storePixel(place: Place, dy: u32, dx: u32, value: f32) {
  let row = place.row + dy;
  let column = place.column + dx;
  if (row >= params.outHeight || column >= params.outWidth) {
    return;
  }
  let pixel = row * params.outWidth + column;
  let at = (place.sample * params.channels + place.channel) * params.pixels + pixel;
  y[at] = stored(epilogue(value, place.sample, place.channel, pixel));
}
#endif

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

// 4×4 pixels, a column of the matrix a row of the picture.
fn tileAt(first: u32, step: u32) -> mat4x4<f32> {
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
  return transpose(mat4x4<f32>(
    c0 + near + far,
    nearSlope + 2.0 * farSlope,
    near + 4.0 * far,
    nearSlope + 8.0 * farSlope + c5,
  ));
}

fn storeRow(place: Place, dy: u32, values: vec4<f32>) {
#if wholeTiles
  let pixel = (place.row + dy) * params.outWidth + place.column;
  let at = (place.sample * params.channels + place.channel) * params.pixels + pixel;
  y[at / 4u] = stored4(epilogueOfRow(values, place.sample, place.channel, pixel));
#else
  storePixel(place, dy, 0u, values.x);
  storePixel(place, dy, 1u, values.y);
  storePixel(place, dy, 2u, values.z);
  storePixel(place, dy, 3u, values.w);
#endif
}

#else
fn gather(first: u32, step: u32) -> vec2<f32> {
  let m1 = m[first + 4u * step];
  let m2 = m[first + 8u * step];
  return vec2<f32>(m[first] + m1 + m2, m1 - m2 - m[first + 12u * step]);
}

fn storeRow(place: Place, dy: u32, values: vec2<f32>) {
#if wholeTiles
  let pixel = (place.row + dy) * params.outWidth + place.column;
  let at = (place.sample * params.channels + place.channel) * params.pixels + pixel;
  y[at / 2u] = stored2(vec2<f32>(
    epilogue(values.x, place.sample, place.channel, pixel),
    epilogue(values.y, place.sample, place.channel, pixel + 1u),
  ));
#else
  storePixel(place, dy, 0u, values.x);
  storePixel(place, dy, 1u, values.y);
#endif
}
#endif

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let tile = id.x;
  if (tile >= params.tiles) {
    return;
  }
  let step = params.packedChannels * params.tileStride;
  let tileRow = tile / params.tilesPerRow;
  let tileColumn = tile % params.tilesPerRow;
#if large
#if doubling
  let channel = id.y % params.channels;
  let phase = id.y / params.channels;
  let place = Place(id.z, channel, tileRow * 8u + phase / 2u, tileColumn * 8u + phase % 2u);
#else
  let place = Place(id.z, id.y, tileRow * 4u, tileColumn * 4u);
#endif
  let values = tileAt((id.z * 36u * params.packedChannels + id.y) * params.tileStride + tile, step);
  storeRow(place, 0u, values[0]);
  storeRow(place, 1u, values[1]);
  storeRow(place, 2u, values[2]);
  storeRow(place, 3u, values[3]);
#else
  let place = Place(id.z, id.y, tileRow * 2u, tileColumn * 2u);
  let first = (id.z * 16u * params.packedChannels + id.y) * params.tileStride + tile;
  let c0 = gather(first, step);
  let c1 = gather(first + step, step);
  let c2 = gather(first + 2u * step, step);
  let c3 = gather(first + 3u * step, step);
  let y0 = c0 + c1 + c2;
  let y1 = c1 - c2 - c3;
  storeRow(place, 0u, vec2<f32>(y0.x, y1.x));
  storeRow(place, 1u, vec2<f32>(y0.y, y1.y));
#endif
}
