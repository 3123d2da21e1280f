import { latentSigma } from '../discovery/latentSigma.js';
import { sampleSpread } from '../discovery/latentSpread.js';
import type { Engine } from '../engine/engine.js';
import type { Direction } from '../latent/direction.js';
import { ALL_LAYERS, parseLayerRange } from '../latent/layerRange.js';
import { latentArithmetic } from '../walks/seedArithmetic.js';
import { latentsOfSeeds } from './labelGround.js';
import type { OpenedCheckpoint } from './openedCheckpoint.js';

export interface SeedSides {
  readonly plus: readonly number[];
  readonly minus: readonly number[];
  /** Class of a conditional model, else null. */
  readonly class: number | null;
}

const spreadCount = 1000;

/**
 * What tells some seeds from others, in w where the model has it: strength 1 leads from the mean of the one side to that of the
 * other.
 * @throws GanvasError `too-few-labels`, `no-direction`, `invalid-seed`, and of `Engine.compile`
 */
export async function seedDirection(
  engine: Engine,
  { generator, summary: { hash: modelHash, numWs, latentSpaces } }: OpenedCheckpoint,
  name: string,
  { plus, minus, class: label }: SeedSides,
): Promise<Direction> {
  const space = latentSpaces.includes('w') ? 'w' : 'z';
  const dim = space === 'w' ? generator.wDim : generator.zDim;
  const latents = await latentsOfSeeds(engine, generator, { seeds: [...plus, ...minus], space, class: label });
  const border = plus.length * dim;
  const vector = latentArithmetic(latents.subarray(0, border), latents.subarray(border), dim);
  const direction: Direction = {
    name,
    space,
    layers: space === 'z' ? [] : parseLayerRange(ALL_LAYERS, numWs),
    dim,
    vectors: Float32Array.from(vector),
    unit: `from the mean of the one side to that of the other, in ${space}`,
    provenance: {
      method: 'arithmetic',
      parameters: { plus: plus.join(','), minus: minus.join(',') },
      modelHash,
    },
    statistics: { positives: plus.length, negatives: minus.length },
  };
  const spread = await sampleSpread(engine, generator, { count: spreadCount, seed: 0, class: label });
  const sigma = latentSigma(direction, spread);
  return sigma === null ? direction : { ...direction, statistics: { ...direction.statistics, sigma } };
}
