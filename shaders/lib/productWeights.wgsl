// Weights of a matrix product a plane, [plane, c, o], four output channels a vector, and the block of sums that they go into.
// Flag: halfWeights (lib/halfWeights).
// @import lib/halfWeights

#if halfWeights
@group(0) @binding(2) var<storage, read> weight: array<vec2<u32>>;
#else
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
#endif

// Weights of 4 channels.
fn factorsAt(index: u32) -> vec4<f32> {
#if halfWeights
  let words = weight[index];
  return vec4<f32>(unpack2x16float(words.x), unpack2x16float(words.y));
#else
  return weight[index];
#endif
}

// What sums are multiplied by.
fn sumScale(plane: u32) -> f32 {
#if halfWeights
  return 1.0 / weightScale(plane);
#else
  return 1.0;
#endif
}

// A column for each output channel: 4 places.
fn outer(places: vec4<f32>, factors: vec4<f32>) -> mat4x4<f32> {
  return mat4x4<f32>(places * factors.x, places * factors.y, places * factors.z, places * factors.w);
}
