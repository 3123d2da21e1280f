import type { FusionRule } from '../engine/fusion.js';
import { matchOp } from '../engine/graph.js';
import { input, output, singleCall, type Lowering } from '../engine/kernel.js';
import { applyOp, defineOp } from '../engine/op.js';
import { at, type Shape } from '../engine/shape.js';
import type { OpRecord, Tensor } from '../engine/tensor.js';
import { slopeAt, slopeAttributes, slopeParams, type SlopeAttributes } from './activationSlope.js';
import { biasActOp } from './biasAct.js';
import { biasActGradOp } from './biasActGrad.js';
import { multiplyAdds, tileFor, tilesIn } from './filteredLreluTile.js';
import { decodePass, encodePass, filterPassReference, matchFilter, type FilterPass } from './filterPass.js';

type FilteredLreluAttributes = SlopeAttributes & {
  /** Extents [H, W] of what lies between the filters. */
  readonly middle: readonly number[];
  /** Extents [H, W] of the output. */
  readonly size: readonly number[];
  /** The filters, encoded; `saved` is the reference's, and empty without one. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly saved: readonly number[];
};

/**
 * A leaky ReLU between two filters; or, with a reference, the slopes of one, told by what goes into it, times another
 * picture between two filters, which is what all its derivatives are. What lies between the filters is never stored.
 * Inputs: x, the taps before and after it; then the reference and its taps.
 */
export const fusedFilteredLreluOp: OpRecord<FilteredLreluAttributes> = defineOp({
  name: 'fusedFilteredLrelu',
  inputNames: ['x', 'beforeTaps', 'afterTaps', 'reference', 'savedTaps'],
  inferShape: (shapes, { size }) => [...at(shapes, 0).slice(0, 2), ...size],
  reference: ({ inputs, shapes, outputShape, attributes }) => {
    const { before, after, saved } = passesOf(attributes);
    const middle = [...outputShape.slice(0, 2), ...attributes.middle];
    const upsampled = (picture: number, taps: number, pass: FilterPass): Float64Array =>
      filterPassReference(at(inputs, picture), at(shapes, picture), at(inputs, taps), middle, pass);
    const values = upsampled(0, 1, before);
    const slopes = saved === null ? null : upsampled(3, 4, saved);
    const active = values.map((value, index) =>
      slopes === null
        ? activated(value, attributes)
        : value * slopeAt(activated(at(slopes, index), attributes), attributes),
    );
    return filterPassReference(active, middle, at(inputs, 2), outputShape, after);
  },
  lower: ({ shapes, outputShape, attributes }) => lower(shapes, outputShape, attributes),
});

interface Passes {
  readonly before: FilterPass;
  readonly after: FilterPass;
  readonly saved: FilterPass | null;
}

function passesOf({ before, after, saved }: FilteredLreluAttributes): Passes {
  return {
    before: decodePass(before),
    after: decodePass(after),
    saved: saved.length === 0 ? null : decodePass(saved),
  };
}

/** The leaky ReLU with its gain and clamp. */
function activated(value: number, { positive, negative, clamp }: SlopeAttributes): number {
  const limit = clamp ?? Infinity;
  return Math.min(Math.max(value * (value >= 0 ? positive : negative), -limit), limit);
}

const workgroupSize = 256;
const mostPlanes = 65535;

function lower(shapes: readonly Shape[], outputShape: Shape, attributes: FilteredLreluAttributes): Lowering {
  const { before, after, saved } = passesOf(attributes);
  const upsampling = [before, saved].filter((pass) => pass !== null);
  const [n = 0, c = 0, outHeight = 0, outWidth = 0] = outputShape;
  const tile = tileFor(upsampling, after);
  if (tile === null) throw new RangeError('internal: the rules make no op that no tile fits');
  const [middleHeight = 0, middleWidth = 0] = attributes.middle;
  const { positive = 0, negative = 0, clampTo = 0 } = slopeParams(attributes);
  return singleCall({
    shader: 'filteredLrelu',
    flags: { hasReference: saved !== null },
    constants: {
      WORKGROUP_SIZE: workgroupSize,
      ...upsamplingConstants('BEFORE', before),
      ...(saved === null ? {} : upsamplingConstants('SAVED', saved)),
      AFTER_DOWN_Y: after.down[0],
      AFTER_DOWN_X: after.down[1],
      AFTER_TAPS_Y: after.taps[0],
      AFTER_TAPS_X: after.taps[1],
      AFTER_SEPARABLE: after.isSeparable ? 1 : 0,
      TILE_Y: tile.size[0],
      TILE_X: tile.size[1],
      MIDDLE_Y: tile.middle[0],
      MIDDLE_X: tile.middle[1],
      MIDDLE_SIZE: tile.middle[0] * tile.middle[1],
      STAGE_SIZE: tile.stage,
    },
    params: {
      inHeight: at(at(shapes, 0), 2),
      inWidth: at(at(shapes, 0), 3),
      middleHeight,
      middleWidth,
      outHeight,
      outWidth,
      ...passParams('before', before),
      ...passParams('after', after),
      ...(saved === null
        ? {}
        : { savedHeight: at(at(shapes, 3), 2), savedWidth: at(at(shapes, 3), 3), ...passParams('saved', saved) }),
      positive,
      negative,
      clampTo,
    },
    bindings: {
      x: input(0),
      beforeTaps: input(1),
      afterTaps: input(2),
      ...(saved === null ? {} : { reference: input(3), savedTaps: input(4) }),
      y: output,
    },
    workgroups: [Math.ceil(outWidth / tile.size[1]), Math.ceil(outHeight / tile.size[0]), n * c],
    flops: 2 * n * c * tilesIn([outHeight, outWidth], tile.size) * multiplyAdds(tile, upsampling, after),
  });
}

function upsamplingConstants(name: string, { up, taps, isSeparable }: FilterPass): Record<string, number> {
  return {
    [`${name}_UP_Y`]: up[0],
    [`${name}_UP_X`]: up[1],
    [`${name}_TAPS_Y`]: taps[0],
    [`${name}_TAPS_X`]: taps[1],
    [`${name}_SEPARABLE`]: isSeparable ? 1 : 0,
  };
}

function passParams(name: string, { padding, gain }: FilterPass): Record<string, number> {
  return { [`${name}PadY`]: padding[0], [`${name}PadX`]: padding[1], [`${name}Gain`]: gain };
}

/** A leaky ReLU, or any clamped activation of two slopes, that a filter follows. */
interface Nonlinearity {
  readonly input: Tensor;
  readonly slopes: SlopeAttributes;
}

/** Without bias, which went into what is filtered before. */
function matchNonlinearity(tensor: Tensor): Nonlinearity | null {
  const match = matchOp(tensor, biasActOp);
  if (match?.inputs.length !== 1) return null;
  const slopes = slopeAttributes(match.attributes);
  return slopes !== null && slopes.positive > 0 ? { input: at(match.inputs, 0), slopes } : null;
}

type ReadOnce = (tensor: Tensor) => boolean;

/**
 * Filter, leaky ReLU, filter. Others may read what lies between the filters: what is computed twice costs less than
 * storing and reading several times the samples of the layer.
 */
export const filteredLreluRule: FusionRule = {
  name: 'filtered leaky ReLU',
  apply: (tensor, readOnce) => {
    const after = matchFilter(tensor, readOnce);
    const active = after === null ? null : matchNonlinearity(after.x);
    const before = active === null ? null : matchFilter(active.input, always);
    if (after === null || active === null || before === null) return null;
    if (!isTiled(tensor.shape, [before.pass], after.pass)) return null;
    return applyOp(fusedFilteredLreluOp, [before.x, before.taps, after.taps], {
      ...active.slopes,
      middle: after.x.shape.slice(2),
      size: tensor.shape.slice(2),
      before: encodePass(before.pass),
      after: encodePass(after.pass),
      saved: [],
    });
  },
};

/** Filter, times the slopes of a filtered leaky ReLU, filter: what is linear in the first filter's input. */
export const filteredLreluGradRule: FusionRule = {
  name: 'filtered leaky ReLU gradient',
  apply: (tensor, readOnce) => {
    const after = matchFilter(tensor, readOnce);
    const product = after === null || !readOnce(after.x) ? null : matchOp(after.x, biasActGradOp);
    if (after === null || product === null) return null;
    const before = readOnce(at(product.inputs, 0)) ? matchFilter(at(product.inputs, 0), readOnce) : null;
    const active = matchNonlinearity(at(product.inputs, 1));
    const saved = active === null ? null : matchFilter(active.input, always);
    if (before === null || active === null || saved === null) return null;
    if (!isTiled(tensor.shape, [before.pass, saved.pass], after.pass)) return null;
    return applyOp(fusedFilteredLreluOp, [before.x, before.taps, after.taps, saved.x, saved.taps], {
      ...active.slopes,
      middle: after.x.shape.slice(2),
      size: tensor.shape.slice(2),
      before: encodePass(before.pass),
      after: encodePass(after.pass),
      saved: encodePass(saved.pass),
    });
  },
};

const always: ReadOnce = () => true;

/** Whether the filters are of the kinds that the kernel has, and small enough for a tile. */
function isTiled(shape: Shape, upsampling: readonly FilterPass[], after: FilterPass): boolean {
  const [n = 0, c = 0] = shape;
  const onlyUp = upsampling.every(({ down }) => down[0] === 1 && down[1] === 1);
  const onlyDown = after.up[0] === 1 && after.up[1] === 1;
  return onlyUp && onlyDown && n * c <= mostPlanes && tileFor(upsampling, after) !== null;
}
