// The pixels that each tap of a convolution meets, side by side, so that the convolution is one matrix product:
//   v[n, tap, c, oy outWidth + ox] = style[n, c] * x[n, c, oy stride + ky - padY, ox stride + kx - padX], 0 outside
// One invocation an output pixel of an input channel. Flag: hasStyle.

struct Params {
  inChannels: u32,
  inHeight: i32,
  inWidth: i32,
  outWidth: u32,
  places: u32,
  kernelHeight: u32,
  kernelWidth: u32,
  stride: i32,
  padY: i32,
  padX: i32,
}

override WORKGROUP_SIZE: u32 = 64u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
#if hasStyle
@group(0) @binding(2) var<storage, read> style: array<f32>;
#endif
@group(0) @binding(3) var<storage, read_write> v: array<f32>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let place = id.x;
  if (place >= params.places) {
    return;
  }
  let c = id.y;
  let sample = id.z;
  let channel = sample * params.inChannels + c;
#if hasStyle
  let s = style[channel];
#else
  let s = 1.0;
#endif
  let plane = i32(channel) * params.inHeight * params.inWidth;
  let firstRow = i32(place / params.outWidth) * params.stride - params.padY;
  let firstColumn = i32(place % params.outWidth) * params.stride - params.padX;
  let taps = params.kernelHeight * params.kernelWidth;
  var at = (sample * taps * params.inChannels + c) * params.places + place;
  for (var ky = 0u; ky < params.kernelHeight; ky++) {
    let row = firstRow + i32(ky);
    let hasRow = row >= 0 && row < params.inHeight;
    for (var kx = 0u; kx < params.kernelWidth; kx++) {
      let column = firstColumn + i32(kx);
      let inside = hasRow && column >= 0 && column < params.inWidth;
      v[at] = select(0.0, s * x[u32(max(plane + row * params.inWidth + column, 0))], inside);
      at += params.inChannels * params.places;
    }
  }
}
