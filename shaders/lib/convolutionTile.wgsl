// What direct and transposed convolution share: one invocation's tile of 4 pixels for 4 output channels.
// The including kernel binds x and y and declares in Params: inWidth, outWidth, channelsPerGroup, and what
// lib/epilogue asks for. `row` is the flat index of a row's first pixel; `step` the distance between neighbours.
// @import lib/epilogue

fn loadPixel(row: i32, column: i32) -> f32 {
  let inside = column >= 0 && column < params.inWidth;
  return select(0.0, x[u32(max(row + column, 0))], inside);
}

fn loadPixels(row: i32, column: i32, step: i32) -> vec4<f32> {
  return vec4<f32>(
    loadPixel(row, column),
    loadPixel(row, column + step),
    loadPixel(row, column + 2 * step),
    loadPixel(row, column + 3 * step),
  );
}

// Stores the pixels of output channels 4 channelQuad … 4 channelQuad + 3 of a group, as far as they exist.
fn storeTile(sums: array<vec4<f32>, 4>, sample: u32, group: u32, channelQuad: u32, oy: u32, ox: u32, step: u32) {
  for (var c = 0u; c < 4u && channelQuad * 4u + c < params.channelsPerGroup; c++) {
    let channel = group * params.channelsPerGroup + channelQuad * 4u + c;
    for (var i = 0u; i < 4u && ox + i * step < params.outWidth; i++) {
      let pixel = oy * params.outWidth + ox + i * step;
      y[(sample * params.channels + channel) * params.pixels + pixel] = epilogue(sums[c][i], sample, channel, pixel);
    }
  }
}
