import type { RecognisedGenerator } from '../checkpoints/recognisedGenerator.js';
import { readTensor } from '../checkpoints/storedTensor.js';
import type { StoredTensor } from '../checkpoints/checkpoint.js';
import { translateTensor } from '../checkpoints/translatedNetwork.js';
import { sefaAffine, type LayerWeight, type SefaRequest } from '../discovery/sefa.js';
import { GanvasError } from '../engine/errors.js';
import { at } from '../engine/shape.js';
import type { WLayer } from '../models/generator.js';
import type { ModelSummary } from './api.js';

/** What SeFa factorises: a weight for every layer of W+, not read from the file before it is asked for. */
export interface SefaWeights extends Pick<SefaRequest, 'space'> {
  readonly read: () => LayerWeight[];
}

/**
 * A request for all but its layers and count.
 * @throws GanvasError `sefa-not-possible`
 */
export function sefaRequestOf(
  model: RecognisedGenerator & { readonly summary: ModelSummary },
): Omit<SefaRequest, 'layers' | 'count'> {
  const { summary } = model;
  const weights = sefaWeightsOf(model);
  if (weights === null) throw new GanvasError('sefa-not-possible', summary.lacks.sefa ?? 'SeFa is not possible.');
  const { space, read } = weights;
  return { space, layerWeights: read(), modelHash: summary.hash };
}

/** The weight that stands for a layer, and the axis that runs along the latent. */
interface FoundWeight {
  readonly layer: number;
  readonly stored: StoredTensor;
  readonly latentAxis: number;
}

/**
 * Null unless every layer has a weight that reads the whole latent. Where z is the only space, numbers that a layer reads
 * behind z, such as an embedded class (BigGAN), do not count: no direction moves them.
 */
export function sefaWeightsOf(recognised: RecognisedGenerator): SefaWeights | null {
  const { latentSpaces, wLayers, wDim, zDim, numWs } = recognised.generator;
  const found = wLayers.map((layer) => weightOfLayer(recognised, layer));
  const complete = found.filter((weight) => weight !== null);
  if (complete.length !== numWs) return null;
  if (complete.some(({ stored, latentAxis }) => stored.shape[latentAxis] !== wDim)) return null;
  const space = latentSpaces.includes('w') ? 'w' : 'z';
  const inFeatures = space === 'w' ? wDim : zDim;
  return { space, read: () => complete.map((weight) => readWeight(weight, inFeatures)) };
}

function weightOfLayer({ generator, tensors }: RecognisedGenerator, { index, names }: WLayer): FoundWeight | null {
  const latentWeight = generator.latentWeight(sefaAffine(names));
  const stored = latentWeight === null ? undefined : tensors.get(latentWeight.name);
  if (latentWeight === null || stored === undefined) return null;
  return { layer: index, stored, latentAxis: latentWeight.latentAxis };
}

/** The weight as [what it leads to, the first `inFeatures` numbers of the latent]. */
function readWeight({ layer, stored, latentAxis }: FoundWeight, inFeatures: number): LayerWeight {
  const others = stored.shape.map((_, axis) => axis).filter((axis) => axis !== latentAxis);
  const whole = readTensor(translateTensor(stored, { permute: [...others, latentAxis] }));
  const width = at(stored.shape, latentAxis);
  const outFeatures = whole.length / width;
  if (width === inFeatures) return { layer, outFeatures, inFeatures, weight: whole };
  const weight = new Float32Array(outFeatures * inFeatures);
  for (let row = 0; row < outFeatures; row++) {
    weight.set(whole.subarray(row * width, row * width + inFeatures), row * inFeatures);
  }
  return { layer, outFeatures, inFeatures, weight };
}
