// A matrix product a plane: of Winograd's minimal filtering (Lavin & Gray 2016), whose planes are transformed pictures of
// tiles, or of the taps of a convolution, whose planes share one picture, styled on load:
//   m[sample, plane, o, tile] = Σ_c weight[plane, c, o] * v[sample, plane, c, tile]
//   m[sample, plane, o, pixel] = Σ_c weight[plane, c, o] * style[sample, c] * v[sample, c, pixel]
// One invocation computes 8 tiles of 8 output channels. All of a workgroup read the same weights: scalar loads, no barrier.
// Flags: sharedPicture; hasStyle (with sharedPicture).

struct Params {
  planes: u32,
  inChannels: u32,
  outQuads: u32,
  tileQuads: u32,
}

override WORKGROUP_SIZE: u32 = 64u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> m: array<vec4<f32>>;
#if hasStyle
@group(0) @binding(4) var<storage, read> style: array<f32>;
#endif

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
  var a0 = vec4<f32>();
  var a1 = vec4<f32>();
  var a2 = vec4<f32>();
  var a3 = vec4<f32>();
  var a4 = vec4<f32>();
  var a5 = vec4<f32>();
  var a6 = vec4<f32>();
  var a7 = vec4<f32>();
  var b0 = vec4<f32>();
  var b1 = vec4<f32>();
  var b2 = vec4<f32>();
  var b3 = vec4<f32>();
  var b4 = vec4<f32>();
  var b5 = vec4<f32>();
  var b6 = vec4<f32>();
  var b7 = vec4<f32>();
  for (var c = 0u; c < params.inChannels; c++) {
#if hasStyle
    let s = style[picture * params.inChannels + c];
    let a = s * v[tiles];
    let b = s * v[tiles + 1u];
#else
    let a = v[tiles];
    let b = v[tiles + 1u];
#endif
    let w = weight[weights];
    let u = weight[weights + 1u];
    a0 += a * w.x;
    a1 += a * w.y;
    a2 += a * w.z;
    a3 += a * w.w;
    a4 += a * u.x;
    a5 += a * u.y;
    a6 += a * u.z;
    a7 += a * u.w;
    b0 += b * w.x;
    b1 += b * w.y;
    b2 += b * w.z;
    b3 += b * w.w;
    b4 += b * u.x;
    b5 += b * u.y;
    b6 += b * u.z;
    b7 += b * u.w;
    tiles += params.tileQuads;
    weights += params.outQuads;
  }
  let step = params.tileQuads;
  let first = (group.z * params.outQuads * 4u + group.y * 8u) * step + quad;
  m[first] = a0;
  m[first + 1u] = b0;
  m[first + step] = a1;
  m[first + step + 1u] = b1;
  m[first + 2u * step] = a2;
  m[first + 2u * step + 1u] = b2;
  m[first + 3u * step] = a3;
  m[first + 3u * step + 1u] = b3;
  m[first + 4u * step] = a4;
  m[first + 4u * step + 1u] = b4;
  m[first + 5u * step] = a5;
  m[first + 5u * step + 1u] = b5;
  m[first + 6u * step] = a6;
  m[first + 6u * step + 1u] = b6;
  m[first + 7u * step] = a7;
  m[first + 7u * step + 1u] = b7;
}
