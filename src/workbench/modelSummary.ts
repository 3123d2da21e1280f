import type { RecognisedGenerator } from '../checkpoints/recognisedGenerator.js';
import type { Generator } from '../models/generator.js';
import type { ModelLacks, ModelSummary } from './api.js';
import { sefaWeightsOf } from './sefaWeights.js';

/** What the faces are told of a generator: its sizes, what it offers, and why it does not offer the rest. */
export function modelSummary(
  recognised: RecognisedGenerator,
  source: Pick<ModelSummary, 'name' | 'hash' | 'network' | 'generators'>,
): ModelSummary {
  const { generator, notes } = recognised;
  const { family, resolution, imgChannels, zDim, wDim, numWs, cDim } = generator;
  const { latentSpaces, canTruncate, takesTransform } = generator;
  return {
    ...source,
    family,
    resolution,
    imgChannels,
    zDim,
    wDim,
    numWs,
    cDim,
    latentSpaces,
    parameters: generator.parameterCount,
    layers: generator.wLayers,
    canTruncate,
    psiRange: psiRangeOf(generator),
    takesTransform,
    lacks: lacksOf(recognised),
    notes,
  };
}

/** Statistics are stored for psi from 0 to 1 (pytorch-pretrained-BigGAN, model.py: BigGANBatchNorm). */
function psiRangeOf(generator: Generator): readonly [number, number] | null {
  return generator.statisticsOf(1) === null ? null : [0, 1];
}

function lacksOf(recognised: RecognisedGenerator): ModelLacks {
  const { canTruncate, latentSpaces, noiseMaps, takesTransform } = recognised.generator;
  const hasMapping = latentSpaces.includes('w');
  const noAverage = hasMapping
    ? 'This file holds no average w (w_avg) to come closer to, so ψ stays at 1.'
    : 'This generator has no mapping network, and so no average w to come closer to: ψ stays at 1.';
  return {
    truncation: canTruncate ? null : noAverage,
    noise: noiseMaps.length > 0 ? null : 'This generator has no noise inputs: a latent always gives the same picture.',
    sefa:
      sefaWeightsOf(recognised) === null
        ? 'SeFa reads the weights that the latent meets first in each layer, and this generator has none of that form.'
        : null,
    mapping: hasMapping ? null : 'This generator has no mapping network, so z is the only space there is.',
    transform: takesTransform ? null : 'Only StyleGAN3 can move its picture.',
  };
}
