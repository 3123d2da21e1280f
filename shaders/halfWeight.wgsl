// Packed weights [plane, c, o], rounded to halves, two a word; see lib/halfWeights. What halves cannot hold becomes the largest
// that they can. One invocation a word.
// @import lib/linearIndex
// @import lib/halfWeights

struct Params {
  count: u32,
  planeWords: u32,
  planeSide: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let word = linearIndex(id, groups);
  if (word >= params.count) {
    return;
  }
  let scaled = x[word] * weightScale(word / params.planeWords);
  y[word] = pack2x16float(clamp(scaled, vec2<f32>(-65504.0), vec2<f32>(65504.0)));
}
