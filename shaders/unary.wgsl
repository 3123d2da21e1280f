// y[i] = f(x[i]). OPERATION is the index of the name in `unaryNames` (src/ops/unary.ts).
// a and b are the two scalars of `affine` (a x + b), `clamp` and `within` (a ≤ x ≤ b).
// @import lib/linearIndex
// @import lib/activations
// @import lib/turns

struct Params {
  count: u32,
  a: f32,
  b: f32,
}

override OPERATION: u32 = 0u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

fn operation(value: f32) -> f32 {
  switch OPERATION {
    case 1u: { return exp(value); }
    case 2u: { return log(value); }
    case 3u: { return sqrt(value); }
    case 4u: { return inverseSqrt(value); }
    case 5u: { return tanh(clamp(value, -TANH_LIMIT, TANH_LIMIT)); }
    case 6u: { return sigmoid(value); }
    case 7u: { return softplus(value); }
    case 8u: { return abs(value); }
    case 9u: { return sign(value); }
    case 10u: { return select(0.0, 1.0, value >= 0.0); }
    case 11u: { return value * value; }
    case 12u: { return 1.0 / value; }
    case 13u: { return clamp(value, params.a, params.b); }
    case 14u: { return select(0.0, 1.0, value >= params.a && value <= params.b); }
    case 15u: { return exp(min(value, 0.0)); }
    case 16u: { return sineOfTurns(value, 0u); }
    case 17u: { return sineOfTurns(value, 1u); }
    default: { return value * params.a + params.b; }
  }
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = linearIndex(id, groups);
  if (index >= params.count) {
    return;
  }
  y[index] = operation(x[index]);
}
