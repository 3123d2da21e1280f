import { GanvasError } from '../engine/errors.js';
import { formatShape, type Shape } from '../engine/shape.js';
import { LayeredNetwork, type Layer } from '../models/layeredNetwork.js';
import { LayeredGenerator } from '../models/layeredNetworkGenerator.js';
import type { Weights } from '../models/weights.js';
import type { StoredNetwork, StoredTensor } from './checkpoint.js';
import { checkedTensors, weightsOf } from './checkedWeights.js';
import { withoutDataParallel } from './dataParallel.js';
import { layersFileKey, type GeneratorDescription } from './generatorFamily.js';
import { parseLayersFile, type LayersFile, type LayersKind } from './layersFile.js';
import { shapeOf } from './networkReading.js';

/**
 * A generator as its layers file describes it.
 * @throws GanvasError `layers-file-invalid`, `layers-shape` naming the layer, `weights-missing` naming the tensor
 */
export function describeLayers(network: StoredNetwork, text: string): GeneratorDescription {
  const file = parseLayersFile(text, network);
  if (file.kind !== 'generator') {
    throw new GanvasError(
      'unsupported-architecture',
      `The layers file describes a ${file.kind}. Expected a generator, which makes pictures of latents.`,
      { kind: file.kind },
    );
  }
  const shapes = shapesOf(network, file);
  const build = (weights: Weights): LayeredGenerator =>
    new LayeredGenerator(new LayeredNetwork(file, weights), weights.count);
  const { zDim, resolution, imgChannels } = build(shapesOnly(shapes));
  const plainText = JSON.stringify(JSON.parse(text));
  return {
    config: { zDim, resolution, imgChannels, layers: file.layers.length },
    shapes,
    network,
    metadata: { [layersFileKey]: plainText },
    hashedText: plainText,
    build,
    notes: [
      `A generator of ${file.layers.length} layers at ${resolution}×${resolution}, z ${zDim}, ${imgChannels} image channels, as its layers file describes it.`,
    ],
  };
}

/** A described network of any kind, ready to be traced. */
export interface RecognisedLayers {
  readonly kind: LayersKind;
  readonly network: LayeredNetwork;
  /** Names of a predictor's numbers, as its file gives them; null where it gives none. */
  readonly attributes: readonly string[] | null;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly weights: Weights;
}

/**
 * A predictor, segmenter, encoder or generator by its layers file. A predictor makes [attributes] of a picture, an encoder
 * [latent], a segmenter [classes, height, width].
 * @throws GanvasError `layers-file-invalid`, `layers-shape` naming the layer, `weights-missing` or `weights-not-finite`
 * naming the tensor
 */
export function recogniseLayeredNetwork(stored: StoredNetwork, text: string): RecognisedLayers {
  const network = withoutDataParallel(stored);
  const file = parseLayersFile(text, network);
  const shapes = shapesOf(network, file);
  checkOutput(file, new LayeredNetwork(file, shapesOnly(shapes)));
  const tensors = checkedTensors(network, shapes, 'by the layers file');
  const weights = weightsOf(tensors);
  const { kind, attributes } = file;
  return { kind, network: new LayeredNetwork(file, weights), attributes, tensors, weights };
}

const outputs: Readonly<Record<LayersKind, { readonly rank: number; readonly words: string }>> = {
  generator: { rank: 3, words: 'a picture, [channels, height, width]' },
  segmenter: { rank: 3, words: 'a map for each class, [classes, height, width]' },
  predictor: { rank: 1, words: 'a number for each attribute, [attributes]' },
  encoder: { rank: 1, words: 'a latent, [numbers]' },
};

function checkOutput({ kind, layers, attributes }: LayersFile, { output }: LayeredNetwork): void {
  const { rank, words } = outputs[kind];
  if (output.length === rank) return checkNames(attributes, output[0] ?? 0);
  const last = layers.at(-1)?.name ?? '';
  throw new GanvasError(
    'layers-shape',
    `The last layer, "${last}", makes ${formatShape(output)} a sample. Expected of a ${kind}: ${words}.`,
    { layer: last, found: formatShape(output) },
  );
}

function checkNames(attributes: readonly string[] | null, numbers: number): void {
  if (attributes === null || attributes.length === numbers) return;
  throw new GanvasError(
    'layers-file-invalid',
    `The layers file names ${attributes.length} attributes, and the predictor makes ${numbers} numbers. Expected one name for each, in their order.`,
    { field: 'attributes', found: attributes.length, expected: numbers },
  );
}

/** The tensors that the layers read, each as it is stored: whether it fits is found out layer by layer. */
function shapesOf(network: StoredNetwork, { layers }: LayersFile): Map<string, Shape> {
  return new Map(layers.flatMap(keysOf).map((name) => [name, shapeOf(network, name)]));
}

function keysOf(layer: Layer): string[] {
  if (!('keys' in layer)) return [];
  const names = Object.values<string | null>({ ...layer.keys });
  return names.filter((name) => name !== null);
}

/** Weights to trace shapes with; their numbers are never asked for. */
function shapesOnly(shapes: ReadonlyMap<string, Shape>): Weights {
  return weightsOf(
    new Map(
      [...shapes].map(([name, shape]) => [name, { dtype: 'f32', shape, strides: null, bytes: new Uint8Array() }]),
    ),
  );
}
