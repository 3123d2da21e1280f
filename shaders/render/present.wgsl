// Draws a picture [1, C, H, W] from its storage buffer, one texel a pixel, as NVIDIA's generate.py makes 8 bits of it:
//   clamp(x * 127.5 + 128, 0, 255), truncated
// Fewer than three channels are shown as grey.

struct Params {
  channels: u32,
  height: u32,
  width: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> picture: array<f32>;

// One triangle that covers the target.
@vertex
fn cover(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
  return vec4<f32>(f32(index & 1u) * 4.0 - 1.0, f32(index >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}

fn level(channel: u32, pixel: u32) -> f32 {
  let value = picture[channel * params.height * params.width + pixel];
  return floor(clamp(value * 127.5 + 128.0, 0.0, 255.0)) / 255.0;
}

@fragment
fn paint(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
  let pixel = min(u32(position.y), params.height - 1u) * params.width + min(u32(position.x), params.width - 1u);
  let red = level(0u, pixel);
  if (params.channels < 3u) {
    return vec4<f32>(red, red, red, 1.0);
  }
  return vec4<f32>(red, level(1u, pixel), level(2u, pixel), 1.0);
}
