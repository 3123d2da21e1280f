import { GanvasError } from '../engine/errors.js';
import { constantTensor, type Tensor } from '../engine/tensor.js';
import { RandomState } from '../latent/randomState.js';
import { truncatedNormals } from '../latent/truncatedNormal.js';
import type { Generator, SynthesisOptions } from '../models/generator.js';
import { classMissing } from '../models/requiredClass.js';

/** Which pictures are looked at: the z of RandomState(seed) in order, at psi 1, with the checkpoint's noise. */
export interface Sampling {
  readonly samples: number;
  readonly seed: number;
  /** Class of a conditional model, else null. */
  readonly class: number | null;
}

/**
 * @throws GanvasError `invalid-dissection` for a number of samples below 1, `invalid-seed`, `class-missing`,
 *   `class-out-of-range`
 */
export function checkSampling({ samples, seed, class: label }: Sampling, { cDim }: Generator): void {
  if (!Number.isInteger(samples) || samples < 1) {
    throw new GanvasError(
      'invalid-dissection',
      `The number of samples is ${samples}. Expected a whole number of at least 1.`,
      { samples },
    );
  }
  new RandomState(seed);
  if (cDim > 0 && label === null) throw classMissing(cDim);
  if (label === null || (Number.isInteger(label) && label >= 0 && label < cDim)) return;
  throw new GanvasError(
    'class-out-of-range',
    cDim === 0 ? 'This model has no classes. Leave the class out.' : `Class ${label} is outside 0…${cDim - 1}.`,
    { class: label, cDim },
  );
}

/** Draws z one batch after the other; `draw` gives [rows, zDim]. */
export function latentStream(
  { zDim, zDistribution }: Generator,
  seed: number,
): (rows: number) => Float32Array<ArrayBuffer> {
  const random = new RandomState(seed);
  return (rows) =>
    Float32Array.from(
      zDistribution === 'normal' ? random.randn(rows * zDim) : truncatedNormals(random.randomSample(rows * zDim)),
    );
}

/** W+ [rows, numWs, wDim] of z [rows, zDim], at psi 1. */
export function sampledWs(generator: Generator, z: Tensor, label: number | null): Tensor {
  const { cDim, numWs } = generator;
  const [rows = 1] = z.shape;
  const c =
    cDim === 0 || label === null
      ? null
      : constantTensor(
          'class',
          [rows, cDim],
          Float32Array.from({ length: rows * cDim }, (_, index) => (index % cDim === label ? 1 : 0)),
        );
  const psi = constantTensor('psi', [numWs], new Float32Array(numWs).fill(1));
  return generator.truncate(generator.mapping(z, c), psi);
}

/** How sampled pictures are made. */
export function sampledSynthesis(generator: Generator): Omit<SynthesisOptions, 'tap'> {
  const weights = generator.statisticsOf(1);
  return {
    noise: 'const',
    ...(weights === null ? {} : { statistics: constantTensor('statistics', [weights.length], weights) }),
  };
}
