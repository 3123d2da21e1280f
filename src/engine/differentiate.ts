import { GanvasError } from './errors.js';
import type { GradientOps } from './gradientOps.js';
import { topologicalOrder } from './graph.js';
import { isDifferentiable } from './op.js';
import { at, formatShape, sameShape } from './shape.js';
import type { Tensor } from './tensor.js';

/**
 * Vector-Jacobian product by reverse accumulation: the gradients of ⟨output, cotangent⟩ with respect to `wrt`, as
 * graphs of ops. Only nodes on a path from `wrt` to `output` are visited, and only the thunks on that path run, so
 * that no weight gradient is computed unless a weight is asked for.
 * @throws GanvasError `not-differentiable` when the path crosses an op without gradient.
 */
export function vectorJacobianProduct(
  output: Tensor,
  cotangent: Tensor,
  wrt: readonly Tensor[],
  ops: GradientOps,
): Tensor[] {
  if (!sameShape(output.shape, cotangent.shape)) {
    throw new GanvasError(
      'shape-mismatch',
      `Gradient: the cotangent is ${formatShape(cotangent.shape)}, the output ${formatShape(output.shape)}; they must agree.`,
    );
  }
  const order = topologicalOrder([output]);
  const onPath = dependents(order, wrt);
  const gradients = new Map<Tensor, Tensor>([[output, cotangent]]);
  for (const tensor of [...order].reverse()) {
    const gradient = gradients.get(tensor);
    if (gradient === undefined || !onPath.has(tensor) || tensor.source.kind !== 'op') continue;
    const { op, inputs, attributes } = tensor.source;
    if (!inputs.some((input) => onPath.has(input))) continue;
    if (!isDifferentiable(op)) {
      throw new GanvasError('not-differentiable', `${op.name} has no gradient; differentiate before fusing.`);
    }
    const thunks = op.backward({ inputs, output: tensor, gradient, attributes, ops });
    inputs.forEach((input, index) => {
      if (!onPath.has(input)) return;
      const name = at(op.inputNames, index);
      const thunk = thunks[name];
      if (thunk === undefined) {
        throw new GanvasError('not-differentiable', `${op.name} has no gradient with respect to its input ${name}.`);
      }
      const sum = gradients.get(input);
      const part = thunk();
      gradients.set(input, sum === undefined ? part : ops.add(sum, part));
    });
  }
  return wrt.map((tensor) => gradients.get(tensor) ?? ops.zerosLike(tensor));
}

/** Nodes whose value depends on one of `sources` (those included). */
function dependents(order: readonly Tensor[], sources: readonly Tensor[]): Set<Tensor> {
  const found = new Set(sources);
  for (const tensor of order) {
    if (tensor.source.kind === 'op' && tensor.source.inputs.some((input) => found.has(input))) found.add(tensor);
  }
  return found;
}
