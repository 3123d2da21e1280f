// Softmax of x [outer, size, inner] along its middle axis:
//   y[o, i, r] = exp(x[o, i, r] - m) / Σ_k exp(x[o, k, r] - m),   m = max_k x[o, k, r]
// The largest is taken off first, so that nothing overflows.
// Flag: shared (inner is 1: a workgroup a line, whose lanes take every WORKGROUP_SIZE-th number; else an invocation a line)
// @import lib/linearIndex

const LOWEST: f32 = -3.4028234663852886e38;
// Numbers that an invocation adds up before they meet others of their size: long sums stay accurate in f32.
const BLOCK: u32 = 32u;

struct Params {
  lines: u32,
  size: u32,
  inner: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

fn largestOf(first: u32, end: u32, stride: u32) -> f32 {
  var largest = LOWEST;
  for (var i = first; i < end; i += stride) {
    largest = max(largest, x[i]);
  }
  return largest;
}

fn sumOfPowers(first: u32, end: u32, stride: u32, largest: f32) -> f32 {
  var sum = 0.0;
  var i = first;
  while (i < end) {
    var short = 0.0;
    for (var n = 0u; n < BLOCK && i < end; n++) {
      short += exp(x[i] - largest);
      i += stride;
    }
    sum += short;
  }
  return sum;
}

fn store(first: u32, end: u32, stride: u32, largest: f32, sum: f32) {
  for (var i = first; i < end; i += stride) {
    y[i] = exp(x[i] - largest) / sum;
  }
}

#if shared
var<workgroup> partial: array<f32, WORKGROUP_SIZE>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let line = group.x + group.y * groups.x;
  // Workgroups beyond the last line find nothing to read, and still reach every barrier.
  let start = line * params.size;
  let end = select(start, start + params.size, line < params.lines);

  partial[lane] = largestOf(start + lane, end, WORKGROUP_SIZE);
  for (var half = WORKGROUP_SIZE / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      partial[lane] = max(partial[lane], partial[lane + half]);
    }
  }
  workgroupBarrier();
  let largest = partial[0];
  workgroupBarrier();

  partial[lane] = sumOfPowers(start + lane, end, WORKGROUP_SIZE, largest);
  for (var half = WORKGROUP_SIZE / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      partial[lane] += partial[lane + half];
    }
  }
  workgroupBarrier();
  store(start + lane, end, WORKGROUP_SIZE, largest, partial[0]);
}
#else
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let line = linearIndex(id, groups);
  if (line >= params.lines) {
    return;
  }
  let first = line / params.inner * params.size * params.inner + line % params.inner;
  let end = first + params.size * params.inner;
  let largest = largestOf(first, end, params.inner);
  store(first, end, params.inner, largest, sumOfPowers(first, end, params.inner, largest));
}
#endif
