// Gradient of a convolution's weights, the third of the trio conv2d, conv2dTransposed, conv2dWeightGrad:
//   dw[o, c, ky, kx] = Σ_{n, oy, ox} dy[n, o, oy, ox] * x[n, c, oy*stride + ky - padY, ox*stride + kx - padX]
// One invocation sums 4 output channels × 4 neighbouring taps of a row, so that each pixel serves 4 channels and each
// gradient 4 taps. The rows of all samples are dealt out to `parts`, which a further pass adds up: a small kernel over
// a large map still fills a GPU. Rows are summed apart, so that long sums stay accurate.
// x: [N, C, H, W], dy: [N, O, OH, OW], dw: [parts, O, C/groups, KH, KW].
// Flag: unitStride (the stride is 1).
// @import lib/linearIndex

struct Params {
  count: u32,
  parts: u32,
  rowsPerPart: u32,
  batch: u32,
  groups: u32,
  inChannels: u32,
  outChannels: u32,
  channelQuads: u32,
  tapQuads: u32,
  inHeight: i32,
  inWidth: i32,
  outHeight: u32,
  outWidth: u32,
  kernelHeight: u32,
  kernelWidth: u32,
  stride: i32,
  padY: i32,
  padX: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dw: array<f32>;

fn loadPixel(row: i32, column: i32) -> f32 {
  let inside = column >= 0 && column < params.inWidth;
  return select(0.0, x[u32(max(row + column, 0))], inside);
}

fn loadPixels(row: i32, column: i32) -> vec4<f32> {
  return vec4<f32>(
    loadPixel(row, column),
    loadPixel(row, column + 1),
    loadPixel(row, column + 2),
    loadPixel(row, column + 3),
  );
}

// Sums of 4 taps for each of 4 channels.
struct Tile {
  channel0: vec4<f32>,
  channel1: vec4<f32>,
  channel2: vec4<f32>,
  channel3: vec4<f32>,
}

// Over one row of outputs. `row` is the first pixel of the input row that the taps meet, `firstColumn` the column that
// the first tap meets at the first output, `planes` the first values of the channels' output rows.
fn rowTile(row: i32, firstColumn: i32, planes: vec4<u32>) -> Tile {
  var tile = Tile();
  var pixels = loadPixels(row, firstColumn);
  for (var ox = 0u; ox < params.outWidth; ox++) {
    tile.channel0 += pixels * dy[planes.x + ox];
    tile.channel1 += pixels * dy[planes.y + ox];
    tile.channel2 += pixels * dy[planes.z + ox];
    tile.channel3 += pixels * dy[planes.w + ox];
    let next = firstColumn + i32(ox + 1u) * params.stride;
#if unitStride
    // The window slides by one pixel: three of its four are there already.
    pixels = vec4<f32>(pixels.yzw, loadPixel(row, next + 3));
#else
    pixels = loadPixels(row, next);
#endif
  }
  return tile;
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = linearIndex(id, groups);
  let channelsPerGroup = params.outChannels / params.groups;
  let firstTap = index % params.tapQuads * 4u;
  var rest = index / params.tapQuads;
  let ky = rest % params.kernelHeight;
  rest /= params.kernelHeight;
  let c = rest % params.inChannels;
  rest /= params.inChannels;
  let firstChannel = rest % params.channelQuads * 4u;
  rest /= params.channelQuads;
  let group = rest % params.groups;
  let part = rest / params.groups;
  if (part >= params.parts) {
    return;
  }
  // Channels beyond the group's last repeat it, and are not stored.
  let channels = group * channelsPerGroup + min(
    vec4<u32>(firstChannel) + vec4<u32>(0u, 1u, 2u, 3u),
    vec4<u32>(channelsPerGroup - 1u),
  );
  let firstColumn = i32(firstTap) - params.padX;
  var total = Tile();
  let end = min((part + 1u) * params.rowsPerPart, params.batch * params.outHeight);
  for (var outRow = part * params.rowsPerPart; outRow < end; outRow++) {
    let n = outRow / params.outHeight;
    let oy = outRow % params.outHeight;
    let iy = i32(oy) * params.stride + i32(ky) - params.padY;
    if (iy < 0 || iy >= params.inHeight) {
      continue;
    }
    let plane = i32((n * params.groups + group) * params.inChannels + c) * params.inHeight;
    let planes = ((n * params.outChannels + channels) * params.outHeight + oy) * params.outWidth;
    let tile = rowTile((plane + iy) * params.inWidth, firstColumn, planes);
    total.channel0 += tile.channel0;
    total.channel1 += tile.channel1;
    total.channel2 += tile.channel2;
    total.channel3 += tile.channel3;
  }
  let sums = array<vec4<f32>, 4>(total.channel0, total.channel1, total.channel2, total.channel3);
  for (var i = 0u; i < 4u && firstChannel + i < channelsPerGroup; i++) {
    let weights = ((channels[i] * params.inChannels + c) * params.kernelHeight + ky) * params.kernelWidth;
    for (var kx = 0u; kx < 4u && firstTap + kx < params.kernelWidth; kx++) {
      dw[part * params.count + weights + firstTap + kx] = sums[i][kx];
    }
  }
}
