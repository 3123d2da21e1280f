// A matrix product a plane: of Winograd's minimal filtering (Lavin & Gray 2016), whose planes are transformed pictures of
// tiles, or of the taps of a convolution, whose planes share one picture, styled on load:
//   m[sample, plane, o, tile] = Σ_c weight[plane, c, o] * v[sample, plane, c, tile]
//   m[sample, plane, o, pixel] = Σ_c weight[plane, c, o] * style[sample, c] * v[sample, c, pixel]
// One invocation computes 8 tiles of 8 output channels. All of a workgroup read the same weights: scalar loads, no barrier.
// Flags: sharedPicture; hasStyle (with sharedPicture); halfWeights (lib/halfWeights).
// @import lib/productWeights

struct Params {
  planes: u32,
  inChannels: u32,
  outQuads: u32,
  tileQuads: u32,
  planeSide: u32,
}

override WORKGROUP_SIZE: u32 = 64u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> m: array<vec4<f32>>;
#if hasStyle
@group(0) @binding(4) var<storage, read> style: array<f32>;
#endif

// 4 tiles of a channel, styled.
fn place(index: u32, picture: u32, channel: u32) -> vec4<f32> {
#if hasStyle
  return v[index] * style[picture * params.inChannels + channel];
#else
  return v[index];
#endif
}

fn storeBlock(sums: mat4x4<f32>, first: u32) {
  m[first] = sums[0];
  m[first + params.tileQuads] = sums[1];
  m[first + 2u * params.tileQuads] = sums[2];
  m[first + 3u * params.tileQuads] = sums[3];
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {
  let quad = id.x * 2u;
  if (quad >= params.tileQuads) {
    return;
  }
  let plane = group.z % params.planes;
#if sharedPicture
  let picture = group.z / params.planes;
#else
  let picture = group.z;
#endif
  var tiles = picture * params.inChannels * params.tileQuads + quad;
  var weights = plane * params.inChannels * params.outQuads + group.y * 2u;
  var upperLeft = mat4x4<f32>();
  var upperRight = mat4x4<f32>();
  var lowerLeft = mat4x4<f32>();
  var lowerRight = mat4x4<f32>();
  for (var c = 0u; c < params.inChannels; c++) {
    let a = place(tiles, picture, c);
    let b = place(tiles + 1u, picture, c);
    let w = factorsAt(weights);
    let u = factorsAt(weights + 1u);
    tiles += params.tileQuads;
    weights += params.outQuads;
    upperLeft += outer(a, w);
    upperRight += outer(a, u);
    lowerLeft += outer(b, w);
    lowerRight += outer(b, u);
  }
  let scale = sumScale(plane);
  let first = (group.z * params.outQuads * 4u + group.y * 8u) * params.tileQuads + quad;
  storeBlock(upperLeft * scale, first);
  storeBlock(lowerLeft * scale, first + 1u);
  storeBlock(upperRight * scale, first + 4u * params.tileQuads);
  storeBlock(lowerRight * scale, first + 4u * params.tileQuads + 1u);
}
