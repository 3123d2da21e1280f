import type { Checkpoint, StoredNetwork } from '../checkpoints/checkpoint.js';
import { layersFileKey } from '../checkpoints/generatorFamily.js';
import { modelHash } from '../checkpoints/modelHash.js';
import { chooseGenerator } from '../checkpoints/generatorChoice.js';
import { withName } from '../checkpoints/namedErrors.js';
import { recogniseAs, type RecognisedGenerator } from '../checkpoints/recognisedGenerator.js';
import { looksLikeSafetensors, readSafetensors } from '../checkpoints/safetensors.js';
import { stylegan2Family } from '../checkpoints/stylegan2Layout.js';
import type { ModelSummary } from './api.js';
import { modelSummary } from './modelSummary.js';

/** A checkpoint that has been read and understood, before any GPU is involved. */
export interface OpenedCheckpoint extends RecognisedGenerator {
  readonly checkpoint: Checkpoint;
  /** The network that was chosen. */
  readonly network: StoredNetwork;
  readonly summary: ModelSummary;
}

/** What is said of a checkpoint beside its bytes. */
export interface CheckpointOptions {
  /**
   * The text of a JSON file that came with it and says what the weights do not: a `layers.json`, or a `config.json` of
   * BigGAN-deep.
   */
  readonly description?: string | null;
  /** Name of the network to run; by default what `chooseGenerator` takes, averaged weights first. */
  readonly network?: string | null;
}

/**
 * Reads and recognises a checkpoint.
 * @throws GanvasError `checkpoint-network-missing`, those of the readers (`checkpoint-…`, `pickle-…`), of
 * `recogniseGenerator` and `recogniseWithLayers`.
 */
export async function openCheckpoint(
  bytes: Uint8Array,
  name: string,
  { description = null, network: wanted = null }: CheckpointOptions = {},
): Promise<OpenedCheckpoint> {
  const checkpoint = await read(bytes, name);
  const network = chooseGenerator(checkpoint, wanted, description !== null);
  const recognised = await recognise(checkpoint, network, description);
  const summary = modelSummary(recognised, {
    name,
    hash: await modelHash(recognised.tensors, recognised.hashedText),
    network: network.name,
    generators: await generatorsOf(checkpoint, network),
  });
  return { ...recognised, checkpoint, network, summary };
}

/** A file of one network is told at once. */
async function generatorsOf(checkpoint: Checkpoint, chosen: StoredNetwork): Promise<readonly string[]> {
  if (checkpoint.networks.length === 1) return [chosen.name];
  const { generatorNames } = await import('../checkpoints/recognise.js');
  return generatorNames(checkpoint, chosen);
}

/** The format of the bundled model at once; the readers of all others are loaded when one of their files is opened. */
async function read(bytes: Uint8Array, name: string): Promise<Checkpoint> {
  if (looksLikeSafetensors(bytes)) return withName(name, () => readSafetensors(bytes));
  const { readCheckpoint } = await import('../checkpoints/open.js');
  return readCheckpoint(bytes, name);
}

/** The family of the bundled model at once; what it takes to tell all the others is loaded when one is opened. */
async function recognise(
  checkpoint: Checkpoint,
  network: StoredNetwork,
  description: string | null,
): Promise<RecognisedGenerator> {
  if (description !== null) {
    const { recogniseWithLayers } = await import('../checkpoints/layersFileRecognition.js');
    return recogniseWithLayers(checkpoint, network, description);
  }
  const isDescribed = checkpoint.metadata[layersFileKey] !== undefined;
  if (!isDescribed && stylegan2Family.recognises(network)) return recogniseAs(stylegan2Family, checkpoint, network);
  const { recogniseGenerator } = await import('../checkpoints/recognise.js');
  return recogniseGenerator(checkpoint, network);
}
