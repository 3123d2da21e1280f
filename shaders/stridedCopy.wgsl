// Copies a box of elements between two strided views: transpose, slice, flip, broadcast and each part of a concat.
//   y[outOffset + Σ pᵢ outStrideᵢ] = x[inOffset + Σ pᵢ inStrideᵢ]   for every position p of the box
// @import lib/linearIndex
// @import lib/stridedIndex

struct Params {
  count: u32,
  size0: u32,
  size1: u32,
  size2: u32,
  size3: u32,
  size4: u32,
  size5: u32,
  inOffset: i32,
  inStride0: i32,
  inStride1: i32,
  inStride2: i32,
  inStride3: i32,
  inStride4: i32,
  inStride5: i32,
  outOffset: i32,
  outStride0: i32,
  outStride1: i32,
  outStride2: i32,
  outStride3: i32,
  outStride4: i32,
  outStride5: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = linearIndex(id, groups);
  if (index >= params.count) {
    return;
  }
  let p = positionOf(index);
  let source = params.inOffset + i32(p[0]) * params.inStride0 + i32(p[1]) * params.inStride1
    + i32(p[2]) * params.inStride2 + i32(p[3]) * params.inStride3
    + i32(p[4]) * params.inStride4 + i32(p[5]) * params.inStride5;
  let destination = params.outOffset + i32(p[0]) * params.outStride0 + i32(p[1]) * params.outStride1
    + i32(p[2]) * params.outStride2 + i32(p[3]) * params.outStride3
    + i32(p[4]) * params.outStride4 + i32(p[5]) * params.outStride5;
  y[destination] = x[source];
}
