// Places x into a larger box of zeros, optionally spread out: the adjoint of slice.
//   y[p] = x[(p - start) / step] where that is a whole position inside x, else 0
// size: of y; inSize, inStride: of x; start and step one an axis (step may be negative: a flip).
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
  inSize0: i32,
  inSize1: i32,
  inSize2: i32,
  inSize3: i32,
  inSize4: i32,
  inSize5: i32,
  inStride0: i32,
  inStride1: i32,
  inStride2: i32,
  inStride3: i32,
  inStride4: i32,
  inStride5: i32,
  start0: i32,
  start1: i32,
  start2: i32,
  start3: i32,
  start4: i32,
  start5: i32,
  step0: i32,
  step1: i32,
  step2: i32,
  step3: i32,
  step4: i32,
  step5: i32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

// Offset contributed by one axis, or -1 when the position falls outside x or between its elements.
fn axisOffset(position: u32, start: i32, step: i32, inSize: i32, inStride: i32) -> i32 {
  let distance = i32(position) - start;
  if (distance % step != 0) {
    return -1;
  }
  let source = distance / step;
  return select(-1, source * inStride, source >= 0 && source < inSize);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = linearIndex(id, groups);
  if (index >= params.count) {
    return;
  }
  let p = positionOf(index);
  let o0 = axisOffset(p[0], params.start0, params.step0, params.inSize0, params.inStride0);
  let o1 = axisOffset(p[1], params.start1, params.step1, params.inSize1, params.inStride1);
  let o2 = axisOffset(p[2], params.start2, params.step2, params.inSize2, params.inStride2);
  let o3 = axisOffset(p[3], params.start3, params.step3, params.inSize3, params.inStride3);
  let o4 = axisOffset(p[4], params.start4, params.step4, params.inSize4, params.inStride4);
  let o5 = axisOffset(p[5], params.start5, params.step5, params.inSize5, params.inStride5);
  if (min(min(min(o0, o1), min(o2, o3)), min(o4, o5)) < 0) {
    y[index] = 0.0;
    return;
  }
  y[index] = x[o0 + o1 + o2 + o3 + o4 + o5];
}
