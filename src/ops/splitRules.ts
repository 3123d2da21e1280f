import type { FusionRule } from '../engine/fusion.js';
import { matchOp } from '../engine/graph.js';
import { applyOp } from '../engine/op.js';
import { bytesOf } from '../engine/schedule.js';
import { at } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { add } from './binary.js';
import { channelSlabRules } from './channelSlabs.js';
import { concat } from './concat.js';
import { conv2dOp } from './conv2d.js';
import { conv2dTransposedOp } from './conv2dTransposed.js';
import { conv2dWeightGradOp } from './conv2dWeightGrad.js';
import { slabsOf, type Slab } from './slabs.js';
import { sliceAxis } from './slice.js';
import { upfirdn2dOp, type UpfirdnAttributes } from './upfirdn2d.js';

/**
 * Takes upsampling layers apart whose transposed convolution is too large to bind, though its filtered result is not:
 * the output of StyleGAN2's last one at 1024² is 32×1025² numbers, 128.25 MiB of f32, and WebGPU guarantees 128. The
 * filter works channel by channel, so the two can be done for one slab of channels after the other; likewise the
 * adjoint of the two. StyleGAN3's maps do not fit themselves: see `channelSlabs.ts`.
 * @param bytes the largest binding there may be
 */
export function splitRules(bytes: number): readonly FusionRule[] {
  return [
    upsamplingRule(bytes),
    upsamplingAdjointRule(bytes),
    upsamplingWeightGradRule(bytes),
    ...channelSlabRules(bytes),
  ];
}

/** Filters of conv2dTransposed(x, w) → the same by slabs of output channels. */
function upsamplingRule(bytes: number): FusionRule {
  return {
    name: 'upsampling by slabs',
    apply: (tensor) => {
      const { base, filters } = oversizedFilters(tensor, bytes);
      const sum = matchOp(base, conv2dTransposedOp);
      if (sum?.attributes.groups !== 1 || filters.length === 0 || bytesOf(tensor.shape) > bytes) return null;
      const [x, w] = [at(sum.inputs, 0), at(sum.inputs, 1)];
      const slabs = slabsOf([base, ...filters.map(({ x: filtered }) => filtered)], bytes);
      if (slabs === null) return null;
      const parts = slabs.map(({ start, size }) =>
        filtered(applyOp(conv2dTransposedOp, [x, sliceAxis(w, 1, start, size)], sum.attributes), filters),
      );
      return concat(parts, 1);
    },
  };
}

/** conv2d(filtered y, w) → the sum over slabs of y's channels. */
function upsamplingAdjointRule(bytes: number): FusionRule {
  return {
    name: 'adjoint of upsampling by slabs',
    apply: (tensor) => {
      const sum = matchOp(tensor, conv2dOp);
      if (sum?.attributes.groups !== 1) return null;
      const w = at(sum.inputs, 1);
      return (
        filteredSlabs(at(sum.inputs, 0), bytes)
          ?.map(({ part, start, size }) => applyOp(conv2dOp, [part, sliceAxis(w, 1, start, size)], sum.attributes))
          .reduce((total, part) => add(part, total)) ?? null
      );
    },
  };
}

/** conv2dWeightGrad(filtered y, x) → the same by slabs of y's channels. */
function upsamplingWeightGradRule(bytes: number): FusionRule {
  return {
    name: 'weight gradient of upsampling by slabs',
    apply: (tensor) => {
      const grad = matchOp(tensor, conv2dWeightGradOp);
      if (grad?.attributes.groups !== 1) return null;
      const slabs = filteredSlabs(at(grad.inputs, 0), bytes);
      const dy = at(grad.inputs, 1);
      const parts = slabs?.map(({ part }) => applyOp(conv2dWeightGradOp, [part, dy], grad.attributes));
      return parts === undefined ? null : concat(parts, 1);
    },
  };
}

/** A filter of a chain: its own input, its taps and how it is applied. */
interface Filter {
  readonly x: Tensor;
  readonly taps: Tensor;
  readonly attributes: UpfirdnAttributes;
}

/**
 * The filters that end in `tensor`, first to last, as far up as what they read or make does not fit (a separable
 * filter is two), and what the first one reads.
 */
function oversizedFilters(tensor: Tensor, bytes: number): { readonly base: Tensor; readonly filters: Filter[] } {
  const filters: Filter[] = [];
  let base = tensor;
  for (;;) {
    const match = matchOp(base, upfirdn2dOp);
    if (match === null) break;
    const x = at(match.inputs, 0);
    if (bytesOf(x.shape) <= bytes && bytesOf(base.shape) <= bytes) break;
    filters.unshift({ x, taps: at(match.inputs, 1), attributes: match.attributes });
    base = x;
  }
  return { base, filters };
}

const filtered = (x: Tensor, filters: readonly Filter[]): Tensor =>
  filters.reduce((y, { taps, attributes }) => applyOp(upfirdn2dOp, [y, taps], attributes), x);

/** `tensor` for one slab of channels after the other; null when it is no filter or fits. */
function filteredSlabs(tensor: Tensor, bytes: number): (Slab & { readonly part: Tensor })[] | null {
  if (bytesOf(tensor.shape) <= bytes) return null;
  const { base, filters } = oversizedFilters(tensor, bytes);
  const slabs = slabsOf([tensor, ...filters.slice(1).map(({ x }) => x)], bytes);
  if (filters.length === 0 || slabs === null) return null;
  return slabs.map((slab) => ({
    ...slab,
    part: filtered(sliceAxis(base, 1, slab.start, slab.size), filters),
  }));
}
