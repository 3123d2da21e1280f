import { GanvasError } from '../engine/errors.js';
import type { Generator } from '../models/generator.js';
import { StyleGan2 } from '../models/stylegan2.js';
import type { Weights } from '../models/weights.js';
import { auxiliaryKind } from './auxiliary.js';
import type { Checkpoint, StoredNetwork, StoredTensor } from './checkpoint.js';
import { checkedTensors, weightsOf } from './checkedWeights.js';
import { ignoredNotes, inertNotes } from './notes.js';
import { describeStyleGan2, generatorMetadata, isStyleGan2 } from './stylegan2Layout.js';

/** A generator ready to be traced, and how it was told what it is. */
export interface RecognisedGenerator {
  readonly generator: Generator;
  /** The tensors that it uses, by their names in the reference. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** The leaves of the generator's graphs that hold those tensors, to differentiate with respect to them. */
  readonly weights: Weights;
  /** The configuration as plain values, for people to read. */
  readonly config: Readonly<Record<string, string | number | null>>;
  /** What a converted file must state beside the tensors to make the same pictures. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What was recognised, ignored or inert, in sentences. */
  readonly notes: readonly string[];
}

/**
 * Finds family and configuration from structure and shapes, and checks every weight.
 * @throws GanvasError `unsupported-architecture` naming the key that no supported family has, `weights-missing`,
 * `weights-shape` or `weights-not-finite` naming the tensor.
 */
export function recogniseGenerator(checkpoint: Checkpoint, network: StoredNetwork): RecognisedGenerator {
  if (!isStyleGan2(network)) throw unsupported(checkpoint, network);
  const description = describeStyleGan2(network, checkpoint.metadata);
  const tensors = checkedTensors(network, description.shapes, 'from the other weights');
  const weights = weightsOf(tensors);
  return {
    generator: new StyleGan2(description.config, weights),
    tensors,
    weights,
    config: { ...description.config },
    metadata: generatorMetadata(description.config),
    notes: [...description.notes, ...ignoredNotes(network, tensors), ...inertNotes(checkpoint)],
  };
}

function unsupported(checkpoint: Checkpoint, network: StoredNetwork): GanvasError {
  const auxiliary = auxiliaryKind(checkpoint);
  if (auxiliary) {
    return new GanvasError(
      'unsupported-architecture',
      `This is ${auxiliary.description}, and not a generator. \`ganvas invert\` takes it with ${auxiliary.option}.`,
      { option: auxiliary.option },
    );
  }
  const keys = [...network.tensors.keys()];
  const telling = keys.find((key) => key.startsWith('synthesis.') && !/^synthesis\.b\d+\./.test(key)) ?? keys[0] ?? '';
  const name = network.className === null ? 'This network' : `This network (${network.className})`;
  return new GanvasError(
    'unsupported-architecture',
    `${name} is not a StyleGAN2 generator: it has \`${telling}\`, and none of the \`synthesis.b4.const\`, \`synthesis.b8.conv0.weight\` … of that family. Other families are not supported yet.`,
    { key: telling, tensors: keys.length },
  );
}
