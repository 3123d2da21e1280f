/** What labels are fitted on: the strongest axes of a model, and the latents of the pictures that were judged. */
import { discoverGanspace } from '../discovery/ganspace.js';
import { labelAxesOf, type LabelAxes, type LabelBoundary } from '../discovery/labelFit.js';
import { sampleSpread } from '../discovery/latentSpread.js';
import type { Engine } from '../engine/engine.js';
import { inputTensor } from '../engine/tensor.js';
import type { Direction } from '../latent/direction.js';
import { ALL_LAYERS, parseLayerRange } from '../latent/layerRange.js';
import { classLabels } from '../models/classLabels.js';
import type { Generator } from '../models/generator.js';
import { latentOfSeed } from './latentOfSeed.js';
import type { GeneratorSession } from './session.js';

export interface LabelGround {
  readonly axes: LabelAxes;
  /** `w` where the model has it. */
  readonly space: 'z' | 'w';
}

/** Axes that labels are fitted within: ten ask for about thirty clicks, and hold most of what people look for. */
const axesWanted = 10;
const [spreadCount, ganspaceSamples] = [1000, 10_000];
/** Latents that go through the mapping at a time. */
const batch = 16;

/**
 * The strongest axes: GANSpace's of w, or SeFa's of z where there is no w.
 * @throws GanvasError of `sefaRequestOf` where the model has neither, `class-missing`, and of `Engine.compile`
 */
export async function labelGround(
  engine: Engine,
  session: GeneratorSession,
  label: number | null,
): Promise<LabelGround> {
  const { generator } = session.opened;
  const { hash: modelHash, numWs } = session.summary;
  const spread = await sampleSpread(engine, generator, { count: spreadCount, seed: 0, class: label });
  if (!generator.latentSpaces.includes('w')) {
    return { space: 'z', axes: labelAxesOf(session.sefaDirections(ALL_LAYERS).slice(0, axesWanted), spread.z) };
  }
  const found = await discoverGanspace(engine, generator, {
    layers: parseLayerRange(ALL_LAYERS, numWs),
    count: Math.min(axesWanted, generator.wDim),
    samples: ganspaceSamples,
    seed: 0,
    at: null,
    class: label,
    modelHash,
  });
  return { space: 'w', axes: labelAxesOf(found, spread.w) };
}

/** The latents of seeds, one row each, in the space that labels are fitted in. */
export async function latentsOfSeeds(
  engine: Engine,
  generator: Generator,
  {
    seeds,
    space,
    class: label,
  }: { readonly seeds: readonly number[]; readonly space: 'z' | 'w'; readonly class: number | null },
): Promise<Float32Array> {
  const { zDim, wDim } = generator;
  const z = new Float32Array(seeds.length * zDim);
  seeds.forEach((seed, row) => z.set(latentOfSeed(generator, seed), row * zDim));
  if (space === 'z') return z;
  const w = new Float32Array(seeds.length * wDim);
  const program = await engine.compile(
    ({ z: latents = inputTensor('z', [batch, zDim]) }) => ({
      w: generator.mapping(latents, classLabels(generator, label, batch)),
    }),
    { z: [batch, zDim] },
    { label: 'latents of labels' },
  );
  try {
    for (let first = 0; first < seeds.length; first += batch) {
      const rows = Math.min(batch, seeds.length - first);
      const part = new Float32Array(batch * zDim);
      part.set(z.subarray(first * zDim, (first + rows) * zDim));
      program.run({ z: part });
      w.set((await program.read('w')).subarray(0, rows * wDim), first * wDim);
    }
  } finally {
    program.dispose();
  }
  return w;
}

/** The direction that labels have come to; null without one. */
export function labelDirection(
  concept: string,
  { vector, accuracy, positives, negatives }: LabelBoundary,
  { axes, space }: LabelGround,
  { summary: { numWs, hash } }: GeneratorSession,
): Direction | null {
  if (vector === null) return null;
  return {
    name: concept,
    space,
    layers: space === 'z' ? [] : parseLayerRange(ALL_LAYERS, numWs),
    dim: axes.dim,
    vectors: Float32Array.from(vector),
    unit: `standard deviation of ${space} along it`,
    provenance: {
      method: 'labels',
      parameters: { concept, axes: axes.deviations.length, positives, negatives },
      modelHash: hash,
    },
    statistics: { ...(accuracy === null ? {} : { accuracy }), positives, negatives, sigma: 1 },
  };
}
