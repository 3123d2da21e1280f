/** Extents, outermost first. Pictures and feature maps are NCHW everywhere. */
export type Shape = readonly number[];

export type DType = 'f32' | 'f16' | 'i32' | 'u32';

/** Number of elements; 1 for a scalar (empty shape). */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = at(strides, axis + 1) * at(shape, axis + 1);
  }
  return strides;
}

/** Element of an array that must be there: an index slip is our bug, so it says so instead of giving undefined. */
export function at<T>(items: ArrayLike<T>, index: number): T {
  const item = items[index < 0 ? items.length + index : index];
  if (item === undefined) throw new RangeError(`internal: index ${index} outside 0…${items.length - 1}`);
  return item;
}
