import { GanvasError } from './errors.js';
import { topologicalOrder } from './graph.js';
import { sizeOf } from './shape.js';
import type { Tensor } from './tensor.js';

/**
 * Computes a graph in f64 on the CPU by every op's `reference`: slow, obvious, the truth the kernels are held to.
 * @throws GanvasError `input-missing` for an input without values, `input-size` for one of the wrong length.
 */
export function evaluateReference(
  outputs: readonly Tensor[],
  inputs: ReadonlyMap<Tensor, ArrayLike<number>>,
): Float64Array[] {
  const values = new Map<Tensor, Float64Array>();
  const valueOf = (tensor: Tensor): Float64Array => {
    const value = values.get(tensor);
    if (value === undefined) throw new RangeError('internal: node read before it was computed');
    return value;
  };
  for (const tensor of topologicalOrder(outputs)) values.set(tensor, evaluateNode(tensor, inputs, valueOf));
  return outputs.map(valueOf);
}

function evaluateNode(
  tensor: Tensor,
  inputs: ReadonlyMap<Tensor, ArrayLike<number>>,
  valueOf: (tensor: Tensor) => Float64Array,
): Float64Array {
  const { source } = tensor;
  switch (source.kind) {
    case 'parameter':
      return Float64Array.from(source.parameter.load());
    case 'input': {
      const given = inputs.get(tensor);
      if (given === undefined) throw new GanvasError('input-missing', `No values were given for input ${source.name}.`);
      if (given.length !== sizeOf(tensor.shape)) {
        throw new GanvasError(
          'input-size',
          `Input ${source.name} needs ${sizeOf(tensor.shape)} values, got ${given.length}.`,
        );
      }
      return Float64Array.from(given);
    }
    case 'op':
      return source.op.reference({
        inputs: source.inputs.map(valueOf),
        shapes: source.inputs.map((input) => input.shape),
        outputShape: tensor.shape,
        attributes: source.attributes,
      });
  }
}
