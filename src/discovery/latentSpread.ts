import type { Engine } from '../engine/engine.js';
import { at } from '../engine/shape.js';
import { inputTensor } from '../engine/tensor.js';
import { LatentDraws } from '../latent/latentDraws.js';
import { classLabels } from '../models/classLabels.js';
import type { Generator } from '../models/generator.js';
import { checkNotCancelled } from './cancellation.js';
import type { SpreadSamples } from './latentSigma.js';

export interface SpreadRequest {
  readonly count: number;
  readonly seed: number;
  /** Class of a conditional model, else null. */
  readonly class: number | null;
  readonly signal?: AbortSignal;
}

/** Rows that go through the mapping at a time. */
const batch = 250;

/**
 * Latents of the model's own, for `latentSigma`: no pictures, so a thousand take moments.
 * @throws GanvasError `invalid-seed`, `class-missing`, `cancelled`, and of `Engine.compile`
 */
export async function sampleSpread(
  engine: Engine,
  generator: Generator,
  { count, seed, class: label, signal }: SpreadRequest,
): Promise<SpreadSamples> {
  const { zDim, wDim } = generator;
  const draws = new LatentDraws(generator, seed);
  const program = await engine.compile(
    ({ z = inputTensor('z', [batch, zDim]) }) => ({ w: generator.mapping(z, classLabels(generator, label, batch)) }),
    { z: [batch, zDim] },
    { label: 'spread of latents' },
  );
  const samples = { count, zDim, wDim, z: draws.next(count), w: new Float32Array(count * wDim) };
  try {
    for (let first = 0; first < count; first += batch) {
      checkNotCancelled(signal, 'Sampling latents');
      const rows = Math.min(batch, count - first);
      const z = new Float32Array(batch * zDim);
      z.set(samples.z.subarray(first * zDim, (first + rows) * zDim));
      program.run({ z });
      samples.w.set((await program.read('w')).subarray(0, rows * wDim), first * wDim);
    }
  } finally {
    program.dispose();
  }
  return samples;
}

/** The size of one standard deviation of the latents along an axis, on average over all axes. */
export function meanDeviation({ count, z, w, zDim, wDim }: SpreadSamples, space: 'z' | 'w' | 'w+'): number {
  const [latents, dim] = space === 'z' ? [z, zDim] : [w, wDim];
  const mean = new Float64Array(dim);
  latents.forEach((value, index) => (mean[index % dim] = at(mean, index % dim) + value / count));
  const squares = latents.reduce((sum, value, index) => sum + (value - at(mean, index % dim)) ** 2, 0);
  return Math.sqrt(squares / (count * dim));
}
