import type { Engine } from '../engine/engine.js';
import { GanvasError } from '../engine/errors.js';
import { at } from '../engine/shape.js';
import type { FeatureLayer } from '../models/featureLayers.js';
import type { Generator } from '../models/generator.js';
import type { ConceptReader } from './conceptReader.js';
import { checkNotCancelled } from './dissectionCancel.js';
import { chosenLayers, FeatureSampler, sideOf, type FeatureBatch } from './featureSampler.js';
import { checkSampling, type Sampling } from './sampledLatents.js';
import { highActivation, layerAgreements, meansWherePresent, type LayerAgreements } from './unitAgreement.js';
import { UnitRanges } from './unitRanges.js';
import { UnitTally } from './unitTally.js';

export interface DissectionSettings extends Sampling {
  /** Names of feature layers; all of them when empty. */
  readonly layers: readonly string[];
}

export interface DissectionOptions {
  readonly signal?: AbortSignal;
  /** Samples that are counted, of all. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Called with everything so far, from the first seconds on. */
  readonly onInterim?: (dissection: Dissection) => void;
}

/** What the units of one layer have to do with the concepts. */
export interface LayerDissection {
  readonly layer: FeatureLayer;
  readonly agreements: LayerAgreements;
  /** The activation that each unit exceeds in one of a hundred pixels, [units]. */
  readonly high: Float64Array<ArrayBuffer>;
  /** Mean activation where a concept is, [units, concepts]. */
  readonly present: Float64Array<ArrayBuffer>;
}

export interface Dissection {
  readonly concepts: readonly string[];
  /** Samples that it rests on. */
  readonly samples: number;
  /** Part of all pixels that show each concept, [concepts]. */
  readonly areas: Float64Array<ArrayBuffer>;
  readonly layers: readonly LayerDissection[];
}

/** Samples that the units' ranges are taken from. */
const rangeSamples = 32;
/** Bytes of all histograms together, and the bins that they may have. */
const mostBytes = 96e6;
const [fewestBins, mostBins] = [32, 256];
/** Milliseconds to the first interim result, and how much longer than making one the time between two is. */
const firstInterim = 2000;
const patience = 10;

/**
 * GAN Dissection (Bau et al. 2019; gandissect netdissect/dissection.py): which units of which layers are on where which
 * concept is. Samples are looked at twice: a few for the range of each unit's activations, then all of them to count; memory
 * does not grow with their number.
 * @throws GanvasError `invalid-dissection` for an unknown layer or no sample, `invalid-seed`, `class-missing`,
 *   `class-out-of-range`, `cancelled`; those of `Engine.compile`
 */
export async function dissect(
  engine: Engine,
  generator: Generator,
  concepts: ConceptReader,
  settings: DissectionSettings,
  options: DissectionOptions = {},
): Promise<Dissection> {
  checkSampling(settings, generator);
  const layers = chosenLayers(generator, settings.layers);
  checkNotCancelled(options.signal);
  const sampler = await FeatureSampler.compile(engine, generator, layers, concepts, settings.class);
  try {
    const tallies = await startTallies(sampler, layers, concepts, settings, options.signal);
    return await count(sampler, tallies, concepts, settings, options);
  } finally {
    sampler.dispose();
  }
}

async function startTallies(
  sampler: FeatureSampler,
  layers: readonly FeatureLayer[],
  concepts: ConceptReader,
  { samples, seed }: DissectionSettings,
  signal: AbortSignal | undefined,
): Promise<UnitTally[]> {
  const units = layers.reduce((sum, { channels }) => sum + channels, 0);
  const perBin = units * concepts.concepts.length * 4;
  const bins = Math.max(fewestBins, Math.min(mostBins, Math.floor(mostBytes / perBin)));
  const looked = Math.min(samples, rangeSamples);
  const ranges = layers.map(({ channels }) => new UnitRanges(channels, looked, units));
  for await (const batch of sampler.batches(looked, seed)) {
    checkNotCancelled(signal);
    ranges.forEach((range, index) => range.add(at(batch.features, index), batch.samples));
  }
  return layers.map(
    (layer, index) =>
      new UnitTally(
        layer,
        at(ranges, index).ranges(),
        bins,
        concepts.concepts.length,
        concepts.size,
        sideOf(layer, concepts),
      ),
  );
}

async function count(
  sampler: FeatureSampler,
  tallies: readonly UnitTally[],
  { concepts }: ConceptReader,
  { samples, seed }: DissectionSettings,
  { signal, onProgress, onInterim }: DissectionOptions,
): Promise<Dissection> {
  const pixels = new Float64Array(concepts.length);
  const result = (done: number): Dissection => resultOf(tallies, concepts, pixels, done);
  let done = 0;
  let nextInterim = performance.now() + firstInterim;
  onProgress?.(0, samples);
  for await (const batch of sampler.batches(samples, seed)) {
    checkNotCancelled(signal);
    addBatch(tallies, pixels, batch);
    done += batch.samples;
    onProgress?.(done, samples);
    if (onInterim === undefined || done === samples || performance.now() < nextInterim) continue;
    const start = performance.now();
    onInterim(result(done));
    nextInterim = performance.now() + Math.max(firstInterim, patience * (performance.now() - start));
  }
  return result(done);
}

function addBatch(tallies: readonly UnitTally[], pixels: Float64Array, batch: FeatureBatch): void {
  tallies.forEach((tally, index) => tally.add(at(batch.features, index), batch.labels, batch.samples));
  for (const label of batch.labels) pixels[label] = (pixels[label] ?? 0) + 1;
}

function resultOf(
  tallies: readonly UnitTally[],
  concepts: readonly string[],
  pixels: Float64Array,
  samples: number,
): Dissection {
  const all = pixels.reduce((sum, count) => sum + count, 0);
  return {
    concepts,
    samples,
    areas: Float64Array.from(pixels, (count) => count / all),
    layers: tallies.map((tally) => ({
      layer: tally.layer,
      agreements: layerAgreements(tally),
      high: Float64Array.from(tally.ranges, (_, unit) => highActivation(tally, unit)),
      present: meansWherePresent(tally),
    })),
  };
}

/** @throws GanvasError `concept-missing` for a concept that a dissection does not know */
export function conceptIndex(concepts: readonly string[], concept: string): number {
  const index = concepts.indexOf(concept);
  if (index >= 0) return index;
  throw new GanvasError(
    'concept-missing',
    `There is no concept ${JSON.stringify(concept)}. Expected one of ${concepts.join(', ')}.`,
    { concept },
  );
}
