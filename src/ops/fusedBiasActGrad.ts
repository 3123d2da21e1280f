import type { FusionRule } from '../engine/fusion.js';
import { matchOp } from '../engine/graph.js';
import { applyOp, defineOp } from '../engine/op.js';
import { at, sameShape, sizeOf } from '../engine/shape.js';
import type { OpRecord, Tensor } from '../engine/tensor.js';
import { lowerSlope, slopeAt, type SlopeAttributes, type SlopeOperands } from './activationSlope.js';
import { biasActGradOp } from './biasActGrad.js';
import { binaryOp } from './binary.js';
import { matchPlaneScale } from './planeScale.js';

type FusedSlopeAttributes = SlopeAttributes & {
  readonly hasScale: boolean;
  readonly hasOther: boolean;
  readonly hasOtherScale: boolean;
};

/**
 * The gradient of a layer's bias and activation with what comes back from the one or two layers that read it: the
 * gradients of their modulated inputs, each times its styles. Inputs: y, dy, then those there are of dyScale, other,
 * otherScale.
 */
export const fusedBiasActGradOp: OpRecord<FusedSlopeAttributes> = defineOp({
  name: 'fusedBiasActGrad',
  inputNames: ['y', 'dy'],
  inferShape: (shapes) => at(shapes, 0),
  reference: ({ inputs, outputShape, attributes }) => {
    const { y, dy, dyScale, other, otherScale } = operandsOf(attributes);
    const pixels = sizeOf(outputShape.slice(2));
    const term = (values: number | null, scale: number | null, index: number): number => {
      if (values === null) return 0;
      return at(at(inputs, values), index) * (scale === null ? 1 : at(at(inputs, scale), Math.floor(index / pixels)));
    };
    return at(inputs, y).map(
      (value, index) => slopeAt(value, attributes) * (term(dy, dyScale, index) + term(other, otherScale, index)),
    );
  },
  lower: ({ outputShape, attributes }) => lowerSlope(outputShape, attributes, operandsOf(attributes)),
});

function operandsOf({ hasScale, hasOther, hasOtherScale }: FusedSlopeAttributes): SlopeOperands {
  let next = 2;
  const take = (there: boolean): number | null => (there ? next++ : null);
  return { y: 0, dy: 1, dyScale: take(hasScale), other: take(hasOther), otherScale: take(hasOtherScale) };
}

interface Term {
  readonly values: Tensor;
  readonly scale: Tensor | null;
}

/** biasActGrad of a sum of up to two scaled gradients, or of one scaled gradient. */
export const biasActGradRule: FusionRule = {
  name: 'biasAct gradient',
  apply: (tensor, readOnce) => {
    const match = matchOp(tensor, biasActGradOp);
    if (match === null) return null;
    const [dy, y] = [at(match.inputs, 0), at(match.inputs, 1)];
    const [first, second] = readOnce(dy) ? termsOf(dy, readOnce) : [];
    if (first === undefined || (first.scale === null && second === undefined)) return null;
    return applyOp(
      fusedBiasActGradOp,
      [y, first.values, first.scale, second?.values ?? null, second?.scale ?? null].filter((input) => input !== null),
      {
        ...match.attributes,
        hasScale: first.scale !== null,
        hasOther: second !== undefined,
        hasOtherScale: second !== undefined && second.scale !== null,
      },
    );
  },
};

/** One or two terms, in their order: each may have a scale. */
function termsOf(sum: Tensor, readOnce: (tensor: Tensor) => boolean): Term[] {
  const term = (tensor: Tensor): Term =>
    (readOnce(tensor) ? matchPlaneScale(tensor) : null) ?? { values: tensor, scale: null };
  const match = matchOp(sum, binaryOp);
  const isSum = match?.attributes.kind === 'add' && match.inputs.every(({ shape }) => sameShape(shape, sum.shape));
  return isSum ? match.inputs.map(term) : [term(sum)];
}
