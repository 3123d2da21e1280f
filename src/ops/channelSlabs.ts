import type { FusionRule } from '../engine/fusion.js';
import { isOp, matchOp } from '../engine/graph.js';
import { applyOp, type Op } from '../engine/op.js';
import { bytesOf } from '../engine/schedule.js';
import { at } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { biasActOp } from './biasAct.js';
import { add, binaryOp } from './binary.js';
import { concat, concatOp } from './concat.js';
import { conv2dOp } from './conv2d.js';
import { conv2dTransposedOp } from './conv2dTransposed.js';
import type { ConvAttributes } from './convGeometry.js';
import { filteredLreluGradRule, filteredLreluRule, fusedFilteredLreluOp } from './fusedFilteredLrelu.js';
import { reduceOp } from './reduce.js';
import { sliceAxis } from './slice.js';
import { slabsOf, type Slab } from './slabs.js';
import { unaryOp } from './unary.js';

/**
 * Takes the maps of StyleGAN3's large layers apart, of which L10 at 1024² makes 81×1044² numbers, 337 MiB: what works
 * channel by channel is done for one slab of channels after the other, a convolution for slabs of what it makes and as a
 * sum over those of what it reads. A map in slabs is a `concat` that everything which reads it sees through. It is put
 * together, and refused, where it is an output, where a gradient recomputes from it, and where it meets another map in
 * other slabs, as in the backward pass of StyleGAN3-R.
 * @param bytes the largest binding there may be
 */
export function channelSlabRules(bytes: number): readonly FusionRule[] {
  return [
    whereMiddleOverflows(filteredLreluRule, bytes),
    whereMiddleOverflows(filteredLreluGradRule, bytes),
    channelwiseRule(bytes),
    convolutionRule(conv2dOp, { read: 1, made: 0 }, bytes),
    convolutionRule(conv2dTransposedOp, { read: 0, made: 1 }, bytes),
  ];
}

/** What lies between the filters of a leaky ReLU is never stored when it is one op, which goes before taking apart. */
function whereMiddleOverflows(rule: FusionRule, bytes: number): FusionRule {
  return {
    name: rule.name,
    apply: (tensor, readOnce) => {
      const fused = rule.apply(tensor, readOnce);
      const match = fused === null ? null : matchOp(fused, fusedFilteredLreluOp);
      if (match === null) return null;
      return bytesOf([...tensor.shape.slice(0, 2), ...match.attributes.middle]) > bytes ? fused : null;
    },
  };
}

interface Part extends Slab {
  readonly tensor: Tensor;
}

/** The parts of a map that is too large to be put together; null for any other tensor. */
function partsOf(tensor: Tensor, bytes: number): Part[] | null {
  const match = bytesOf(tensor.shape) > bytes ? matchOp(tensor, concatOp) : null;
  if (match?.attributes.axis !== 1) return null;
  let start = 0;
  return match.inputs.map((part) => {
    const size = at(part.shape, 1);
    start += size;
    return { tensor: part, start: start - size, size };
  });
}

/** What reads one slab of channels for the same slab of its result. What lies inside a filtered leaky ReLU is not here. */
function isChannelwise(tensor: Tensor): boolean {
  const reduced = matchOp(tensor, reduceOp);
  if (reduced !== null) return !reduced.attributes.axes.includes(1);
  const biased = matchOp(tensor, biasActOp);
  if (biased !== null) return biased.inputs.length === 2 && biased.attributes.dim === 1;
  return [binaryOp, unaryOp, fusedFilteredLreluOp].some((op) => isOp(tensor) && tensor.source.op.name === op.name);
}

function channelwiseRule(bytes: number): FusionRule {
  return {
    name: 'channels by slabs',
    apply: (tensor) => {
      if (!isOp(tensor) || tensor.shape.length !== 4 || !isChannelwise(tensor)) return null;
      const { op, inputs, attributes } = tensor.source;
      const given = inputs.map((input) => partsOf(input, bytes)).find((parts) => parts !== null);
      if (given === undefined && bytesOf(tensor.shape) <= bytes) return null;
      const whole = { start: 0, size: at(tensor.shape, 1) };
      const slabs = (given ?? [whole]).flatMap((slab) => pieces(slab, tensor, bytes));
      if (slabs.some(({ size }) => size === 0)) return null;
      const parts = slabs.map((slab) => {
        const operands = inputs.map((input, index) => {
          const isBias = index === 1 && op.name === biasActOp.name;
          // Everything else lines up with the last axis, as far as it has axes.
          const axis = isBias ? 0 : input.shape.length - 3;
          return channelsOf(input, axis, at(tensor.shape, 1), slab, bytes);
        });
        return applyOp(op, operands, attributes);
      });
      return concat(parts, 1);
    },
  };
}

/** A slab of the channels of `tensor` in pieces that fit; of size 0 when one channel does not. */
function pieces({ start, size }: Slab, { shape }: Tensor, bytes: number): Slab[] {
  const most = Math.floor((bytes * at(shape, 1)) / bytesOf(shape));
  if (most === 0) return [{ start, size: 0 }];
  const count = Math.ceil(size / most);
  const edge = (index: number): number => start + Math.floor((index * size) / count);
  return Array.from({ length: count }, (_, index) => ({ start: edge(index), size: edge(index + 1) - edge(index) }));
}

/** The slab of an operand whose channels lie along `axis`; all of it when it is the same for all channels. */
function channelsOf(tensor: Tensor, axis: number, channels: number, { start, size }: Slab, bytes: number): Tensor {
  if (axis < 0 || tensor.shape[axis] !== channels) return tensor;
  const part = partsOf(tensor, bytes)?.find((each) => each.start <= start && start + size <= each.start + each.size);
  if (part === undefined) return sliceAxis(tensor, axis, start, size);
  return part.size === size ? part.tensor : sliceAxis(part.tensor, axis, start - part.start, size);
}

/** @param weightAxes those of the weight that run along what is read and along what is made */
function convolutionRule<A extends ConvAttributes>(
  op: Op<A>,
  weightAxes: Record<'read' | 'made', number>,
  bytes: number,
): FusionRule {
  return {
    name: `${op.name} by slabs`,
    apply: (tensor) => {
      const match = matchOp(tensor, op);
      // Transposed convolutions of stride 2 are taken apart together with the filters that follow them.
      if (match?.attributes.groups !== 1 || match.attributes.stride !== 1) return null;
      const [x, w] = [at(match.inputs, 0), at(match.inputs, 1)];
      const read = partsOf(x, bytes);
      const made = bytesOf(tensor.shape) > bytes ? slabsOf([tensor], bytes) : null;
      if (read === null && made === null) return null;
      const convolved = (weight: Tensor): Tensor =>
        (read ?? [{ tensor: x, start: 0, size: at(x.shape, 1) }])
          .map(({ tensor: part, start, size }) =>
            applyOp(op, [part, sliceAxis(weight, weightAxes.read, start, size)], match.attributes),
          )
          .reduce((sum, term) => add(term, sum));
      if (made === null) return convolved(w);
      return concat(
        made.map(({ start, size }) => convolved(sliceAxis(w, weightAxes.made, start, size))),
        1,
      );
    },
  };
}
