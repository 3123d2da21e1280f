// Results as they are stored: f32, or, by the flag halfResult, halves, the largest of which stands for what is beyond. The
// including kernel enables f16 before it imports this.

#if halfResult
alias Stored = f16;
alias Stored2 = vec2<f16>;
alias Stored4 = vec4<f16>;

const LARGEST_HALF = 65504.0;

fn stored(value: f32) -> f16 {
  return f16(clamp(value, -LARGEST_HALF, LARGEST_HALF));
}

fn stored2(values: vec2<f32>) -> vec2<f16> {
  return vec2<f16>(clamp(values, vec2<f32>(-LARGEST_HALF), vec2<f32>(LARGEST_HALF)));
}

fn stored4(values: vec4<f32>) -> vec4<f16> {
  return vec4<f16>(clamp(values, vec4<f32>(-LARGEST_HALF), vec4<f32>(LARGEST_HALF)));
}
#else
alias Stored = f32;
alias Stored2 = vec2<f32>;
alias Stored4 = vec4<f32>;

fn stored(value: f32) -> f32 {
  return value;
}

fn stored2(values: vec2<f32>) -> vec2<f32> {
  return values;
}

fn stored4(values: vec4<f32>) -> vec4<f32> {
  return values;
}
#endif
