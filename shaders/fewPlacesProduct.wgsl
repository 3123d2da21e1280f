// What planeProduct computes, where planes have 16 places only:
//   m[sample, plane, o, tile] = Σ_c weight[plane, c, o] * v[sample, plane, c, tile]
// One invocation computes all places of two output channels: lanes that share weights would be too few. Here they share
// the places, at addresses that all of a workgroup read, and their weights are neighbours.
// Flags: sharedPicture; hasStyle (with sharedPicture).

struct Params {
  planes: u32,
  inChannels: u32,
  outPairs: u32,
}

override WORKGROUP_SIZE: u32 = 64u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read_write> m: array<vec4<f32>>;
#if hasStyle
@group(0) @binding(4) var<storage, read> style: array<f32>;
#endif

fn storeRows(places: mat4x4<f32>, first: u32) {
  m[first] = places[0];
  m[first + 1u] = places[1];
  m[first + 2u] = places[2];
  m[first + 3u] = places[3];
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {
  let pair = id.x;
  if (pair >= params.outPairs) {
    return;
  }
  let plane = group.y % params.planes;
#if sharedPicture
  let picture = group.y / params.planes;
#else
  let picture = group.y;
#endif
  var even = mat4x4<f32>();
  var odd = mat4x4<f32>();
  for (var c = 0u; c < params.inChannels; c++) {
    let first = (picture * params.inChannels + c) * 4u;
    let places = mat4x4<f32>(v[first], v[first + 1u], v[first + 2u], v[first + 3u]);
#if hasStyle
    let w = weight[(plane * params.inChannels + c) * params.outPairs + pair] * style[picture * params.inChannels + c];
#else
    let w = weight[(plane * params.inChannels + c) * params.outPairs + pair];
#endif
    even += places * w.x;
    odd += places * w.y;
  }
  let base = (group.y * params.outPairs + pair) * 8u;
  storeRows(even, base);
  storeRows(odd, base + 4u);
}
