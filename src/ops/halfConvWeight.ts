import { input, linearWorkgroups, output, singleCall } from '../engine/kernel.js';
import { applyOp, defineOp } from '../engine/op.js';
import { at, sizeOf } from '../engine/shape.js';
import type { OpRecord, Tensor } from '../engine/tensor.js';
import { nearestHalf } from './storageType.js';

type HalfWeightAttributes = {
  /** Planes a side of Winograd's transform that the weights belong to; 0 of others. */
  readonly planeSide: number;
};

const workgroupSize = 64;

/**
 * Packed weights [planes, C, O] as halves, for products whose sums stay f32. They are scaled first, by powers of two that
 * follow from the plane alone, so that what is small in all of them keeps its digits: NVIDIA's networks divide by the largest
 * weight instead (stylegan2-ada-pytorch training/networks.py: modulated_conv2d), since their sums are halves as well.
 */
export const halfConvWeightOp: OpRecord<HalfWeightAttributes> = defineOp({
  name: 'halfConvWeight',
  inputNames: ['x'],
  inferShape: (shapes) => at(shapes, 0),
  // Rounded as the kernel rounds, and scaled back: what products make of them.
  reference: ({ inputs, outputShape, attributes: { planeSide } }) => {
    const perPlane = sizeOf(outputShape.slice(1));
    return at(inputs, 0).map((value, index) => {
      const scale = weightScale(planeSide, Math.floor(index / perPlane));
      return nearestHalf(value * scale) / scale;
    });
  },
  lower: ({ outputShape, attributes: { planeSide } }) => {
    const words = sizeOf(outputShape) / 2;
    return singleCall({
      shader: 'halfWeight',
      flags: {},
      constants: { WORKGROUP_SIZE: workgroupSize },
      params: { count: words, planeWords: sizeOf(outputShape.slice(1)) / 2, planeSide },
      bindings: { x: input(0), y: output },
      workgroups: linearWorkgroups(words, workgroupSize),
      flops: 0,
    });
  },
});

/** @param packed weights as `packConvWeight` lays them for a product: output channels in whole blocks */
export function halfConvWeight(packed: Tensor, planeSide: number): Tensor {
  return applyOp(halfConvWeightOp, [packed], { planeSide }, 'f16');
}

/** As `shaders/lib/halfWeights.wgsl` has it. */
function weightScale(planeSide: number, plane: number): number {
  const rows = [4, 4, 4, 16, 16, 1];
  return planeSide === 6 ? 64 * at(rows, Math.floor(plane / 6)) * at(rows, plane % 6) : 64;
}
