// The windows of max pooling. The including kernel binds x [planes, inHeight, inWidth] and declares in Params:
// inHeight, inWidth, outHeight, outWidth, kernel, stride. A window that reaches over an edge counts as far as it is
// inside.

// Flat index of the first largest element of a window in row-major order.
fn largestOf(plane: u32, oy: u32, ox: u32) -> u32 {
  let top = oy * params.stride;
  let left = ox * params.stride;
  let base = plane * params.inHeight * params.inWidth;
  var largest = base + top * params.inWidth + left;
  for (var iy = top; iy < min(top + params.kernel, params.inHeight); iy++) {
    for (var ix = left; ix < min(left + params.kernel, params.inWidth); ix++) {
      let offset = base + iy * params.inWidth + ix;
      largest = select(largest, offset, x[offset] > x[largest]);
    }
  }
  return largest;
}
