// Transposed 2-D convolution, NCHW, split into stride² phases so that no tap multiplies an inserted zero:
//   y[n, o, oy, ox] = epilogue(Σ_{c, ky, kx} w[c, o, ky, kx] * style[n, c] * x[n, c, (oy + padY - ky) / stride, …])
// over the ky, kx for which the division is exact. All outputs of a phase, (oy + padY) mod stride and likewise for x,
// share their taps. One invocation computes 4 outputs of one phase, `stride` apart in a row, for 4 output channels.
// weight: [group, c, ky, kx, ceil(O/4)] vec4. Flags: hasStyle, smallMap; those of lib/epilogue.
// @import lib/convolutionTile

struct Params {
  groups: u32,
  channelsPerGroup: u32,
  inChannels: u32,
  inHeight: i32,
  inWidth: i32,
  outHeight: u32,
  outWidth: u32,
  phaseHeight: u32,
  quadsPerRow: u32,
  channelQuads: u32,
  kernelHeight: u32,
  kernelWidth: u32,
  stride: u32,
  padY: u32,
  padX: u32,
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

// First output of a phase along one axis: the smallest o ≥ 0 with (o + pad) mod stride = phase.
fn firstOutput(phase: u32, pad: u32) -> u32 {
  return (phase + params.stride - pad % params.stride) % params.stride;
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(workgroup_id) groupId: vec3<u32>) {
  let quads = params.quadsPerRow * params.phaseHeight;
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
  let phases = params.stride * params.stride;
  let sample = groupId.z / phases;
  let phaseY = groupId.z % phases / params.stride;
  let phaseX = groupId.z % params.stride;
  let group = channelBlock / params.channelQuads;
  let channelQuad = channelBlock % params.channelQuads;
  let oy = firstOutput(phaseY, params.padY) + quad / params.quadsPerRow * params.stride;
  let ox = firstOutput(phaseX, params.padX) + quad % params.quadsPerRow * 4u * params.stride;
  if (oy >= params.outHeight || ox >= params.outWidth) {
    return;
  }
  // Input position of tap (phaseY, phaseX); each further tap lies one input pixel before.
  let firstRow = i32((oy + params.padY - phaseY) / params.stride);
  let firstColumn = i32((ox + params.padX - phaseX) / params.stride);
  let firstInput = sample * params.inChannels * params.groups + group * params.inChannels;

  var sum0 = vec4<f32>();
  var sum1 = vec4<f32>();
  var sum2 = vec4<f32>();
  var sum3 = vec4<f32>();
  for (var c = 0u; c < params.inChannels; c++) {
    let plane = i32(firstInput + c) * params.inHeight * params.inWidth;
    let taps = (group * params.inChannels + c) * params.kernelHeight;
#if hasStyle
    let modulation = style[firstInput + c];
#else
    let modulation = 1.0;
#endif
    var iy = firstRow;
    for (var ky = phaseY; ky < params.kernelHeight; ky += params.stride) {
      if (iy >= 0 && iy < params.inHeight) {
        var ix = firstColumn;
        for (var kx = phaseX; kx < params.kernelWidth; kx += params.stride) {
          let pixels = loadPixels(plane + iy * params.inWidth, ix, 1) * modulation;
          let w = weight[((taps + ky) * params.kernelWidth + kx) * params.channelQuads + channelQuad];
          sum0 += pixels * w.x;
          sum1 += pixels * w.y;
          sum2 += pixels * w.z;
          sum3 += pixels * w.w;
          ix--;
        }
      }
      iy--;
    }
  }

  let sums = array<vec4<f32>, 4>(sum0, sum1, sum2, sum3);
  storeTile(sums, sample, group, channelQuad, oy, ox, params.stride);
}
