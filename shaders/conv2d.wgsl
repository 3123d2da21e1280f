// Direct 2-D convolution (correlation), NCHW, with the modulation of StyleGAN2 folded in:
//   y[n, o] = epilogue(Σ_{c, ky, kx} w[o, c, ky, kx] * style[n, c] * x[n, c, oy*stride + ky - padY, ox*stride + kx - padX])
// One invocation computes 4 neighbouring pixels of a row for 4 output channels, so that each weight vector serves
// 4 pixels and each pixel 4 channels. weight: [group, c, ky, kx, ceil(O/4)] vec4, output channels innermost.
// Flags: unitStride (the stride is 1); hasStyle; smallMap (channels go to the lanes as well, because the map alone would leave them idle);
// those of lib/epilogue.
// @import lib/convolutionTile

struct Params {
  groups: u32,
  channelsPerGroup: u32,
  inChannels: u32,
  inHeight: i32,
  inWidth: i32,
  outHeight: u32,
  outWidth: u32,
  quadsPerRow: u32,
  channelQuads: u32,
  kernelHeight: u32,
  kernelWidth: u32,
  stride: i32,
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
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
#if hasStyle
@group(0) @binding(3) var<storage, read> style: array<f32>;
#endif
@group(0) @binding(8) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(workgroup_id) groupId: vec3<u32>) {
  let quads = params.quadsPerRow * params.outHeight;
#if smallMap
  let quad = id.x % quads;
  let channelBlock = id.x / quads;
  if (channelBlock >= params.channelQuads * params.groups) {
    return;
  }
#else
  let quad = id.x;
  let channelBlock = groupId.y;
  if (quad >= quads) {
    return;
  }
#endif
  let sample = groupId.z;
  let group = channelBlock / params.channelQuads;
  let channelQuad = channelBlock % params.channelQuads;
  let oy = quad / params.quadsPerRow;
  let ox = quad % params.quadsPerRow * 4u;
  let firstRow = i32(oy) * params.stride - params.padY;
  let firstColumn = i32(ox) * params.stride - params.padX;
  let firstInput = sample * params.inChannels * params.groups + group * params.inChannels;

  var sum0 = vec4<f32>();
  var sum1 = vec4<f32>();
  var sum2 = vec4<f32>();
  var sum3 = vec4<f32>();
  var tap = group * params.inChannels * params.kernelHeight * params.kernelWidth * params.channelQuads + channelQuad;
  for (var c = 0u; c < params.inChannels; c++) {
    let plane = i32(firstInput + c) * params.inHeight * params.inWidth;
#if hasStyle
    let modulation = style[firstInput + c];
#else
    let modulation = 1.0;
#endif
    for (var ky = 0u; ky < params.kernelHeight; ky++) {
      let iy = firstRow + i32(ky);
      if (iy < 0 || iy >= params.inHeight) {
        tap += params.kernelWidth * params.channelQuads;
        continue;
      }
      let row = plane + iy * params.inWidth;
      var pixels = loadPixels(row, firstColumn, params.stride) * modulation;
      for (var kx = 0u; kx < params.kernelWidth; kx++) {
        let w = weight[tap];
        sum0 += pixels * w.x;
        sum1 += pixels * w.y;
        sum2 += pixels * w.z;
        sum3 += pixels * w.w;
        tap += params.channelQuads;
#if unitStride
        // The window slides by one pixel: three of its four are there already.
        pixels = vec4<f32>(pixels.yzw, loadPixel(row, firstColumn + i32(kx) + 4) * modulation);
#else
        pixels = loadPixels(row, firstColumn + i32(kx) + 1, params.stride) * modulation;
#endif
      }
    }
  }

  let sums = array<vec4<f32>, 4>(sum0, sum1, sum2, sum3);
  storeTile(sums, sample, group, channelQuad, oy, ox, 1u);
}
