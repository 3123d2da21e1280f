// Tiles of a picture for Winograd's minimal filtering (Lavin & Gray 2016), Bᵀ (style · x) B:
//   v[sample, plane, c, tile], tiles innermost, tileStride of them.
// Tiles overlap by two pixels; what lies outside the picture is 0. One invocation a tile of a channel.
// Flags: large (F(4×4, 3×3): 6×6 pixels a tile; else F(2×2, 3×3): 4×4); hasStyle; halving: x is twice as high and wide, and
// its pixels in even and odd rows and columns, four planes of planeChannels each, are the channels; halfSource: x is halves.
#if halfSource
enable f16;
#endif

struct Params {
  inChannels: u32,
#if halving
  planeChannels: u32,
#endif
  inHeight: i32,
  inWidth: i32,
  padY: i32,
  padX: i32,
  tilesPerRow: u32,
  tiles: u32,
  tileStride: u32,
}

override WORKGROUP_SIZE: u32 = 64u;

@group(0) @binding(0) var<uniform> params: Params;
#if halfSource
@group(0) @binding(1) var<storage, read> x: array<f16>;
#else
@group(0) @binding(1) var<storage, read> x: array<f32>;
#endif
#if hasStyle
@group(0) @binding(2) var<storage, read> style: array<f32>;
#endif
@group(0) @binding(3) var<storage, read_write> v: array<f32>;

fn loadPixel(plane: i32, row: i32, column: i32) -> f32 {
  let inside = row >= 0 && row < params.inHeight && column >= 0 && column < params.inWidth;
#if halving
  let pixel = 4 * row * params.inWidth + 2 * column;
#else
  let pixel = row * params.inWidth + column;
#endif
  return select(0.0, f32(x[u32(max(plane + pixel, 0))]), inside);
}

#if large
struct Row {
  a: vec3<f32>,
  b: vec3<f32>,
}

fn loadRow(plane: i32, row: i32, column: i32) -> Row {
  return Row(
    vec3<f32>(loadPixel(plane, row, column), loadPixel(plane, row, column + 1), loadPixel(plane, row, column + 2)),
    vec3<f32>(loadPixel(plane, row, column + 3), loadPixel(plane, row, column + 4), loadPixel(plane, row, column + 5)),
  );
}

fn store(row: u32, a: vec3<f32>, b: vec3<f32>, first: u32, step: u32) {
  let at = first + row * 6u * step;
  let even = b.y - 4.0 * a.z;
  let odd = b.x - 4.0 * a.y;
  let even2 = b.y - a.z;
  let odd2 = 2.0 * (b.x - a.y);
  v[at] = 4.0 * a.x - 5.0 * a.z + b.y;
  v[at + step] = even + odd;
  v[at + 2u * step] = even - odd;
  v[at + 3u * step] = even2 + odd2;
  v[at + 4u * step] = even2 - odd2;
  v[at + 5u * step] = 4.0 * a.y - 5.0 * b.x + b.z;
}
#else
fn loadRow(plane: i32, row: i32, column: i32) -> vec4<f32> {
  return vec4<f32>(
    loadPixel(plane, row, column),
    loadPixel(plane, row, column + 1),
    loadPixel(plane, row, column + 2),
    loadPixel(plane, row, column + 3),
  );
}

fn store(row: u32, d: vec4<f32>, first: u32, step: u32) {
  let at = first + row * 4u * step;
  v[at] = d.x - d.z;
  v[at + step] = d.y + d.z;
  v[at + 2u * step] = d.z - d.y;
  v[at + 3u * step] = d.y - d.w;
}
#endif

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let tile = id.x;
  if (tile >= params.tiles) {
    return;
  }
#if halving
  let phase = i32(id.y / params.planeChannels);
  let channel = id.z * params.planeChannels + id.y % params.planeChannels;
  let plane = 4 * i32(channel) * params.inHeight * params.inWidth + phase / 2 * 2 * params.inWidth + phase % 2;
#else
  let channel = id.z * params.inChannels + id.y;
  let plane = i32(channel) * params.inHeight * params.inWidth;
#endif
  let step = params.inChannels * params.tileStride;
#if hasStyle
  let s = style[channel];
#else
  let s = 1.0;
#endif
#if large
  let row = i32(tile / params.tilesPerRow) * 4 - params.padY;
  let column = i32(tile % params.tilesPerRow) * 4 - params.padX;
  let first = (id.z * 36u * params.inChannels + id.y) * params.tileStride + tile;
  let d0 = loadRow(plane, row, column);
  let d1 = loadRow(plane, row + 1, column);
  let d2 = loadRow(plane, row + 2, column);
  let d3 = loadRow(plane, row + 3, column);
  let d4 = loadRow(plane, row + 4, column);
  let d5 = loadRow(plane, row + 5, column);
  let evenA = d4.a - 4.0 * d2.a;
  let evenB = d4.b - 4.0 * d2.b;
  let oddA = d3.a - 4.0 * d1.a;
  let oddB = d3.b - 4.0 * d1.b;
  let even2A = d4.a - d2.a;
  let even2B = d4.b - d2.b;
  let odd2A = 2.0 * (d3.a - d1.a);
  let odd2B = 2.0 * (d3.b - d1.b);
  store(0u, s * (4.0 * d0.a - 5.0 * d2.a + d4.a), s * (4.0 * d0.b - 5.0 * d2.b + d4.b), first, step);
  store(1u, s * (evenA + oddA), s * (evenB + oddB), first, step);
  store(2u, s * (evenA - oddA), s * (evenB - oddB), first, step);
  store(3u, s * (even2A + odd2A), s * (even2B + odd2B), first, step);
  store(4u, s * (even2A - odd2A), s * (even2B - odd2B), first, step);
  store(5u, s * (4.0 * d1.a - 5.0 * d3.a + d5.a), s * (4.0 * d1.b - 5.0 * d3.b + d5.b), first, step);
#else
  let row = i32(tile / params.tilesPerRow) * 2 - params.padY;
  let column = i32(tile % params.tilesPerRow) * 2 - params.padX;
  let first = (id.z * 16u * params.inChannels + id.y) * params.tileStride + tile;
  let d0 = loadRow(plane, row, column);
  let d1 = loadRow(plane, row + 1, column);
  let d2 = loadRow(plane, row + 2, column);
  let d3 = loadRow(plane, row + 3, column);
  store(0u, s * (d0 - d2), first, step);
  store(1u, s * (d1 + d2), first, step);
  store(2u, s * (d2 - d1), first, step);
  store(3u, s * (d1 - d3), first, step);
#endif
}
