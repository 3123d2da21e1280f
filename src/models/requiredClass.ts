import { GanvasError } from '../engine/errors.js';
import type { Tensor } from '../engine/tensor.js';

/**
 * The class vector c [N, cDim], or what to say when there is none.
 * @throws GanvasError `class-missing`
 */
export function requiredClass(c: Tensor | null, cDim: number): Tensor {
  if (c === null) throw classMissing(cDim);
  return c;
}

/** What a conditional model says when it gets no class. */
export function classMissing(cDim: number): GanvasError {
  return new GanvasError('class-missing', `This model is conditional: give a class from 0 to ${cDim - 1}.`, { cDim });
}
