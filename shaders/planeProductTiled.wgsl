// The products of planeProduct for graphics cards, which hide latency by many small workgroups and share by workgroup memory:
//   m[part, sample, plane, o, place] = Σ_{c of part} weight[plane, c, o] * style[sample, c] * v[sample, plane, c, place]
// A workgroup computes a tile of 8 PLACE_LANES places by 8 CHANNEL_LANES output channels, 8 × 8 a lane, and loads 8 input
// channels of both a turn. `parts` share the input channels between them where a map alone would fill too few workgroups
// (split-K); splitSums adds up what they leave.
// Flags: sharedPicture; hasStyle (with sharedPicture); halfWeights (lib/halfWeights).
// @import lib/productWeights

struct Params {
  planes: u32,
  inChannels: u32,
  outQuads: u32,
  tileQuads: u32,
  samplePlanes: u32,
  partChannels: u32,
  planeSide: u32,
}

override WORKGROUP_SIZE: u32 = 64u;
override PLACE_LANES: u32 = 8u;
override CHANNEL_LANES: u32 = 8u;

const DEPTH: u32 = 8u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> m: array<vec4<f32>>;
#if hasStyle
@group(0) @binding(4) var<storage, read> style: array<f32>;
#endif

var<workgroup> places: array<vec4<f32>, 16u * PLACE_LANES>;
var<workgroup> channels: array<vec4<f32>, 16u * CHANNEL_LANES>;

fn storeBlock(sums: mat4x4<f32>, first: u32) {
  m[first] = sums[0];
  m[first + params.tileQuads] = sums[1];
  m[first + 2u * params.tileQuads] = sums[2];
  m[first + 3u * params.tileQuads] = sums[3];
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let samplePlane = group.z % params.samplePlanes;
  let part = group.z / params.samplePlanes;
  let plane = samplePlane % params.planes;
#if sharedPicture
  let picture = samplePlane / params.planes;
#else
  let picture = samplePlane;
#endif
  let firstQuad = group.x * 2u * PLACE_LANES;
  let firstChannelQuad = group.y * 2u * CHANNEL_LANES;
  let placeLane = lane % PLACE_LANES;
  let channelLane = lane / PLACE_LANES;
  let end = min((part + 1u) * params.partChannels, params.inChannels);
  var upperLeft = mat4x4<f32>();
  var upperRight = mat4x4<f32>();
  var lowerLeft = mat4x4<f32>();
  var lowerRight = mat4x4<f32>();
  for (var c = part * params.partChannels; c < end; c += DEPTH) {
    for (var i = lane; i < 2u * DEPTH * PLACE_LANES; i += WORKGROUP_SIZE) {
      let channel = c + i / (2u * PLACE_LANES);
      let quad = firstQuad + i % (2u * PLACE_LANES);
      var four = vec4<f32>();
      if (channel < end && quad < params.tileQuads) {
        four = v[(picture * params.inChannels + channel) * params.tileQuads + quad];
#if hasStyle
        four *= style[picture * params.inChannels + channel];
#endif
      }
      places[i] = four;
    }
    for (var i = lane; i < 2u * DEPTH * CHANNEL_LANES; i += WORKGROUP_SIZE) {
      let channel = c + i / (2u * CHANNEL_LANES);
      let quad = firstChannelQuad + i % (2u * CHANNEL_LANES);
      var four = vec4<f32>();
      if (channel < end && quad < params.outQuads) {
        four = factorsAt((plane * params.inChannels + channel) * params.outQuads + quad);
      }
      channels[i] = four;
    }
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      let a = places[2u * (k * PLACE_LANES + placeLane)];
      let b = places[2u * (k * PLACE_LANES + placeLane) + 1u];
      let w = channels[2u * (k * CHANNEL_LANES + channelLane)];
      let u = channels[2u * (k * CHANNEL_LANES + channelLane) + 1u];
      upperLeft += outer(a, w);
      upperRight += outer(a, u);
      lowerLeft += outer(b, w);
      lowerRight += outer(b, u);
    }
    workgroupBarrier();
  }
  let quad = firstQuad + 2u * placeLane;
  let channelQuad = firstChannelQuad + 2u * channelLane;
  if (quad >= params.tileQuads || channelQuad >= params.outQuads) {
    return;
  }
  let scale = sumScale(plane);
  let first = (group.z * params.outQuads + channelQuad) * 4u * params.tileQuads + quad;
  storeBlock(upperLeft * scale, first);
  storeBlock(lowerLeft * scale, first + 1u);
  storeBlock(upperRight * scale, first + 4u * params.tileQuads);
  storeBlock(lowerRight * scale, first + 4u * params.tileQuads + 1u);
}
