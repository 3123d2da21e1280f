import type { FusionRule } from '../engine/fusion.js';
import { matchOp } from '../engine/graph.js';
import { input, linearWorkgroups, output, singleCall } from '../engine/kernel.js';
import { applyOp, defineOp } from '../engine/op.js';
import { at, sameShape, sizeOf, type Shape } from '../engine/shape.js';
import type { OpRecord, Tensor } from '../engine/tensor.js';
import { binaryOp, type BinaryName } from './binary.js';
import { broadcastToOp } from './broadcastTo.js';
import { reshape } from './reshape.js';

type TruncationAttributes = {
  /** [N, L, D] */
  readonly shape: Shape;
  /** Whether each layer has rows of its own. */
  readonly isStack: boolean;
  readonly hasShift: boolean;
};

const workgroupSize = 64;

/**
 * W+ from w or W+, drawn towards the average by each layer's psi, and what edits add to it. Inputs: x [N, D] or, with
 * `isStack`, [N, L, D]; psi, L numbers; center, D numbers; shift (optional) [N, L, D] or [L, D].
 */
export const fusedTruncationOp: OpRecord<TruncationAttributes> = defineOp({
  name: 'fusedTruncation',
  inputNames: ['x', 'psi', 'center', 'shift'],
  inferShape: (_, { shape }) => shape,
  reference: ({ inputs, outputShape, attributes: { isStack, hasShift } }) => {
    const [, layers = 1, width = 1] = outputShape;
    const [x, psi, center] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
    return Float64Array.from({ length: sizeOf(outputShape) }, (_, index) => {
      const [d, layer] = [index % width, Math.floor(index / width) % layers];
      const sample = Math.floor(index / (width * layers));
      const given = at(x, isStack ? index : sample * width + d);
      const shift = hasShift ? at(at(inputs, 3), index % at(inputs, 3).length) : 0;
      return at(center, d) + at(psi, layer) * (given - at(center, d)) + shift;
    });
  },
  lower: ({ shapes, outputShape, attributes: { isStack, hasShift } }) => {
    const count = sizeOf(outputShape);
    const [, layers = 1, width = 1] = outputShape;
    return singleCall({
      shader: 'truncation',
      flags: { hasShift },
      constants: { WORKGROUP_SIZE: workgroupSize },
      params: {
        count,
        layers,
        width,
        xSampleStride: isStack ? layers * width : width,
        xLayerStride: isStack ? width : 0,
        shiftSampleStride: hasShift && sizeOf(at(shapes, 3)) === count ? layers * width : 0,
      },
      bindings: {
        ...{ x: input(0), psi: input(1), center: input(2) },
        ...(hasShift ? { shift: input(3) } : {}),
        y: output,
      },
      workgroups: linearWorkgroups(count, workgroupSize),
      flops: 4 * count,
    });
  },
});

/** center + psi · (x − center): `truncatedWs` of the models. */
export const truncationRule: FusionRule = {
  name: 'truncation',
  apply: (tensor, readOnce) => {
    const { shape } = tensor;
    const [, layers = 0, width = 0] = shape;
    const [scaled, center] = operandsOf(tensor, 'add') ?? [];
    const [moved, psi] = scaled !== undefined && readOnce(scaled) ? (operandsOf(scaled, 'mul') ?? []) : [];
    const [x, origin] = moved !== undefined && readOnce(moved) ? (operandsOf(moved, 'sub') ?? []) : [];
    if (center === undefined || psi === undefined || x === undefined || origin !== center) return null;
    const isOne = sizeOf(center.shape) === width && center.shape.at(-1) === width;
    const isEach = sizeOf(psi.shape) === layers && psi.shape.at(-1) === 1 && psi.shape.at(-2) === layers;
    if (shape.length !== 3 || !isOne || !isEach || !sameShape(x.shape, shape)) return null;
    const row = readOnce(x) ? rowOfEach(x) : null;
    return applyOp(fusedTruncationOp, [row ?? x, psi, center], { shape, isStack: row === null, hasShift: false });
  },
};

/** What is added to truncated rows. */
export const shiftedTruncationRule: FusionRule = {
  name: 'shifted truncation',
  apply: (tensor, readOnce) => {
    const [a, b] = operandsOf(tensor, 'add') ?? [];
    if (a === undefined || b === undefined) return null;
    for (const [base, shift] of [
      [a, b],
      [b, a],
    ] as const) {
      const truncated = readOnce(base) ? matchOp(base, fusedTruncationOp) : null;
      if (truncated === null || truncated.attributes.hasShift || !sameShape(base.shape, tensor.shape)) continue;
      const { shape } = truncated.attributes;
      const fits = [shape, shape.slice(1), [1, ...shape.slice(1)]].some((each) => sameShape(each, shift.shape));
      if (fits)
        return applyOp(fusedTruncationOp, [...truncated.inputs, shift], { ...truncated.attributes, hasShift: true });
    }
    return null;
  },
};

function operandsOf(tensor: Tensor, kind: BinaryName): readonly Tensor[] | null {
  const match = matchOp(tensor, binaryOp);
  return match?.attributes.kind === kind ? match.inputs : null;
}

/** [N, D] whose row every layer of a stack repeats. */
function rowOfEach(stack: Tensor): Tensor | null {
  const repeated = matchOp(stack, broadcastToOp);
  const row = repeated === null ? null : at(repeated.inputs, 0);
  const [n = 0, , width = 0] = stack.shape;
  return row !== null && sameShape(row.shape, [n, 1, width]) ? reshape(row, [n, width]) : null;
}
