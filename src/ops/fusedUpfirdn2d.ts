import type { FusionRule } from '../engine/fusion.js';
import { matchOp } from '../engine/graph.js';
import { singleCall } from '../engine/kernel.js';
import { applyOp, defineOp } from '../engine/op.js';
import { at } from '../engine/shape.js';
import type { OpRecord, Tensor } from '../engine/tensor.js';
import { absorbStep, epilogueReference, plainEpilogue, type EpilogueAttributes } from './epilogue.js';
import { matchPlaneScale } from './planeScale.js';
import { upfirdn2dOp, upfirdnCall, upfirdnReference, upfirdnShape, type UpfirdnAttributes } from './upfirdn2d.js';

type FusedUpfirdnAttributes = UpfirdnAttributes & {
  readonly operands: string;
  readonly act: EpilogueAttributes['act'];
  readonly alpha: number;
  readonly actGain: number;
  readonly clamp: number | null;
};

/** A FIR filter with demodulation, noise, bias, activation or a residual in the same kernel. */
export const fusedUpfirdn2dOp: OpRecord<FusedUpfirdnAttributes> = defineOp({
  name: 'fusedUpfirdn2d',
  inputNames: ['x', 'f'],
  inferShape: upfirdnShape,
  reference: ({ inputs, shapes, outputShape, attributes }) => {
    const sums = upfirdnReference(at(inputs, 0), at(inputs, 1), shapes, outputShape, attributes);
    return epilogueReference(sums, inputs, outputShape, epilogueOf(attributes));
  },
  lower: ({ shapes, outputShape, attributes }) =>
    singleCall(upfirdnCall(shapes, outputShape, attributes, epilogueOf(attributes))),
});

/** Both the filter and the epilogue have a gain; the epilogue's is kept as `actGain`. */
function epilogueOf({ operands, act, alpha, actGain, clamp }: FusedUpfirdnAttributes): EpilogueAttributes {
  return { operands, act, alpha, gain: actGain, clamp };
}

/** Demodulation, noise, bias with activation and residual move into the filter before them. */
export const upfirdn2dEpilogueRule: FusionRule = {
  name: 'upfirdn2d epilogue',
  apply: (tensor, readOnce) => {
    const step = absorbStep(tensor, (candidate) => (readOnce(candidate) ? candidateEpilogue(candidate) : null));
    if (step === null) return null;
    const base = matchOp(step.base, upfirdn2dOp) ?? matchOp(step.base, fusedUpfirdn2dOp);
    if (base === null) return null;
    const { up, down, padding, gain } = base.attributes;
    const { gain: actGain, ...epilogue } = step.attributes;
    const operands = step.operand === null ? base.inputs : [...base.inputs, step.operand];
    return applyOp(fusedUpfirdn2dOp, operands, { up, down, padding, gain, ...epilogue, actGain });
  },
};

/** A scale of whole planes before the filter is one after it. */
export const scaledUpfirdn2dRule: FusionRule = {
  name: 'upfirdn2d of scaled planes',
  apply: (tensor, readOnce) => {
    const filter = matchOp(tensor, upfirdn2dOp);
    const x = filter === null ? null : at(filter.inputs, 0);
    const scaled = x === null || !readOnce(x) ? null : matchPlaneScale(x);
    if (filter === null || scaled === null) return null;
    const { gain: actGain, ...epilogue } = plainEpilogue;
    return applyOp(fusedUpfirdn2dOp, [scaled.values, at(filter.inputs, 1), scaled.scale], {
      ...filter.attributes,
      ...epilogue,
      operands: 'scale',
      actGain,
    });
  },
};

function candidateEpilogue(candidate: Tensor): EpilogueAttributes | null {
  if (matchOp(candidate, upfirdn2dOp) !== null) return plainEpilogue;
  const fused = matchOp(candidate, fusedUpfirdn2dOp);
  return fused === null ? null : epilogueOf(fused.attributes);
}
