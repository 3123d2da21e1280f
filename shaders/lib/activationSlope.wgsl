// Piecewise linear activations by their output, y = clamp(gain * act(x)): `positive` is the slope where x > 0,
// `negative` elsewhere, and the sign of y times `orientation`, that of the positive slope, tells the side.
// The including kernel declares in Params: positive, negative, orientation, clampTo.

fn slopeOf(y: f32) -> f32 {
  let slope = select(params.negative, params.positive, y * params.orientation > 0.0);
  return select(slope, 0.0, abs(y) >= params.clampTo);
}

// What went into the activation; 0 where it cannot be told because the slope is 0.
fn inverseOf(y: f32) -> f32 {
  let slope = select(params.negative, params.positive, y * params.orientation > 0.0);
  return select(y / slope, 0.0, slope == 0.0);
}
