// Sum or maximum over the middle of [outer, size, inner], or the sum of the products of two such operands.
//   y[o, i] = Σ_k x[o, k, i]   or   max_k x[o, k, i]   or   Σ_k x[o, k, i] * other[o, k, i]
// Flags: maximum; product; those of lib/reduction.
// @import lib/reduction

struct Params {
  outputs: u32,
  size: u32,
  inner: u32,
  parts: u32,
  length: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
#if product
@group(0) @binding(2) var<storage, read> other: array<f32>;
#endif
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

fn term(outer: u32, inner: u32, k: u32) -> f32 {
  let index = (outer * params.size + k) * params.inner + inner;
#if product
  return x[index] * other[index];
#else
  return x[index];
#endif
}

fn combine(a: f32, b: f32) -> f32 {
#if maximum
  return max(a, b);
#else
  return a + b;
#endif
}

fn finish(value: f32, outer: u32) -> f32 {
  return value;
}
