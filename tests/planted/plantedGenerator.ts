import { at } from '../../src/engine/shape.js';
import { constantTensor, type Tensor } from '../../src/engine/tensor.js';
import type { Generator, LatentWeight, WLayer } from '../../src/models/generator.js';
import { add, mul, sub } from '../../src/ops/binary.js';
import { broadcastTo } from '../../src/ops/broadcastTo.js';
import { concat } from '../../src/ops/concat.js';
import { matmul } from '../../src/ops/matmul.js';
import { reshape } from '../../src/ops/reshape.js';
import { sliceAxis } from '../../src/ops/slice.js';
import { affine, scale, square, unary } from '../../src/ops/unary.js';
import { orthonormalAxes } from './axes.js';

/** What the picture is made of, in the order of `PlantedGenerator.axes`; each tanh of one axis of the latent. */
export const plantedFactors = ['x', 'y', 'radius', 'hue', 'background', 'second object', 'blemish'] as const;
export type PlantedFactor = (typeof plantedFactors)[number];

/** The layer of W+ whose w decides a factor, as styles of a generator do: place, size, things, colours. */
export const plantedLayers: Readonly<Record<PlantedFactor, number>> = {
  x: 0,
  y: 0,
  radius: 1,
  hue: 3,
  background: 3,
  'second object': 2,
  blemish: 2,
};

export const plantedResolution = 64;
/** Rows at the top, free of all but background and the blemish; and at the bottom, which the second object fills. */
export const stripHeight = 6;
/** Columns of the blemish. */
export const blemishWidth = 8;
/** Grey of the second object, and of the blemish. */
export const objectLuma = 0.9;
/** Half the disc's way in either direction, in units of half the picture. */
export const reach = 0.3;
export const middleArea = 0.12;
export const areaChange = 0.07;

export interface PlantedOptions {
  readonly dim: number;
  readonly seed: number;
  /** Standard deviations of w along the first axes of an orthonormal frame; w is z itself where there are none. */
  readonly deviations?: readonly number[];
}

/**
 * An analytic generator whose truth is known: z (and w, the same unless `deviations` are given) → a disc on grey, 64², of
 * place, size and hue, with a second object at the bottom and a blemish in the corner. Factor k is tanh(rₖ · w) with
 * orthonormal rₖ, so that the best direction for it is rₖ, and no other factor moves along it.
 */
export class PlantedGenerator implements Generator {
  readonly family = 'layers';
  readonly latentSpaces = ['z', 'w', 'w+'] as const;
  readonly zDistribution = 'normal';
  readonly cDim = 0;
  readonly numWs = 4;
  readonly resolution = plantedResolution;
  readonly imgChannels = 3;
  readonly parameterCount = 0;
  readonly canTruncate = false;
  readonly takesTransform = false;
  readonly noiseMaps = [];
  readonly wLayers: readonly WLayer[] = [0, 1, 2, 3].map((index) => ({
    index,
    names: [`planted.${index}`],
    resolution: plantedResolution,
  }));
  readonly zDim: number;
  readonly wDim: number;
  /** Unit vectors of w, one a factor. */
  readonly axes: readonly Float64Array[];
  /** Principal axes of w, strongest first; empty when w is z. */
  readonly principalAxes: readonly Float64Array[];

  constructor(private readonly options: PlantedOptions) {
    const { dim, seed, deviations = [] } = options;
    this.zDim = dim;
    this.wDim = dim;
    this.axes = orthonormalAxes(plantedFactors.length, dim, seed);
    this.principalAxes = orthonormalAxes(deviations.length, dim, seed + 1);
  }

  axis(factor: PlantedFactor): Float64Array {
    return at(this.axes, plantedFactors.indexOf(factor));
  }

  /** What is planted at one w, in f64. */
  factorsOf(w: ArrayLike<number>): number[] {
    return this.axes.map((axis) => Math.tanh(axis.reduce((sum, value, k) => sum + value * (w[k] ?? 0), 0)));
  }

  latentWeight(): LatentWeight | null {
    return null;
  }

  statisticsOf(): null {
    return null;
  }

  /** z, scaled along each principal axis by its deviation: z + Σ (σₖ − 1)(pₖ · z) pₖ. */
  mapping(z: Tensor): Tensor {
    const { dim, deviations = [] } = this.options;
    if (deviations.length === 0) return z;
    const flat = this.principalAxes.flatMap((axis) => [...axis]);
    const frame = constantTensor('principal axes', [deviations.length, dim], flat);
    const stretch = constantTensor(
      'stretch',
      [1, deviations.length],
      deviations.map((sigma) => sigma - 1),
    );
    return add(z, matmul(mul(matmul(z, frame, { transposeB: true }), stretch), frame));
  }

  truncate(w: Tensor): Tensor {
    const rows = at(w.shape, 0);
    if (w.shape.length === 3) return w;
    return broadcastTo(reshape(w, [rows, 1, this.wDim]), [rows, this.numWs, this.wDim]);
  }

  synthesis(ws: Tensor): Tensor {
    const factor = (name: PlantedFactor): Tensor => this.factor(ws, name);
    const [columns, rows] = [gridAlong(3), gridAlong(2)];
    const distance = add(square(sub(columns, scale(factor('x'), reach))), square(sub(rows, scale(factor('y'), reach))));
    const squaredRadius = affine(factor('radius'), areaChange, middleArea);
    const disc = unary('sigmoid', scale(sub(squaredRadius, distance), 1 / 0.015));
    const present = mul(affine(factor('second object'), 0.5, 0.5), mask('second object'));
    const blemished = mul(unary('sigmoid', scale(factor('blemish'), 30)), mask('blemish'));
    const grey = over(over(scale(factor('background'), 0.5), objectLuma, present), objectLuma, blemished);
    const hue = factor('hue');
    // Red and blue add up to 1 and green is −½: R + B − 2G is 0 on grey and 2 on the disc, whatever its hue.
    const colours = [affine(hue, 0.3, 0.5), affine(hue, 0, -0.5), affine(hue, -0.3, 0.5)];
    return concat(
      colours.map((colour) => add(grey, mul(disc, sub(colour, grey)))),
      1,
    );
  }

  /** [N, 1, 1, 1] */
  private factor(ws: Tensor, name: PlantedFactor): Tensor {
    const rows = at(ws.shape, 0);
    const w = reshape(sliceAxis(ws, 1, plantedLayers[name], 1), [rows, this.wDim]);
    const axis = constantTensor(`axis of ${name}`, [this.wDim, 1], this.axis(name));
    return reshape(unary('tanh', matmul(w, axis)), [rows, 1, 1, 1]);
  }
}

/** Centres of pixels along an axis, −1…1. */
export function gridAlong(axis: 2 | 3): Tensor {
  const values = Float32Array.from({ length: plantedResolution }, (_, k) => (2 * k + 1) / plantedResolution - 1);
  return constantTensor(
    `grid ${axis}`,
    axis === 3 ? [1, 1, 1, plantedResolution] : [1, 1, plantedResolution, 1],
    values,
  );
}

/** 1 where a thing has its fixed place. */
function mask(name: 'second object' | 'blemish'): Tensor {
  const values = Float32Array.from({ length: plantedResolution ** 2 }, (_, index) => {
    const [row, column] = [Math.floor(index / plantedResolution), index % plantedResolution];
    const inside =
      name === 'blemish' ? row < stripHeight && column < blemishWidth : row >= plantedResolution - stripHeight;
    return inside ? 1 : 0;
  });
  return constantTensor(`place of ${name}`, [1, 1, plantedResolution, plantedResolution], values);
}

/** A constant grey laid over a grey with an opacity. */
function over(below: Tensor, luma: number, opacity: Tensor): Tensor {
  return add(below, mul(opacity, affine(below, -1, luma)));
}
