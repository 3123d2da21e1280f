// Largest element of every window of x [planes, inHeight, inWidth]:
//   y[p, oy, ox] = x[p, i],   i = first argmax of x over the window that begins at (oy stride, ox stride)
// Flag: hasValues (the elements of `values` at those places, instead of those of x).
// @import lib/linearIndex
// @import lib/maxPoolWindow

struct Params {
  count: u32,
  inHeight: u32,
  inWidth: u32,
  outHeight: u32,
  outWidth: u32,
  kernel: u32,
  stride: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
#if hasValues
@group(0) @binding(2) var<storage, read> values: array<f32>;
#endif
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = linearIndex(id, groups);
  if (index >= params.count) {
    return;
  }
  let ox = index % params.outWidth;
  let oy = index / params.outWidth % params.outHeight;
  let largest = largestOf(index / (params.outWidth * params.outHeight), oy, ox);
#if hasValues
  y[index] = values[largest];
#else
  y[index] = x[largest];
#endif
}
