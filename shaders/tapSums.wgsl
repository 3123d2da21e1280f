// The adjoint of a 3×3 convolution of stride 2 from the products of its nine taps, then the epilogue:
//   y[n, o, 2 iy + ky - padY, 2 ix + kx - padX] = epilogue(Σ m[n, 3 ky + kx, o, iy, ix])
// m: packedChannels and pixelStride of them. One invocation an input pixel of a channel, two rows of two outputs, one of each
// phase, which take 4, 2, 2 and 1 taps. Flags: those of lib/epilogue.
// @import lib/epilogue

struct Params {
  inHeight: i32,
  inWidth: i32,
  outHeight: i32,
  outWidth: i32,
  padY: i32,
  padX: i32,
  firstRow: i32,
  firstColumn: i32,
  rows: u32,
  columns: u32,
  packedChannels: u32,
  pixelStride: u32,
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

// Product of a tap at an input pixel; 0 outside of the picture.
fn productAt(first: u32, tap: u32, iy: i32, ix: i32) -> f32 {
  let inside = iy >= 0 && iy < params.inHeight && ix >= 0 && ix < params.inWidth;
  let plane = first + tap * params.packedChannels * params.pixelStride;
  return select(0.0, m[plane + u32(max(iy * params.inWidth + ix, 0))], inside);
}

fn storePixel(sample: u32, channel: u32, oy: i32, ox: i32, value: f32) {
  if (oy < 0 || oy >= params.outHeight || ox < 0 || ox >= params.outWidth) {
    return;
  }
  let pixel = u32(oy * params.outWidth + ox);
  y[(sample * params.channels + channel) * params.pixels + pixel] = epilogue(value, sample, channel, pixel);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= params.rows * params.columns) {
    return;
  }
  let channel = id.y;
  let sample = id.z;
  let iy = params.firstRow + i32(id.x / params.columns);
  let ix = params.firstColumn + i32(id.x % params.columns);
  let first = (sample * 9u * params.packedChannels + channel) * params.pixelStride;
  let ee = productAt(first, 0u, iy, ix) + productAt(first, 2u, iy, ix - 1) +
    productAt(first, 6u, iy - 1, ix) + productAt(first, 8u, iy - 1, ix - 1);
  let eo = productAt(first, 1u, iy, ix) + productAt(first, 7u, iy - 1, ix);
  let oe = productAt(first, 3u, iy, ix) + productAt(first, 5u, iy, ix - 1);
  let oo = productAt(first, 4u, iy, ix);
  let oy = 2 * iy - params.padY;
  let ox = 2 * ix - params.padX;
  storePixel(sample, channel, oy, ox, ee);
  storePixel(sample, channel, oy, ox + 1, eo);
  storePixel(sample, channel, oy + 1, ox, oe);
  storePixel(sample, channel, oy + 1, ox + 1, oo);
}
