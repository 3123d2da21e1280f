import { recomputedValues, savedValues } from './checkpoint.js';
import { GanvasError } from './errors.js';
import type { GradientOps } from './gradientOps.js';
import { constantNodes, topologicalOrder } from './graph.js';
import { isDifferentiable } from './op.js';
import { at, formatShape, sameShape } from './shape.js';
import type { Tensor } from './tensor.js';

export interface DifferentiateOptions {
  /**
   * Keep only what is marked by `checkpoint` and compute the rest once more when the backward pass needs it: less
   * memory for at most one more forward pass. Default false.
   */
  readonly recompute?: boolean;
}

/**
 * Vector-Jacobian product by reverse accumulation: the gradients of ⟨output, cotangent⟩ with respect to `wrt`, as
 * graphs of ops. Only nodes on a path from `wrt` to `output` are visited, and only the thunks on that path run, so
 * that no weight gradient is computed unless a weight is asked for.
 * @throws GanvasError `not-differentiable` when the path crosses an op without gradient, `no-checkpoints` when
 *   `recompute` is asked of a function without any.
 */
export function vectorJacobianProduct(
  output: Tensor,
  cotangent: Tensor,
  wrt: readonly Tensor[],
  ops: GradientOps,
  { recompute = false }: DifferentiateOptions = {},
): Tensor[] {
  if (!sameShape(output.shape, cotangent.shape)) {
    throw new GanvasError(
      'shape-mismatch',
      `Gradient: the cotangent is ${formatShape(cotangent.shape)}, the output ${formatShape(output.shape)}; they must agree.`,
    );
  }
  const order = topologicalOrder([output]);
  const onPath = dependents(order, wrt);
  const forward = recompute ? recomputedValues(order, new Set([...wrt, ...constantNodes(order)])) : savedValues;
  const gradients = new Map<Tensor, Tensor>([[output, cotangent]]);
  for (const tensor of [...order].reverse()) {
    const gradient = gradients.get(tensor);
    if (gradient === undefined || !onPath.has(tensor) || tensor.source.kind !== 'op') continue;
    const { op, inputs, attributes } = tensor.source;
    if (!inputs.some((input) => onPath.has(input))) continue;
    if (!isDifferentiable(op)) {
      throw new GanvasError('not-differentiable', `${op.name} has no gradient; differentiate before fusing.`);
    }
    const read = (value: Tensor): Tensor => forward.of(value, tensor, gradient);
    const thunks = op.backward({ inputs: inputs.map(read), output: read(tensor), gradient, attributes, ops });
    inputs.forEach((input, index) => {
      if (!onPath.has(input)) return;
      const name = at(op.inputNames, index);
      const thunk = thunks[name];
      if (thunk === undefined) {
        throw new GanvasError('not-differentiable', `${op.name} has no gradient with respect to its input ${name}.`);
      }
      const part = thunk();
      if (part === null) return;
      const sum = gradients.get(input);
      gradients.set(input, sum === undefined ? part : ops.add(sum, part));
    });
  }
  return wrt.map((tensor) => gradients.get(tensor) ?? ops.zerosLike(tensor));
}

/**
 * What a function returned, and under `grad.<name>` the gradient of the sum of its `value` with respect to each name
 * of `wrt`: an input, or a tensor it returned (styles, feature maps, a weight).
 * @throws GanvasError `value-missing` when it returned no `value`, `wrt-missing` for a name that is neither.
 */
export function withGradients(
  inputs: NamedTensors,
  returned: NamedTensors,
  wrt: readonly string[],
  ops: GradientOps,
  options: DifferentiateOptions = {},
): NamedTensors {
  const { value } = returned;
  if (value === undefined) {
    throw new GanvasError('value-missing', 'A function to differentiate must return a tensor named value.');
  }
  const sources = wrt.map((name) => {
    const source = returned[name] ?? inputs[name];
    if (source !== undefined) return source;
    const known = [...new Set([...Object.keys(inputs), ...Object.keys(returned)])].join(', ');
    throw new GanvasError('wrt-missing', `There is no ${name} to differentiate with respect to; there are ${known}.`, {
      name,
    });
  });
  const ones = ops.affine(ops.zerosLike(value), 1, 1);
  const gradients = vectorJacobianProduct(value, ones, sources, ops, options);
  return { ...returned, ...Object.fromEntries(wrt.map((name, index) => [`grad.${name}`, at(gradients, index)])) };
}

type NamedTensors = Readonly<Record<string, Tensor>>;

/** Nodes whose value depends on one of `sources` (those included). */
function dependents(order: readonly Tensor[], sources: readonly Tensor[]): Set<Tensor> {
  const found = new Set(sources);
  for (const tensor of order) {
    if (tensor.source.kind === 'op' && tensor.source.inputs.some((input) => found.has(input))) found.add(tensor);
  }
  return found;
}
