/** GANSpace on activations: components of a layer's feature maps, and the latent that goes with each. */
import type { Engine } from '../engine/engine.js';
import { GanvasError } from '../engine/errors.js';
import { constantTensor } from '../engine/tensor.js';
import type { Direction } from '../latent/direction.js';
import { LatentDraws } from '../latent/latentDraws.js';
import { featureLayersOf, type FeatureLayer } from '../models/featureLayers.js';
import type { Generator } from '../models/generator.js';
import { mul, sub } from '../ops/binary.js';
import { matmul } from '../ops/matmul.js';
import { FeatureStream, type FeatureRows } from './featureStream.js';
import {
  checkGoesOn,
  ganspaceDirections,
  InterimClock,
  invalidRequest,
  type GanspaceRequest,
} from './ganspaceRequest.js';
import { IncrementalPca, type IncrementalPcaSizes } from './incrementalPca.js';
import { LatentRegression } from './latentRegression.js';
import { orientedUnit } from './orientedUnit.js';
import type { PrincipalComponents } from './principalComponents.js';

/** Components that are kept from batch to batch, as many as the official code's (config.py: c). */
const keptComponents = 80;
/**
 * Rows of a batch. The official 2000 cost an eigenproblem of 2081 rows each time, a minute here; the smaller ones cost less a
 * sample, and approximate as well while they are several times the components.
 */
const usualBatch = 320;
/** Samples of the regression: as many as were decomposed, at most as many as the official code takes at least. */
const mostRegressed = 10_000;
/** Latents whose deviation along a direction is measured (decomposition.py: compute). */
const mostMeasured = 5000;
/** Components that vary less than this part of the strongest are rounding: variances are sums of f32 squares. */
const smallestStdev = 1e-3;

/**
 * @throws GanvasError `feature-layer-missing`, `ganspace-layer-too-large`, `invalid-ganspace-request`, `cancelled`,
 * `class-missing`, and of `Engine.compile`
 */
export async function directionsOfFeatures(
  engine: Engine,
  generator: Generator,
  request: GanspaceRequest,
): Promise<Direction[]> {
  const layer = findLayer(generator, request.at);
  const draws = new LatentDraws(generator, request.seed);
  const components = await componentsOfFeatures(engine, generator, request, layer, draws);
  return regressed(engine, generator, request, layer, draws, components);
}

function findLayer(generator: Generator, name: string | null): FeatureLayer {
  const layers = featureLayersOf(generator);
  const found = layers.find((layer) => layer.name === name);
  if (found !== undefined) return found;
  throw new GanvasError(
    'feature-layer-missing',
    `This model has no feature layer ${String(name)}. Expected one of ${layers.map((layer) => layer.name).join(', ')}.`,
    { layer: String(name) },
  );
}

async function componentsOfFeatures(
  engine: Engine,
  generator: Generator,
  request: GanspaceRequest,
  layer: FeatureLayer,
  draws: LatentDraws,
): Promise<PrincipalComponents> {
  const { samples, onProgress, onInterim } = request;
  const sizes = pcaSizes(engine, generator, request, layer);
  const stream = await FeatureStream.compile(engine, generator, { layer, class: request.class });
  const pca = await disposeOnFailure(stream, () => IncrementalPca.compile(engine, sizes));
  const interim = new InterimClock(1);
  try {
    for (let done = 0; done < samples;) {
      const rows = await stream.next(draws, Math.min(sizes.batch, samples - done), () => checkGoesOn(request));
      await pca.add(rows.values);
      done += rows.count;
      onProgress?.(done, samples + regressedSamples(request));
      // A batch smaller than its coordinates determines no regression.
      if (onInterim === undefined || rows.count < 2 * request.count || !interim.isDue(done)) continue;
      onInterim(interimDirections(pca.components(), rows, generator, request), done);
    }
    return strongest(pca.components(), request.count);
  } finally {
    pca.dispose();
    stream.dispose();
  }
}

/** Regression on fresh latents, whose coordinates are computed on the GPU. */
async function regressed(
  engine: Engine,
  generator: Generator,
  request: GanspaceRequest,
  layer: FeatureLayer,
  draws: LatentDraws,
  components: PrincipalComponents,
): Promise<Direction[]> {
  const { vectors, stdev, mean } = components;
  const dim = mean.length;
  const basis = constantTensor(
    'components',
    [vectors.length, dim],
    vectors.flatMap((vector) => [...vector]),
  );
  const middle = constantTensor('mean', [1, dim], mean);
  const scale = constantTensor(
    '1 / stdev',
    [1, vectors.length],
    stdev.map((value) => 1 / value),
  );
  const stream = await FeatureStream.compile(engine, generator, {
    layer,
    class: request.class,
    read: (features) => mul(matmul(sub(features, middle), basis, { transposeB: true }), scale),
  });
  try {
    const count = regressedSamples(request);
    const portion = 4 * group(generator);
    const regression = new LatentRegression(vectors.length, latentWidth(generator));
    const measured: Float32Array[] = [];
    for (let done = 0; done < count;) {
      const rows = await stream.next(draws, Math.min(portion, count - done), () => checkGoesOn(request));
      regression.add(rows.values, rows.latents, rows.count);
      if (done < mostMeasured) measured.push(rows.latents);
      done += rows.count;
      request.onProgress?.(request.samples + done, request.samples + count);
    }
    return directionsOf(components, regression, measured, generator, request);
  } finally {
    stream.dispose();
  }
}

/** What a single batch says: its coordinates are taken on the CPU. */
function interimDirections(
  all: PrincipalComponents,
  { count, values, latents }: FeatureRows,
  generator: Generator,
  request: GanspaceRequest,
): Direction[] {
  const components = strongest(all, request.count);
  const { vectors, stdev, mean } = components;
  const coordinates = new Float32Array(count * vectors.length);
  for (let row = 0; row < count; row++) {
    vectors.forEach((vector, k) => {
      let sum = 0;
      for (let i = 0; i < vector.length; i++) {
        sum += ((values[row * vector.length + i] ?? 0) - (mean[i] ?? 0)) * (vector[i] ?? 0);
      }
      coordinates[row * vectors.length + k] = sum / (stdev[k] ?? 1);
    });
  }
  const regression = new LatentRegression(vectors.length, latentWidth(generator));
  regression.add(coordinates, latents, count);
  return directionsOf(components, regression, [latents], generator, request);
}

function directionsOf(
  { stdev, varianceRatio }: PrincipalComponents,
  regression: LatentRegression,
  latents: readonly Float32Array[],
  generator: Generator,
  request: GanspaceRequest,
): Direction[] {
  const vectors = regression.solution().map(orientedUnit);
  const latentStdev = vectors.map((vector) => deviationAlong(vector, latents));
  return ganspaceDirections({ vectors, stdev, varianceRatio, latentStdev }, generator, request);
}

/** Standard deviation of the latents along a unit vector. */
function deviationAlong(vector: Float64Array, portions: readonly Float32Array[]): number {
  let [count, mean, squares] = [0, 0, 0];
  for (const latents of portions) {
    for (let start = 0; start < latents.length; start += vector.length) {
      let value = 0;
      for (let k = 0; k < vector.length; k++) value += (latents[start + k] ?? 0) * (vector[k] ?? 0);
      const away = value - mean;
      count += 1;
      mean += away / count;
      squares += away * (value - mean);
    }
  }
  return Math.sqrt(squares / Math.max(count, 1));
}

/** The first components, as far as they are more than rounding. */
function strongest({ mean, vectors, stdev, varianceRatio }: PrincipalComponents, count: number): PrincipalComponents {
  const least = smallestStdev * (stdev[0] ?? 0);
  const real = stdev.findIndex((value) => !(value > least));
  const kept = Math.min(count, real === -1 ? stdev.length : real);
  if (kept === 0) {
    throw new GanvasError(
      'ganspace-not-possible',
      'The activations of this layer are the same for every latent. Choose another layer.',
    );
  }
  return {
    mean,
    vectors: vectors.slice(0, kept),
    stdev: stdev.slice(0, kept),
    varianceRatio: varianceRatio.slice(0, kept),
  };
}

/** @throws GanvasError `ganspace-layer-too-large`, `invalid-ganspace-request` */
function pcaSizes(
  { device }: Engine,
  generator: Generator,
  { count, samples }: GanspaceRequest,
  { name, channels, resolution }: FeatureLayer,
): IncrementalPcaSizes {
  const dim = channels * resolution ** 2;
  if (count > dim)
    throw invalidRequest(
      `${count} directions were asked for. The layer ${name} has ${dim} numbers, and no more components.`,
    );
  const fitting = Math.floor(device.limits.maxStorageBufferBindingSize / (4 * dim));
  const kept = Math.min(Math.max(count, keptComponents), dim, samples);
  const wanted = Math.min(Math.max(usualBatch, 3 * kept), samples);
  const batch = Math.min(wanted, fitting - kept - 1);
  if (batch >= kept) return { dim, count: kept, batch: wholePictures(batch, kept, generator) };
  throw new GanvasError(
    'ganspace-layer-too-large',
    `${kept} components of ${name}, ${dim} numbers each, and as many activations take more than this graphics card binds at once. Choose an earlier layer.`,
    { dim, fitting },
  );
}

/** Eight pictures of 64², however many the adapter makes at a time: components do not depend on it. */
const group = ({ resolution }: Generator): number => Math.max(1, Math.floor((8 * 64 ** 2) / resolution ** 2));

/** No part of a batch of pictures is made in vain, unless the batch is that small. */
function wholePictures(batch: number, least: number, generator: Generator): number {
  const whole = batch - (batch % group(generator));
  return whole >= least ? whole : batch;
}

const regressedSamples = ({ samples }: GanspaceRequest): number => Math.min(samples, mostRegressed);

const latentWidth = ({ latentSpaces, wDim, zDim }: Generator): number => (latentSpaces.includes('w') ? wDim : zDim);

async function disposeOnFailure<T>(held: { dispose(): void }, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    held.dispose();
    throw error;
  }
}
