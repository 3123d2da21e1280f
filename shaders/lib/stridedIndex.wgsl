// Row-major position of a flat index in up to six axes; leading axes a tensor does not have are 1.
// The including kernel declares size0 … size5 in Params.

fn positionOf(index: u32) -> array<u32, 6> {
  let sizes = array<u32, 6>(params.size0, params.size1, params.size2, params.size3, params.size4, params.size5);
  var position: array<u32, 6>;
  var rest = index;
  for (var axis = 5; axis >= 0; axis--) {
    position[axis] = rest % sizes[axis];
    rest /= sizes[axis];
  }
  return position;
}
