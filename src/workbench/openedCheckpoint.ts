import type { Checkpoint, StoredNetwork } from '../checkpoints/checkpoint.js';
import { modelHash } from '../checkpoints/modelHash.js';
import { chooseGenerator, readCheckpoint } from '../checkpoints/open.js';
import { recogniseGenerator, type RecognisedGenerator } from '../checkpoints/recognise.js';
import { readTensor } from '../checkpoints/storedTensor.js';
import { sefaAffine, type LayerWeight } from '../discovery/sefa.js';
import type { ModelSummary } from './api.js';

/** A checkpoint that has been read and understood, before any GPU is involved. */
export interface OpenedCheckpoint extends RecognisedGenerator {
  readonly checkpoint: Checkpoint;
  /** The network that was chosen. */
  readonly network: StoredNetwork;
  readonly summary: ModelSummary;
}

/**
 * Reads and recognises a checkpoint.
 * @throws GanvasError of the readers (`checkpoint-…`, `pickle-…`) and of `recogniseGenerator`.
 */
export async function openCheckpoint(bytes: Uint8Array, name: string): Promise<OpenedCheckpoint> {
  const checkpoint = readCheckpoint(bytes, name);
  const network = chooseGenerator(checkpoint);
  const recognised = recogniseGenerator(checkpoint, network);
  const { generator, tensors, notes } = recognised;
  const { family, resolution, imgChannels, zDim, wDim, numWs, cDim, canTruncate } = generator;
  const summary: ModelSummary = {
    name,
    family,
    resolution,
    imgChannels,
    zDim,
    wDim,
    numWs,
    cDim,
    parameters: generator.parameterCount,
    hash: await modelHash(tensors),
    layers: generator.wLayers,
    canTruncate,
    notes,
  };
  return { ...recognised, checkpoint, network, summary };
}

/** The affine that stands for each index of W+ in SeFa. */
export function layerWeightsOf({ generator, tensors }: OpenedCheckpoint): LayerWeight[] {
  return generator.wLayers.map(({ index, names }) => {
    const stored = tensors.get(generator.affineWeightName(sefaAffine(names)));
    const [outFeatures, inFeatures] = stored?.shape ?? [];
    if (stored === undefined || outFeatures === undefined || inFeatures === undefined) {
      throw new RangeError(`internal: layer ${index} has no affine`);
    }
    return { layer: index, outFeatures, inFeatures, weight: readTensor(stored) };
  });
}
