// y = f(a, b) with NumPy broadcasting: operands are read through strides that are 0 along stretched axes.
// OPERATION is the index of the name in `binaryNames` (src/ops/binary.ts).
// Flag: sameShape (no broadcasting, so no index arithmetic).
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
  strideA0: u32,
  strideA1: u32,
  strideA2: u32,
  strideA3: u32,
  strideA4: u32,
  strideA5: u32,
  strideB0: u32,
  strideB1: u32,
  strideB2: u32,
  strideB3: u32,
  strideB4: u32,
  strideB5: u32,
}

override OPERATION: u32 = 0u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

fn operation(left: f32, right: f32) -> f32 {
  switch OPERATION {
    case 1u: { return left - right; }
    case 2u: { return left * right; }
    case 3u: { return left / right; }
    case 4u: { return max(left, right); }
    case 5u: { return min(left, right); }
    case 6u: { return select(0.0, 1.0, left == right); }
    default: { return left + right; }
  }
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = linearIndex(id, groups);
  if (index >= params.count) {
    return;
  }
#if sameShape
  y[index] = operation(a[index], b[index]);
#else
  let p = positionOf(index);
  let offsetA = p[0] * params.strideA0 + p[1] * params.strideA1 + p[2] * params.strideA2
    + p[3] * params.strideA3 + p[4] * params.strideA4 + p[5] * params.strideA5;
  let offsetB = p[0] * params.strideB0 + p[1] * params.strideB1 + p[2] * params.strideB2
    + p[3] * params.strideB3 + p[4] * params.strideB4 + p[5] * params.strideB5;
  y[index] = operation(a[offsetA], b[offsetB]);
#endif
}
