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
  var a0 = vec4<f32>();
  var a1 = vec4<f32>();
  var a2 = vec4<f32>();
  var a3 = vec4<f32>();
  var b0 = vec4<f32>();
  var b1 = vec4<f32>();
  var b2 = vec4<f32>();
  var b3 = vec4<f32>();
  for (var c = 0u; c < params.inChannels; c++) {
    let first = (picture * params.inChannels + c) * 4u;
#if hasStyle
    let w = weight[(plane * params.inChannels + c) * params.outPairs + pair] * style[picture * params.inChannels + c];
#else
    let w = weight[(plane * params.inChannels + c) * params.outPairs + pair];
#endif
    let v0 = v[first];
    let v1 = v[first + 1u];
    let v2 = v[first + 2u];
    let v3 = v[first + 3u];
    a0 += v0 * w.x;
    a1 += v1 * w.x;
    a2 += v2 * w.x;
    a3 += v3 * w.x;
    b0 += v0 * w.y;
    b1 += v1 * w.y;
    b2 += v2 * w.y;
    b3 += v3 * w.y;
  }
  let base = (group.y * params.outPairs + pair) * 8u;
  m[base] = a0;
  m[base + 1u] = a1;
  m[base + 2u] = a2;
  m[base + 3u] = a3;
  m[base + 4u] = b0;
  m[base + 5u] = b1;
  m[base + 6u] = b2;
  m[base + 7u] = b3;
}
