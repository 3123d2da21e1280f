import { GanvasError } from '../engine/errors.js';
import { shapeError } from '../engine/op.js';
import { at, type Shape } from '../engine/shape.js';

export type Pair = readonly [number, number];

export type ConvAttributes = {
  readonly stride: number;
  /** Zeros added on both sides, [y, x]. */
  readonly padding: Pair;
  readonly groups: number;
};

export type ConvTransposedAttributes = ConvAttributes & {
  /** Rows and columns added at the end of the output, [y, x], each below the stride. */
  readonly outputPadding: Pair;
};

/** Everything that a loop over a convolution needs; x is always the side with `inHeight` × `inWidth`. */
export type ConvGeometry = {
  readonly batch: number;
  readonly groups: number;
  /** Channels of x in a group. */
  readonly inChannels: number;
  /** Channels of the result, all groups together. */
  readonly outChannels: number;
  readonly inHeight: number;
  readonly inWidth: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly stride: number;
  readonly padY: number;
  readonly padX: number;
};

/** The part of a geometry that the weights alone determine. */
export type WeightGeometry = Pick<
  ConvGeometry,
  'groups' | 'inChannels' | 'outChannels' | 'kernelHeight' | 'kernelWidth'
>;

export interface ConvArguments {
  readonly stride?: number;
  readonly padding?: number | Pair;
  readonly groups?: number;
}

export function convAttributes({ stride = 1, padding = 0, groups = 1 }: ConvArguments): ConvAttributes {
  const pair: Pair = typeof padding === 'number' ? [padding, padding] : padding;
  const wholes = [stride, groups, ...pair];
  if (!wholes.every(Number.isInteger) || stride < 1 || groups < 1 || pair.some((side) => side < 0)) {
    throw new GanvasError(
      'bad-argument',
      `conv2d: stride ${stride}, groups ${groups} must be whole and positive, padding [${pair.join(', ')}] whole and not negative.`,
    );
  }
  return { stride, padding: pair, groups };
}

/** x [N, C, H, W], w [O, C/groups, KH, KW]. */
export function conv2dGeometry(shapes: readonly Shape[], { stride, padding, groups }: ConvAttributes): ConvGeometry {
  const [x, w] = [at(shapes, 0), at(shapes, 1)];
  const [batch = 0, channels = 0, inHeight = 0, inWidth = 0] = x;
  const [outChannels = 0, inChannels = 0, kernelHeight = 0, kernelWidth = 0] = w;
  const [padY, padX] = padding;
  const outHeight = Math.floor((inHeight + 2 * padY - kernelHeight) / stride) + 1;
  const outWidth = Math.floor((inWidth + 2 * padX - kernelWidth) / stride) + 1;
  if (x.length !== 4 || w.length !== 4 || channels !== inChannels * groups || outChannels % groups !== 0) {
    throw shapeError('conv2d', [x, w], `x must be [N, C, H, W] and w [O, C/groups, KH, KW] with groups ${groups}`);
  }
  if (outHeight < 1 || outWidth < 1) {
    throw shapeError('conv2d', [x, w], `the padded picture (padding [${padY}, ${padX}]) must hold the kernel`);
  }
  return {
    batch,
    groups,
    inChannels,
    outChannels,
    inHeight,
    inWidth,
    outHeight,
    outWidth,
    kernelHeight,
    kernelWidth,
    stride,
    padY,
    padX,
  };
}

/** x [N, C, H, W], w [C, O/groups, KH, KW], as torch lays transposed weights out. */
export function conv2dTransposedGeometry(
  shapes: readonly Shape[],
  { stride, padding, groups, outputPadding }: ConvTransposedAttributes,
): ConvGeometry {
  const [x, w] = [at(shapes, 0), at(shapes, 1)];
  const [batch = 0, channels = 0, inHeight = 0, inWidth = 0] = x;
  const [inChannelsTotal = 0, outPerGroup = 0, kernelHeight = 0, kernelWidth = 0] = w;
  const [padY, padX] = padding;
  const outHeight = (inHeight - 1) * stride - 2 * padY + kernelHeight + outputPadding[0];
  const outWidth = (inWidth - 1) * stride - 2 * padX + kernelWidth + outputPadding[1];
  if (x.length !== 4 || w.length !== 4 || channels !== inChannelsTotal || channels % groups !== 0) {
    throw shapeError(
      'conv2dTransposed',
      [x, w],
      `x must be [N, C, H, W] and w [C, O/groups, KH, KW] with groups ${groups}`,
    );
  }
  if (outHeight < 1 || outWidth < 1) {
    throw shapeError('conv2dTransposed', [x, w], `padding [${padY}, ${padX}] leaves no output`);
  }
  if (outputPadding.some((extra) => !Number.isInteger(extra) || extra < 0 || extra >= stride)) {
    throw shapeError(
      'conv2dTransposed',
      [x, w],
      `outputPadding [${outputPadding.join(', ')}] must be whole, from 0, and below the stride ${stride}`,
    );
  }
  const [inChannels, outChannels] = [channels / groups, outPerGroup * groups];
  return {
    batch,
    groups,
    inChannels,
    outChannels,
    inHeight,
    inWidth,
    outHeight,
    outWidth,
    kernelHeight,
    kernelWidth,
    stride,
    padY,
    padX,
  };
}

/**
 * Calls `visit` with the flat indices into x [N, C, H, W], y [N, O, OH, OW] and w [O, C/groups, KH, KW] of every
 * multiply-add of the convolution y = w ⋆ x. All three ops of the trio are this one set of triples.
 */
export function forEachTap(g: ConvGeometry, visit: (x: number, w: number, y: number) => void): void {
  const outPerGroup = g.outChannels / g.groups;
  for (let n = 0; n < g.batch; n++) {
    for (let o = 0; o < g.outChannels; o++) {
      const group = Math.floor(o / outPerGroup);
      for (let c = 0; c < g.inChannels; c++) {
        const xPlane = ((n * g.groups + group) * g.inChannels + c) * g.inHeight * g.inWidth;
        const yPlane = (n * g.outChannels + o) * g.outHeight * g.outWidth;
        const wPlane = (o * g.inChannels + c) * g.kernelHeight * g.kernelWidth;
        forEachPlaneTap(g, (xi, wi, yi) => visit(xPlane + xi, wPlane + wi, yPlane + yi));
      }
    }
  }
}

function forEachPlaneTap(g: ConvGeometry, visit: (x: number, w: number, y: number) => void): void {
  for (let oy = 0; oy < g.outHeight; oy++) {
    for (let ox = 0; ox < g.outWidth; ox++) {
      for (let ky = 0; ky < g.kernelHeight; ky++) {
        const iy = oy * g.stride + ky - g.padY;
        if (iy < 0 || iy >= g.inHeight) continue;
        for (let kx = 0; kx < g.kernelWidth; kx++) {
          const ix = ox * g.stride + kx - g.padX;
          if (ix < 0 || ix >= g.inWidth) continue;
          visit(iy * g.inWidth + ix, ky * g.kernelWidth + kx, oy * g.outWidth + ox);
        }
      }
    }
  }
}

/** The convolution whose adjoint a transposed convolution is: input and output change places. */
export function adjointGeometry(g: ConvGeometry): ConvGeometry {
  return {
    ...g,
    inChannels: g.outChannels / g.groups,
    outChannels: g.inChannels * g.groups,
    inHeight: g.outHeight,
    inWidth: g.outWidth,
    outHeight: g.inHeight,
    outWidth: g.inWidth,
  };
}
