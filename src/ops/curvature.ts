import { shapeError } from '../engine/op.js';
import { at, formatShape, sameShape, sizeOf } from '../engine/shape.js';
import { parameterTensor, type Tensor } from '../engine/tensor.js';
import { add } from './binary.js';
import { gradient } from './gradient.js';

/**
 * H·v for the Hessian H of a scalar's sum: how its gradient in `wrt` changes along `directions`, as graphs of ops. One
 * gradient of a gradient; H itself is never formed (Pearlmutter 1994).
 * @param directions one for each of `wrt`, of its shape
 * @returns one tensor for each of `wrt`, of its shape
 * @throws GanvasError `shape-mismatch`, `not-differentiable`
 */
export function hessianVectorProduct(
  value: Tensor,
  wrt: readonly Tensor[],
  directions: readonly Tensor[],
): readonly Tensor[] {
  checkDirections('hessianVectorProduct', wrt, directions);
  const slopes = gradient(value, wrt);
  const rows = slopes.map((slope, index) => gradient(slope, wrt, at(directions, index)));
  return wrt.map((_, index) => rows.map((row) => at(row, index)).reduce(add));
}

/**
 * J·v for the Jacobian J of `output` in `wrt`: how the output changes along `directions`. Reverse mode twice (Townsend
 * 2017): Jᵀu is linear in u, and the gradient of ⟨Jᵀu, v⟩ with respect to u is J·v, whatever u is.
 * @param directions one for each of `wrt`, of its shape
 * @returns a tensor of the output's shape
 * @throws GanvasError `shape-mismatch`, `not-differentiable`
 */
export function jacobianVectorProduct(output: Tensor, wrt: readonly Tensor[], directions: readonly Tensor[]): Tensor {
  checkDirections('jacobianVectorProduct', wrt, directions);
  const { shape } = output;
  // Nothing that is linear in u reads it in its gradient: these zeros are a name, and never reach the GPU.
  const u = parameterTensor({ name: 'cotangent', shape, load: () => new Float32Array(sizeOf(shape)) });
  const products = gradient(output, wrt, u);
  return products.map((product, index) => at(gradient(product, [u], at(directions, index)), 0)).reduce(add);
}

function checkDirections(name: string, wrt: readonly Tensor[], directions: readonly Tensor[]): void {
  const fits = wrt.length > 0 && wrt.length === directions.length;
  if (fits && wrt.every(({ shape }, index) => sameShape(shape, at(directions, index).shape))) return;
  const wanted = wrt.map(({ shape }) => formatShape(shape)).join(', ');
  const shapes = directions.map(({ shape }) => shape);
  throw shapeError(name, shapes, `there must be one direction for each variable, of its shape: ${wanted}`);
}
