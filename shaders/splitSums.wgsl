// What the parts of a product that was split over its depth add up to: y[i] = Σ_part x[part, i].
// @import lib/linearIndex

struct Params {
  quads: u32,
  parts: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let quad = linearIndex(id, groups);
  if (quad >= params.quads) {
    return;
  }
  var sum = x[quad];
  for (var part = 1u; part < params.parts; part++) {
    sum += x[part * params.quads + quad];
  }
  y[quad] = sum;
}
