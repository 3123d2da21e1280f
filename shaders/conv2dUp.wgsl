// Transposed 3×3 convolution of stride 2, NCHW, the upsampling of StyleGAN2: nine products an input pixel, none of them
// with an inserted zero (see conv2dTransposed for what it computes). One invocation takes 4 neighbouring input pixels and
// those to the left of and above them, and computes the 2 × 8 outputs that they lead to, for 4 output channels: every
// pixel loaded serves all four phases. With q = o + pad, outputs of even q meet taps 0 and 2, those of odd q tap 1.
// weight: [c, ky, kx, ceil(O/4)] vec4, at addresses that a whole workgroup shares. Flags: hasStyle; wholeQuads (rows are
// whole vectors of 4, and so are the pixels of an invocation); those of lib/epilogue.
// @import lib/epilogue

struct Params {
  inChannels: u32,
  inHeight: i32,
  inWidth: i32,
  outHeight: i32,
  outWidth: i32,
  firstRow: i32,
  firstColumn: i32,
  rows: u32,
  quadsPerRow: u32,
  channelQuads: u32,
  padY: i32,
  padX: i32,
  channels: u32,
  pixels: u32,
  noiseSampleStride: u32,
  alpha: f32,
  gain: f32,
  clampTo: f32,
}

override WORKGROUP_SIZE: u32 = 64u;

@group(0) @binding(0) var<uniform> params: Params;
#if wholeQuads
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
#else
@group(0) @binding(1) var<storage, read> x: array<f32>;
#endif
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
#if hasStyle
@group(0) @binding(3) var<storage, read> style: array<f32>;
#endif
@group(0) @binding(8) var<storage, read_write> y: array<f32>;

#if wholeQuads
fn loadPixels(row: i32, column: i32, inside: bool) -> vec4<f32> {
  let exists = inside && column >= 0 && column < params.inWidth;
  return select(vec4<f32>(), x[u32(max(row + column, 0)) / 4u], exists);
}

fn loadLeft(row: i32, column: i32, inside: bool) -> f32 {
  return loadPixels(row, column - 4, inside).w;
}
#else
fn loadPixel(row: i32, column: i32, inside: bool) -> f32 {
  let exists = inside && column >= 0 && column < params.inWidth;
  return select(0.0, x[u32(max(row + column, 0))], exists);
}

fn loadPixels(row: i32, column: i32, inside: bool) -> vec4<f32> {
  return vec4<f32>(
    loadPixel(row, column, inside),
    loadPixel(row, column + 1, inside),
    loadPixel(row, column + 2, inside),
    loadPixel(row, column + 3, inside),
  );
}

fn loadLeft(row: i32, column: i32, inside: bool) -> f32 {
  return loadPixel(row, column - 1, inside);
}
#endif

// A row of outputs: those of even q and those of odd q in turn.
fn storeRow(even: vec4<f32>, odd: vec4<f32>, sample: u32, channel: u32, oy: i32, ox: i32) {
  if (oy < 0 || oy >= params.outHeight) {
    return;
  }
  let base = (sample * params.channels + channel) * params.pixels;
  for (var i = 0; i < 4; i++) {
    let column = ox + 2 * i;
    let pixel = u32(oy * params.outWidth + max(column, 0));
    if (column >= 0 && column < params.outWidth) {
      y[base + pixel] = epilogue(even[i], sample, channel, pixel);
    }
    let next = u32(oy * params.outWidth + column + 1);
    if (column + 1 >= 0 && column + 1 < params.outWidth) {
      y[base + next] = epilogue(odd[i], sample, channel, next);
    }
  }
}

// Both rows, of channels that exist: the last vector of weights may reach beyond.
fn storeChannel(
  ee: vec4<f32>,
  eo: vec4<f32>,
  oe: vec4<f32>,
  oo: vec4<f32>,
  sample: u32,
  channel: u32,
  oy: i32,
  ox: i32,
) {
  if (channel >= params.channels) {
    return;
  }
  storeRow(ee, eo, sample, channel, oy, ox);
  storeRow(oe, oo, sample, channel, oy + 1, ox);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(workgroup_id) groupId: vec3<u32>) {
  if (id.x >= params.quadsPerRow * params.rows) {
    return;
  }
  let sample = groupId.z;
  let channelQuad = groupId.y;
  let iy = params.firstRow + i32(id.x / params.quadsPerRow);
  let ix = params.firstColumn + i32(id.x % params.quadsPerRow) * 4;
  let hasRow = iy >= 0 && iy < params.inHeight;
  let hasAbove = iy >= 1 && iy <= params.inHeight;

  // Named one by one: an array that is indexed by a variable below would live in memory.
  var ee0 = vec4<f32>();
  var ee1 = vec4<f32>();
  var ee2 = vec4<f32>();
  var ee3 = vec4<f32>();
  var eo0 = vec4<f32>();
  var eo1 = vec4<f32>();
  var eo2 = vec4<f32>();
  var eo3 = vec4<f32>();
  var oe0 = vec4<f32>();
  var oe1 = vec4<f32>();
  var oe2 = vec4<f32>();
  var oe3 = vec4<f32>();
  var oo0 = vec4<f32>();
  var oo1 = vec4<f32>();
  var oo2 = vec4<f32>();
  var oo3 = vec4<f32>();
  var tap = channelQuad;
  for (var c = 0u; c < params.inChannels; c++) {
    let channel = sample * params.inChannels + c;
    let row = (i32(channel) * params.inHeight + iy) * params.inWidth;
    let above = row - params.inWidth;
#if hasStyle
    let s = style[channel];
#else
    let s = 1.0;
#endif
    let b = s * loadPixels(row, ix, hasRow);
    let a = s * loadPixels(above, ix, hasAbove);
    let bLeft = vec4<f32>(s * loadLeft(row, ix, hasRow), b.xyz);
    let aLeft = vec4<f32>(s * loadLeft(above, ix, hasAbove), a.xyz);
    let w00 = weight[tap];
    let w01 = weight[tap + params.channelQuads];
    let w02 = weight[tap + 2u * params.channelQuads];
    let w10 = weight[tap + 3u * params.channelQuads];
    let w11 = weight[tap + 4u * params.channelQuads];
    let w12 = weight[tap + 5u * params.channelQuads];
    let w20 = weight[tap + 6u * params.channelQuads];
    let w21 = weight[tap + 7u * params.channelQuads];
    let w22 = weight[tap + 8u * params.channelQuads];
    ee0 += b * w00.x;
    ee0 += bLeft * w02.x;
    ee0 += a * w20.x;
    ee0 += aLeft * w22.x;
    ee1 += b * w00.y;
    ee1 += bLeft * w02.y;
    ee1 += a * w20.y;
    ee1 += aLeft * w22.y;
    ee2 += b * w00.z;
    ee2 += bLeft * w02.z;
    ee2 += a * w20.z;
    ee2 += aLeft * w22.z;
    ee3 += b * w00.w;
    ee3 += bLeft * w02.w;
    ee3 += a * w20.w;
    ee3 += aLeft * w22.w;
    eo0 += b * w01.x;
    eo0 += a * w21.x;
    eo1 += b * w01.y;
    eo1 += a * w21.y;
    eo2 += b * w01.z;
    eo2 += a * w21.z;
    eo3 += b * w01.w;
    eo3 += a * w21.w;
    oe0 += b * w10.x;
    oe0 += bLeft * w12.x;
    oe1 += b * w10.y;
    oe1 += bLeft * w12.y;
    oe2 += b * w10.z;
    oe2 += bLeft * w12.z;
    oe3 += b * w10.w;
    oe3 += bLeft * w12.w;
    oo0 += b * w11.x;
    oo1 += b * w11.y;
    oo2 += b * w11.z;
    oo3 += b * w11.w;
    tap += 9u * params.channelQuads;
  }

  let oy = 2 * iy - params.padY;
  let ox = 2 * ix - params.padX;
  let channel = channelQuad * 4u;
  storeChannel(ee0, eo0, oe0, oo0, sample, channel, oy, ox);
  storeChannel(ee1, eo1, oe1, oo1, sample, channel + 1u, oy, ox);
  storeChannel(ee2, eo2, oe2, oo2, sample, channel + 2u, oy, ox);
  storeChannel(ee3, eo3, oe3, oo3, sample, channel + 3u, oy, ox);
}
