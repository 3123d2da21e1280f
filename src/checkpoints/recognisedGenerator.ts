import type { Generator } from '../models/generator.js';
import type { Weights } from '../models/weights.js';
import type { Checkpoint, StoredNetwork, StoredTensor } from './checkpoint.js';
import { checkedTensors, weightsOf } from './checkedWeights.js';
import type { GeneratorDescription, GeneratorFamilyReader } from './generatorFamily.js';
import { ignoredNotes, inertNotes } from './notes.js';
import { isTranslated, type TensorOrigin } from './translatedNetwork.js';

/** A generator ready to be traced, and how it was told what it is. */
export interface RecognisedGenerator {
  readonly generator: Generator;
  /** The tensors that it uses, by the names that it reads them under. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Where in the file those came from that are not stored as they are read. */
  readonly origins: ReadonlyMap<string, TensorOrigin>;
  /** The leaves of the generator's graphs that hold those tensors, to differentiate with respect to them. */
  readonly weights: Weights;
  /** The configuration as plain values, for people to read. */
  readonly config: Readonly<Record<string, string | number | boolean | null>>;
  /** What a converted file must state beside the tensors to make the same pictures. */
  readonly metadata: Readonly<Record<string, string>>;
  /** For `modelHash`: what was said of the network beside its tensors and changes its pictures; null for nothing. */
  readonly hashedText: string | null;
  /** What was recognised, ignored or inert, in sentences. */
  readonly notes: readonly string[];
}

/**
 * A network of a known family.
 * @throws GanvasError `weights-missing`, `weights-shape` or `weights-not-finite` naming the tensor; those of `describe`
 */
export function recogniseAs(
  { describe }: GeneratorFamilyReader,
  checkpoint: Checkpoint,
  network: StoredNetwork,
): RecognisedGenerator {
  const description = describe(network, checkpoint.metadata, tensorsBeside(checkpoint, network));
  return describedGenerator(checkpoint, network, description);
}

/**
 * Checks every weight and builds the generator.
 * @param stored the network as it is in the file
 * @throws GanvasError `weights-missing`, `weights-shape` or `weights-not-finite` naming the tensor
 */
export function describedGenerator(
  checkpoint: Checkpoint,
  stored: StoredNetwork,
  description: GeneratorDescription,
): RecognisedGenerator {
  const tensors = checkedTensors(description.network, description.shapes, 'from the other weights');
  const weights = weightsOf(tensors);
  const origins = isTranslated(description.network) ? description.network.origins : new Map<string, TensorOrigin>();
  const namesInFile = [...tensors.keys()].map((name) => origins.get(name)?.from ?? name);
  return {
    generator: description.build(weights),
    tensors,
    origins,
    weights,
    config: description.config,
    metadata: description.metadata,
    hashedText: description.hashedText ?? null,
    notes: [...description.notes, ...ignoredNotes(stored, new Set(namesInFile)), ...inertNotes(checkpoint)],
  };
}

/** Readers gather what lies loose at the top of a file under the empty name. */
export function tensorsBeside({ networks }: Checkpoint, network: StoredNetwork): ReadonlyMap<string, StoredTensor> {
  const loose = networks.find(({ name }) => name === '');
  return loose === undefined || loose.name === network.name ? new Map() : loose.tensors;
}
