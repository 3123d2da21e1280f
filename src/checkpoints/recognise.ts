import { GanvasError } from '../engine/errors.js';
import { formatShape, sameShape, type Shape } from '../engine/shape.js';
import { parameterTensor, type Tensor } from '../engine/tensor.js';
import type { Generator } from '../models/generator.js';
import { StyleGan2 } from '../models/stylegan2.js';
import type { Weights } from '../models/weights.js';
import type { Checkpoint, StoredNetwork, StoredTensor } from './checkpoint.js';
import { elementCount, readTensor } from './storedTensor.js';
import { describeStyleGan2, generatorMetadata, isStyleGan2, type StyleGan2Description } from './stylegan2Layout.js';

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
  if (!isStyleGan2(network)) throw unsupported(network);
  const description = describeStyleGan2(network, checkpoint.metadata);
  const tensors = checkedTensors(network, description);
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

function unsupported(network: StoredNetwork): GanvasError {
  const keys = [...network.tensors.keys()];
  const telling = keys.find((key) => key.startsWith('synthesis.') && !/^synthesis\.b\d+\./.test(key)) ?? keys[0] ?? '';
  const name = network.className === null ? 'This network' : `This network (${network.className})`;
  return new GanvasError(
    'unsupported-architecture',
    `${name} is not a StyleGAN2 generator: it has \`${telling}\`, and none of the \`synthesis.b4.const\`, \`synthesis.b8.conv0.weight\` … of that family. Other families are not supported yet.`,
    { key: telling, tensors: keys.length },
  );
}

/** The expected tensors, each of the expected shape and finite. */
function checkedTensors(network: StoredNetwork, { shapes }: StyleGan2Description): Map<string, StoredTensor> {
  const found = new Map<string, StoredTensor>();
  for (const [name, expected] of shapes) {
    const tensor = network.tensors.get(name);
    if (tensor === undefined) {
      throw new GanvasError(
        'weights-missing',
        `The tensor \`${name}\` is missing; ${formatShape(expected)} was expected.`,
        {
          key: name,
        },
      );
    }
    checkTensor(name, tensor, expected);
    found.set(name, tensor);
  }
  return found;
}

function checkTensor(name: string, tensor: StoredTensor, expected: Shape): void {
  if (!sameShape(tensor.shape, expected)) {
    throw new GanvasError(
      'weights-shape',
      `The tensor \`${name}\` is ${formatShape(tensor.shape)}; ${formatShape(expected)} was expected from the other weights.`,
      { key: name, found: formatShape(tensor.shape), expected: formatShape(expected) },
    );
  }
  const bad = readTensor(tensor).findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new GanvasError(
      'weights-not-finite',
      `The tensor \`${name}\` holds a value that is not a finite number (element ${bad}). The file is damaged, or training diverged.`,
      { key: name, element: bad },
    );
  }
}

/** One parameter a tensor, made once, so that every program shares its upload. */
function weightsOf(tensors: ReadonlyMap<string, StoredTensor>): Weights {
  const parameters = new Map<string, Tensor>();
  let count = 0;
  for (const [name, stored] of tensors) {
    parameters.set(name, parameterTensor({ name, shape: stored.shape, load: () => readTensor(stored) }));
    if (isTrained(name)) count += elementCount(stored.shape);
  }
  const find = (name: string): Tensor | null => parameters.get(name) ?? null;
  return {
    count,
    find,
    get: (name) => {
      const tensor = find(name);
      if (tensor === null) throw new RangeError(`internal: weight ${name} was not checked`);
      return tensor;
    },
  };
}

/** Buffers of the reference are stored beside the parameters, but not trained. */
function isTrained(name: string): boolean {
  return !/\.(noise_const|resample_filter|w_avg)$/.test(name);
}

function ignoredNotes(network: StoredNetwork, used: ReadonlyMap<string, StoredTensor>): string[] {
  const ignored = [...network.tensors.keys()].filter((name) => !used.has(name));
  if (ignored.length === 0) return [];
  const shown = ignored.slice(0, 3).map((name) => `\`${name}\``);
  const more = ignored.length - shown.length;
  return [
    `Ignored ${ignored.length} tensors that the generator does not use: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`,
  ];
}

function inertNotes({ inertGlobals }: Checkpoint): string[] {
  if (inertGlobals.length === 0) return [];
  const names = inertGlobals.slice(0, 5).map((name) => `\`${name}\``);
  return [`The file names ${names.join(', ')}. ganvas never runs code from a file; they were left out.`];
}
