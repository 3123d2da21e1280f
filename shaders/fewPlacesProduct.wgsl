// What planeProduct computes, where planes have 16 places, or 4, and no more:
//   m[sample, plane, o, tile] = Σ_c weight[plane, c, o] * v[sample, plane, c, tile]
// One invocation computes all 16 places of four output channels, or all 4 of eight: lanes that share weights would be too few.
// Here they share the places, at addresses that all of a workgroup read, and their weights are neighbours.
// Flags: four; sharedPicture; hasStyle (with sharedPicture); halfWeights (lib/halfWeights).
// @import lib/productWeights

struct Params {
  planes: u32,
  inChannels: u32,
  outQuads: u32,
  planeSide: u32,
}

override WORKGROUP_SIZE: u32 = 64u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> m: array<vec4<f32>>;
#if hasStyle
@group(0) @binding(4) var<storage, read> style: array<f32>;
#endif

fn store(sums: mat4x4<f32>, first: u32) {
  m[first] = sums[0];
  m[first + 1u] = sums[1];
  m[first + 2u] = sums[2];
  m[first + 3u] = sums[3];
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {
#if four
  let quad = id.x * 2u;
#else
  let quad = id.x;
#endif
  if (quad >= params.outQuads) {
    return;
  }
  let plane = group.y % params.planes;
#if sharedPicture
  let picture = group.y / params.planes;
#else
  let picture = group.y;
#endif
  var sums0 = mat4x4<f32>();
  var sums1 = mat4x4<f32>();
#if four
#else
  var sums2 = mat4x4<f32>();
  var sums3 = mat4x4<f32>();
#endif
  for (var c = 0u; c < params.inChannels; c++) {
    let channel = picture * params.inChannels + c;
    let factors = (plane * params.inChannels + c) * params.outQuads + quad;
#if hasStyle
    let modulation = style[channel];
#else
    let modulation = 1.0;
#endif
    let w = factorsAt(factors) * modulation;
#if four
    let places = v[channel];
    sums0 += outer(places, w);
    sums1 += outer(places, factorsAt(factors + 1u) * modulation);
#else
    let places = mat4x4<f32>(v[4u * channel], v[4u * channel + 1u], v[4u * channel + 2u], v[4u * channel + 3u]);
    sums0 += places * w.x;
    sums1 += places * w.y;
    sums2 += places * w.z;
    sums3 += places * w.w;
#endif
  }
  let scale = sumScale(plane);
#if four
  let base = (group.y * params.outQuads + quad) * 4u;
  store(sums0 * scale, base);
  store(sums1 * scale, base + 4u);
#else
  let base = (group.y * params.outQuads + quad) * 16u;
  store(sums0 * scale, base);
  store(sums1 * scale, base + 4u);
  store(sums2 * scale, base + 8u);
  store(sums3 * scale, base + 12u);
#endif
}
