// A 3×3 convolution (correlation) of a map of 4×4 pixels, padded by one, with the modulation of StyleGAN2 folded in:
//   y[n, o] = epilogue(Σ_{c, ky, kx} w[o, c, ky, kx] * style[n, c] * x[n, c, oy + ky - 1, ox + kx - 1])
// One invocation computes the whole map of an output channel: on so small a map, lanes that share weights would be too
// few. Here they share the map, at addresses that all of a workgroup read, and their weights are neighbours.
// weight: [c, ky, kx, O in whole fours]. Flags: hasStyle; those of lib/epilogue.
// @import lib/epilogue

struct Params {
  inChannels: u32,
  packedChannels: u32,
  channels: u32,
  pixels: u32,
  noiseSampleStride: u32,
  alpha: f32,
  gain: f32,
  clampTo: f32,
}

override WORKGROUP_SIZE: u32 = 64u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
#if hasStyle
@group(0) @binding(3) var<storage, read> style: array<f32>;
#endif
@group(0) @binding(8) var<storage, read_write> y: array<vec4<f32>>;

// Tap by tap, in the order of conv2d, so that both round alike.
fn withRow(sums: vec4<f32>, row: vec4<f32>, w: vec3<f32>) -> vec4<f32> {
  return sums + vec4<f32>(0.0, row.xyz) * w.x + row * w.y + vec4<f32>(row.yzw, 0.0) * w.z;
}

fn loadTaps(first: u32) -> vec3<f32> {
  let step = params.packedChannels;
  return vec3<f32>(weight[first], weight[first + step], weight[first + 2u * step]);
}

fn storeRow(sums: vec4<f32>, sample: u32, channel: u32, row: u32) {
  y[(sample * params.channels + channel) * 4u + row] = epilogueOfRow(sums, sample, channel, row * 4u);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {
  let channel = id.x;
  let sample = group.y;
  if (channel >= params.channels) {
    return;
  }
  var sum0 = vec4<f32>();
  var sum1 = vec4<f32>();
  var sum2 = vec4<f32>();
  var sum3 = vec4<f32>();
  var tap = channel;
  for (var c = 0u; c < params.inChannels; c++) {
    let input = sample * params.inChannels + c;
#if hasStyle
    let modulation = style[input];
#else
    let modulation = 1.0;
#endif
    let row0 = x[input * 4u] * modulation;
    let row1 = x[input * 4u + 1u] * modulation;
    let row2 = x[input * 4u + 2u] * modulation;
    let row3 = x[input * 4u + 3u] * modulation;
    let above = loadTaps(tap);
    let level = loadTaps(tap + 3u * params.packedChannels);
    let below = loadTaps(tap + 6u * params.packedChannels);
    sum0 = withRow(withRow(sum0, row0, level), row1, below);
    sum1 = withRow(withRow(withRow(sum1, row0, above), row1, level), row2, below);
    sum2 = withRow(withRow(withRow(sum2, row1, above), row2, level), row3, below);
    sum3 = withRow(withRow(sum3, row2, above), row3, level);
    tap += 9u * params.packedChannels;
  }
  storeRow(sum0, sample, channel, 0u);
  storeRow(sum1, sample, channel, 1u);
  storeRow(sum2, sample, channel, 2u);
  storeRow(sum3, sample, channel, 3u);
}
