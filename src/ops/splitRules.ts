import type { FusionRule } from '../engine/fusion.js';
import { matchOp } from '../engine/graph.js';
import { applyOp } from '../engine/op.js';
import { bytesOf } from '../engine/schedule.js';
import { at } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { add } from './binary.js';
import { concat } from './concat.js';
import { conv2dOp } from './conv2d.js';
import { conv2dTransposedOp } from './conv2dTransposed.js';
import { conv2dWeightGradOp } from './conv2dWeightGrad.js';
import { sliceAxis } from './slice.js';
import { upfirdn2dOp } from './upfirdn2d.js';

/**
 * Takes upsampling layers apart whose transposed convolution is too large to bind, though its filtered result is not:
 * the output of StyleGAN2's last one at 1024² is 32×1025² numbers, 128.25 MiB of f32, and WebGPU guarantees 128. The
 * filter works channel by channel, so the two can be done for one slab of channels after the other; likewise the
 * adjoint of the two.
 * @param bytes the largest binding there may be
 */
export function splitRules(bytes: number): readonly FusionRule[] {
  return [upsamplingRule(bytes), upsamplingAdjointRule(bytes), upsamplingWeightGradRule(bytes)];
}

/** upfirdn2d(conv2dTransposed(x, w)) → the same by slabs of output channels. */
function upsamplingRule(bytes: number): FusionRule {
  return {
    name: 'upsampling by slabs',
    apply: (tensor) => {
      const filter = matchOp(tensor, upfirdn2dOp);
      const sum = filter === null ? null : matchOp(at(filter.inputs, 0), conv2dTransposedOp);
      if (filter === null || sum === null || sum.attributes.groups !== 1) return null;
      const slabs = slabsOf(at(filter.inputs, 0), bytes);
      if (slabs === null) return null;
      const [x, w, f] = [at(sum.inputs, 0), at(sum.inputs, 1), at(filter.inputs, 1)];
      const parts = slabs.map(({ start, size }) => {
        const part = applyOp(conv2dTransposedOp, [x, sliceAxis(w, 1, start, size)], sum.attributes);
        return applyOp(upfirdn2dOp, [part, f], filter.attributes);
      });
      return concat(parts, 1);
    },
  };
}

/** conv2d(upfirdn2d(y), w) → the sum over slabs of y's channels. */
function upsamplingAdjointRule(bytes: number): FusionRule {
  return {
    name: 'adjoint of upsampling by slabs',
    apply: (tensor) => {
      const sum = matchOp(tensor, conv2dOp);
      if (sum?.attributes.groups !== 1) return null;
      const filtered = filteredSlabs(at(sum.inputs, 0), bytes);
      if (filtered === null) return null;
      const w = at(sum.inputs, 1);
      return filtered
        .map(({ part, start, size }) => applyOp(conv2dOp, [part, sliceAxis(w, 1, start, size)], sum.attributes))
        .reduce((total, part) => add(part, total));
    },
  };
}

/** conv2dWeightGrad(upfirdn2d(y), x) → the same by slabs of y's channels. */
function upsamplingWeightGradRule(bytes: number): FusionRule {
  return {
    name: 'weight gradient of upsampling by slabs',
    apply: (tensor) => {
      const grad = matchOp(tensor, conv2dWeightGradOp);
      if (grad?.attributes.groups !== 1) return null;
      const filtered = filteredSlabs(at(grad.inputs, 0), bytes);
      if (filtered === null) return null;
      const dy = at(grad.inputs, 1);
      return concat(
        filtered.map(({ part }) => applyOp(conv2dWeightGradOp, [part, dy], grad.attributes)),
        1,
      );
    },
  };
}

interface Slab {
  readonly start: number;
  readonly size: number;
}

/** upfirdn2d of one slab of channels after the other; null when `tensor` is no filter or fits. */
function filteredSlabs(tensor: Tensor, bytes: number): (Slab & { readonly part: Tensor })[] | null {
  const filter = matchOp(tensor, upfirdn2dOp);
  const slabs = filter === null ? null : slabsOf(tensor, bytes);
  if (filter === null || slabs === null) return null;
  const [y, f] = [at(filter.inputs, 0), at(filter.inputs, 1)];
  return slabs.map((slab) => ({
    ...slab,
    part: applyOp(upfirdn2dOp, [sliceAxis(y, 1, slab.start, slab.size), f], filter.attributes),
  }));
}

/** Equal slabs of channels that fit, but for the last; null when all fit in one, or a single channel does not. */
function slabsOf(tensor: Tensor, bytes: number): Slab[] | null {
  const needed = bytesOf(tensor.shape);
  const channels = at(tensor.shape, 1);
  const size = Math.ceil(channels / Math.ceil(needed / bytes));
  if (needed <= bytes || (needed / channels) * size > bytes) return null;
  const starts = Array.from({ length: Math.ceil(channels / size) }, (_, index) => index * size);
  return starts.map((start) => ({ start, size: Math.min(size, channels - start) }));
}
