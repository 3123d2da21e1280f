import { GanvasError } from '../engine/errors.js';
import { at, formatShape, type Shape } from '../engine/shape.js';
import { JsonReader } from '../latent/jsonReader.js';
import { checkPartNames, LayeredSegmenter } from '../models/layeredSegmenter.js';
import type { PartSegmenter } from '../models/partSegmenter.js';
import { Segmenter, segmenterConvolutions } from '../models/segmenter.js';
import type { Checkpoint, StoredNetwork } from './checkpoint.js';
import { checkedTensors, weightsOf } from './checkedWeights.js';
import { layersFileKey } from './generatorFamily.js';
import { recogniseLayeredNetwork } from './layersFileLayout.js';
import { shapeOf } from './networkReading.js';

/** Where a file names its parts: a JSON list of texts. */
const partsKey = 'parts';
const read = new JsonReader('list of parts', 'segmenter-parts');

/**
 * A network that says which part every pixel shows: ganvas's own U-Net, told by its tensors, or whatever a layers file of
 * the kind "segmenter" describes. Parts are named by the file's metadata `parts`, else "part 0" and so on.
 * @param description the text of a layers file that came with the weights, or null
 * @throws GanvasError `segmenter-missing` when the file holds no such network; `segmenter-parts` when the names do not fit;
 *   `layers-…` of the layers file; `weights-missing`, `weights-shape`, `weights-not-finite` naming the tensor
 */
export function recogniseSegmenter(checkpoint: Checkpoint, description: string | null): PartSegmenter {
  const layers = description ?? checkpoint.metadata[layersFileKey] ?? null;
  if (layers !== null) return describedSegmenter(checkpoint, layers);
  const network = checkpoint.networks.find(isSegmenter);
  if (network === undefined) throw noSegmenter(checkpoint);
  const shapes = segmenterShapes(network);
  const weights = weightsOf(checkedTensors(network, shapes, 'of a part segmenter'));
  const maps = at(weights.get('out.weight').shape, 0);
  const names = partNames(checkpoint, maps);
  checkPartNames(names, maps);
  return new Segmenter(weights, names);
}

function describedSegmenter(checkpoint: Checkpoint, layers: string): PartSegmenter {
  const [stored] = checkpoint.networks;
  if (stored === undefined) throw noSegmenter(checkpoint);
  const { kind, network } = recogniseLayeredNetwork(stored, layers);
  if (kind !== 'segmenter') {
    throw new GanvasError(
      'segmenter-missing',
      `The layers file describes a ${kind}. Expected a segmenter, which makes a map for each part of a picture.`,
      { kind },
    );
  }
  return new LayeredSegmenter(network, partNames(checkpoint, at(network.output, 0)));
}

function partNames({ metadata }: Checkpoint, maps: number): readonly string[] {
  const text = metadata[partsKey];
  if (text === undefined) return Array.from({ length: maps }, (_, index) => `part ${index}`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw read.error(partsKey, text, 'a JSON list of names');
  }
  return read.array(json, partsKey, (name, path) => read.string(name, path));
}

function isSegmenter({ tensors }: StoredNetwork): boolean {
  return tensors.has('convs.enc0.weight') && tensors.has('convs.dec0.weight') && tensors.has('out.weight');
}

/** Widths are those that the file has; how the layers read one another is given. */
function segmenterShapes(network: StoredNetwork): Map<string, Shape> {
  const width = new Map(
    segmenterConvolutions.map(([name]) => [name, shapeOf(network, `convs.${name}.weight`)[0] ?? 0] as const),
  );
  const of = (name: (typeof segmenterConvolutions)[number][0]): number => width.get(name) ?? 0;
  const picture = shapeOf(network, 'convs.enc0.weight')[1] ?? 0;
  const inputs = {
    enc0: picture,
    enc1: of('enc0'),
    enc2: of('enc1'),
    enc3: of('enc2'),
    mid: of('enc3'),
    dec2: of('mid') + of('enc2'),
    dec1: of('dec2') + of('enc1'),
    dec0: of('dec1') + of('enc0'),
  };
  const maps = shapeOf(network, 'out.weight')[0] ?? 0;
  const convolutions = segmenterConvolutions.flatMap(([name]): [string, Shape][] => [
    [`convs.${name}.weight`, [of(name), inputs[name], 3, 3]],
    [`convs.${name}.bias`, [of(name)]],
  ]);
  return new Map([...convolutions, ['out.weight', [maps, of('dec0'), 1, 1]], ['out.bias', [maps]]]);
}

function noSegmenter({ networks }: Checkpoint): GanvasError {
  const [key, tensor] = networks.flatMap(({ tensors }) => [...tensors])[0] ?? [];
  const beginning = tensor ? `it begins with \`${key ?? ''}\` ${formatShape(tensor.shape)}` : 'it holds no tensor';
  return new GanvasError(
    'segmenter-missing',
    `The file holds no segmenter: ${beginning}. Expected ganvas’s own (\`convs.enc0.weight\` …), or a network with a layers file of the kind "segmenter".`,
    key === undefined ? {} : { key },
  );
}
