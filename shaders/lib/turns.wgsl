// Sine and cosine of an angle in turns. WGSL's own sine may be wrong by 2^-11 and only promises that between -π and π;
// in turns the way to the nearest quarter is exact, and what is left, at most π/4, takes a short Taylor series.

const TAU: f32 = 6.283185307179586;

// Errors in terms of the result's largest value, 1: below 1e-8 by the series, about 1e-7 by rounding.
fn sineNearZero(angle: f32) -> f32 {
  let square = angle * angle;
  return angle + angle * square * (-1.0 / 6.0 + square * (1.0 / 120.0 + square * (-1.0 / 5040.0 + square / 362880.0)));
}

fn cosineNearZero(angle: f32) -> f32 {
  let square = angle * angle;
  let tail = square * (1.0 / 24.0 + square * (-1.0 / 720.0 + square * (1.0 / 40320.0 - square / 3628800.0)));
  return 1.0 + square * (-0.5 + tail);
}

// sin(2π (turns + quarters / 4)).
fn sineOfTurns(turns: f32, quarters: u32) -> f32 {
  let nearest = round(turns * 4.0);
  let angle = (turns - nearest * 0.25) * TAU;
  let quadrant = (u32(nearest - 4.0 * floor(nearest * 0.25)) + quarters) & 3u;
  let value = select(sineNearZero(angle), cosineNearZero(angle), (quadrant & 1u) == 1u);
  return select(value, -value, quadrant >= 2u);
}
