// The nine activations of stylegan2-ada-pytorch torch_utils/ops/bias_act.py, without bias, gain and clamp.
// ACTIVATION is the index of the name in `activationNames` (src/ops/activations.ts).

override ACTIVATION: u32 = 0u;

const SELU_SCALE: f32 = 1.0507009873554805;
const SELU_ALPHA: f32 = 1.6732632423543772;
// tanh saturates to ±1 in f32 long before; larger arguments overflow in drivers that compute it by exp.
const TANH_LIMIT: f32 = 15.0;

fn sigmoid(x: f32) -> f32 {
  return 1.0 / (1.0 + exp(-x));
}

fn softplus(x: f32) -> f32 {
  return max(x, 0.0) + log(1.0 + exp(-abs(x)));
}

fn activate(x: f32, alpha: f32) -> f32 {
  switch ACTIVATION {
    case 1u: { return max(x, 0.0); }
    case 2u: { return select(x * alpha, x, x >= 0.0); }
    case 3u: { return tanh(clamp(x, -TANH_LIMIT, TANH_LIMIT)); }
    case 4u: { return sigmoid(x); }
    case 5u: { return select(exp(min(x, 0.0)) - 1.0, x, x >= 0.0); }
    case 6u: { return SELU_SCALE * select(SELU_ALPHA * (exp(min(x, 0.0)) - 1.0), x, x >= 0.0); }
    case 7u: { return softplus(x); }
    case 8u: { return x * sigmoid(x); }
    default: { return x; }
  }
}
