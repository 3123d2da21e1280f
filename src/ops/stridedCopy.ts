import { input, linearWorkgroups, output, type KernelCall } from '../engine/kernel.js';
import { sizeOf, type Shape } from '../engine/shape.js';
import { axisParams } from './broadcasting.js';

const workgroupSize = 64;

/** A box of elements seen through strides. */
export interface StridedView {
  readonly offset: number;
  readonly strides: readonly number[];
}

/** The kernel call behind transpose, slice, broadcastTo and concat. */
export function stridedCopyCall(
  box: Shape,
  operand: number,
  source: StridedView,
  destination: StridedView,
): KernelCall {
  const count = sizeOf(box);
  return {
    shader: 'stridedCopy',
    flags: {},
    constants: { WORKGROUP_SIZE: workgroupSize },
    params: {
      count,
      ...axisParams('size', box, 1),
      inOffset: source.offset,
      ...axisParams('inStride', source.strides, 0),
      outOffset: destination.offset,
      ...axisParams('outStride', destination.strides, 0),
    },
    bindings: { x: input(operand), y: output },
    workgroups: linearWorkgroups(count, workgroupSize),
    flops: 0,
  };
}
