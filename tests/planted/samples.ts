import type { ScoredSamples } from '../../src/discovery/scoredSamples.js';
import { RandomState } from '../../src/latent/randomState.js';
import { plantedFactors, type PlantedGenerator } from './plantedGenerator.js';

/**
 * What sampling and reading a planted generator's pictures gives, without the pictures: the read-outs are held to these
 * factors by plantedGenerator.test.ts. For generators whose w is z.
 * @param noise standard deviation of what a predictor gets wrong, added to each score
 */
export function plantedSamples(generator: PlantedGenerator, count: number, seed: number, noise = 0): ScoredSamples {
  const { zDim } = generator;
  const random = new RandomState(seed);
  const z = Float32Array.from(random.randn(count * zDim));
  const scores = new Float32Array(count * plantedFactors.length);
  for (let row = 0; row < count; row++) {
    scores.set(generator.factorsOf(z.subarray(row * zDim, (row + 1) * zDim)), row * plantedFactors.length);
  }
  const errors = random.randn(noise === 0 ? 0 : scores.length);
  return {
    count,
    zDim,
    wDim: zDim,
    z,
    w: z,
    attributes: plantedFactors,
    scores: scores.map((value, index) => value + noise * (errors[index] ?? 0)),
  };
}
