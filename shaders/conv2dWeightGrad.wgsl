// Gradient of a convolution's weights, the third of the trio conv2d, conv2dTransposed, conv2dWeightGrad:
//   dw[o, c, ky, kx] = Σ_{n, oy, ox} dy[n, o, oy, ox] * x[n, c, oy*stride + ky - padY, ox*stride + kx - padX]
// One invocation a weight. x: [N, C, H, W], dy: [N, O, OH, OW], dw: [O, C/groups, KH, KW].
// @import lib/linearIndex

struct Params {
  count: u32,
  batch: u32,
  groups: u32,
  inChannels: u32,
  outChannels: u32,
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

// Sum over one output row; rows are summed apart so that long sums stay accurate.
fn rowSum(plane: u32, dyRow: u32, iy: i32, kx: i32) -> f32 {
  var sum = 0.0;
  for (var ox = 0u; ox < params.outWidth; ox++) {
    let ix = i32(ox) * params.stride + kx - params.padX;
    if (ix >= 0 && ix < params.inWidth) {
      sum += dy[dyRow + ox] * x[plane + u32(iy * params.inWidth + ix)];
    }
  }
  return sum;
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = linearIndex(id, groups);
  if (index >= params.count) {
    return;
  }
  let kx = i32(index % params.kernelWidth);
  let ky = i32(index / params.kernelWidth % params.kernelHeight);
  let c = index / (params.kernelWidth * params.kernelHeight) % params.inChannels;
  let o = index / (params.kernelWidth * params.kernelHeight * params.inChannels);
  let group = o / (params.outChannels / params.groups);
  var sum = 0.0;
  for (var n = 0u; n < params.batch; n++) {
    let channel = (n * params.groups + group) * params.inChannels + c;
    let plane = channel * u32(params.inHeight * params.inWidth);
    for (var oy = 0u; oy < params.outHeight; oy++) {
      let iy = i32(oy) * params.stride + ky - params.padY;
      if (iy >= 0 && iy < params.inHeight) {
        sum += rowSum(plane, ((n * params.outChannels + o) * params.outHeight + oy) * params.outWidth, iy, kx);
      }
    }
  }
  dw[index] = sum;
}
