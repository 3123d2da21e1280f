// The truncation trick (Karras et al. 2019, appendix B) of a stack of rows, and what edits add to it:
//   y[n, l, d] = center[d] + psi[l] * (x[n, l, d] - center[d]) + shift[n, l, d]
// Rows may be one a sample for all layers, shifts one for all samples: their strides are 0.
// Flags: hasShift.
// @import lib/linearIndex

struct Params {
  count: u32,
  layers: u32,
  width: u32,
  xSampleStride: u32,
  xLayerStride: u32,
  shiftSampleStride: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> psi: array<f32>;
@group(0) @binding(3) var<storage, read> center: array<f32>;
#if hasShift
@group(0) @binding(4) var<storage, read> shift: array<f32>;
#endif
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = linearIndex(id, groups);
  if (index >= params.count) {
    return;
  }
  let d = index % params.width;
  let layer = index / params.width % params.layers;
  let sample = index / (params.width * params.layers);
  let middle = center[d];
  var value = middle + psi[layer] * (x[sample * params.xSampleStride + layer * params.xLayerStride + d] - middle);
#if hasShift
  value += shift[sample * params.shiftSampleStride + layer * params.width + d];
#endif
  y[index] = value;
}
