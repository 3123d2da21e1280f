// Adjoint of max pooling: every element of x gathers the dy of the windows in which it is the first largest.
//   dx[p, i] = Σ dy[p, oy, ox] over the windows with argmax i
// x, dx: [planes, inHeight, inWidth]; dy: [planes, outHeight, outWidth]. Gathering needs no atomics.
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
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

// First window that holds position i of an axis: the first whose end lies beyond it.
fn firstWindow(i: u32) -> u32 {
  return select(0u, (i - params.kernel) / params.stride + 1u, i >= params.kernel);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = linearIndex(id, groups);
  if (index >= params.count) {
    return;
  }
  let ix = index % params.inWidth;
  let iy = index / params.inWidth % params.inHeight;
  let plane = index / (params.inWidth * params.inHeight);
  var sum = 0.0;
  for (var oy = firstWindow(iy); oy <= min(iy / params.stride, params.outHeight - 1u); oy++) {
    for (var ox = firstWindow(ix); ox <= min(ix / params.stride, params.outWidth - 1u); ox++) {
      if (largestOf(plane, oy, ox) == index) {
        sum += dy[(plane * params.outHeight + oy) * params.outWidth + ox];
      }
    }
  }
  dx[index] = sum;
}
