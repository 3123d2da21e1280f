// Weights of a 3×3 convolution for Winograd's minimal filtering (Lavin & Gray 2016, "Fast Algorithms for Convolutional
// Neural Networks"), G w Gᵀ: [plane, c, ceil(O/8) · 8], output channels innermost. One invocation a pair of channels.
// Flags: large (F(4×4, 3×3), 36 planes; else F(2×2, 3×3), 16); turned (w is [C, O, 3, 3], turned by 180°: an adjoint).

struct Params {
  inChannels: u32,
  outChannels: u32,
  packedChannels: u32,
}

override WORKGROUP_SIZE: u32 = 64u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

#if large
const SIDE = 6u;
fn spread(w: vec3<f32>) -> array<f32, 6> {
  let even = w.x + w.z;
  let far = (w.x + 4.0 * w.z) / 24.0;
  return array<f32, 6>(
    w.x / 4.0,
    -(even + w.y) / 6.0,
    -(even - w.y) / 6.0,
    far + w.y / 12.0,
    far - w.y / 12.0,
    w.z,
  );
}
#else
const SIDE = 4u;
fn spread(w: vec3<f32>) -> array<f32, 4> {
  let even = w.x + w.z;
  return array<f32, 4>(w.x, (even + w.y) / 2.0, (even - w.y) / 2.0, w.z);
}
#endif

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let o = id.x;
  let c = id.y;
  if (o >= params.outChannels) {
    return;
  }
#if turned
  let first = (c * params.outChannels + o) * 9u;
  let row0 = spread(vec3<f32>(x[first + 8u], x[first + 7u], x[first + 6u]));
  let row1 = spread(vec3<f32>(x[first + 5u], x[first + 4u], x[first + 3u]));
  let row2 = spread(vec3<f32>(x[first + 2u], x[first + 1u], x[first]));
#else
  let first = (o * params.inChannels + c) * 9u;
  let row0 = spread(vec3<f32>(x[first], x[first + 1u], x[first + 2u]));
  let row1 = spread(vec3<f32>(x[first + 3u], x[first + 4u], x[first + 5u]));
  let row2 = spread(vec3<f32>(x[first + 6u], x[first + 7u], x[first + 8u]));
#endif
  for (var column = 0u; column < SIDE; column++) {
    let rows = spread(vec3<f32>(row0[column], row1[column], row2[column]));
    for (var row = 0u; row < SIDE; row++) {
      let plane = row * SIDE + column;
      y[(plane * params.inChannels + c) * params.packedChannels + o] = rows[row];
    }
  }
}
