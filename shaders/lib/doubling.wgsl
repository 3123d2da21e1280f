// Doubling by a FIR filter that is already turned so that it correlates (upfirdn2d with up = 2, down = 1): with j = o - pad + k
//   Σ_{ky, kx} f[ky, kx] * coarse[jy / 2, jx / 2]   where both divisions are exact
// Zeros are never met: a place takes every second tap, and which ones changes from place to place.
// The including kernel binds coarse and filterTaps and declares in Params: coarseHeight, coarseWidth, filterHeight,
// filterWidth, padY, padX.

fn coarsePixel(row: i32, column: i32) -> f32 {
  let inside = column >= 0 && column < params.coarseWidth;
  return select(0.0, coarse[u32(max(row + column, 0))], inside);
}

fn filterTap(row: i32, kx: i32) -> f32 {
  return select(0.0, filterTaps[u32(row + min(kx, params.filterWidth - 1))], kx < params.filterWidth);
}

// 4 neighbouring pixels of a row, two of either kind, ox a multiple of 4, of the plane that begins at `plane`: the window
// slides by one sample every two taps.
fn doubledQuad(plane: i32, oy: u32, ox: u32) -> vec4<f32> {
  let startY = i32(oy) - params.padY;
  // ox is even, so that the same taps meet samples at the first pixel of every quad.
  let isOdd = (params.padX & 1) != 0;
  let offset = select(0, 1, isOdd);
  let firstColumn = (i32(ox) - params.padX + offset) >> 1u;
  var sums = vec4<f32>();
  for (var ky = startY & 1; ky < params.filterHeight; ky += 2) {
    let iy = (startY + ky) >> 1u;
    if (iy < 0 || iy >= params.coarseHeight) {
      continue;
    }
    let row = plane + iy * params.coarseWidth;
    let taps = ky * params.filterWidth;
    var window = vec3<f32>(
      coarsePixel(row, firstColumn),
      coarsePixel(row, firstColumn + 1),
      coarsePixel(row, firstColumn + 2),
    );
    for (var kx = 0; kx < params.filterWidth; kx += 2) {
      let outer = window.xy * filterTap(taps, kx + offset);
      let between = select(window.yz, window.xy, isOdd) * filterTap(taps, kx + 1 - offset);
      sums += vec4<f32>(outer.x, between.x, outer.y, between.y);
      window = vec3<f32>(window.yz, coarsePixel(row, firstColumn + kx / 2 + 3));
    }
  }
  return sums;
}
