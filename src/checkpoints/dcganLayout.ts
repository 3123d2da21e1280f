import { GanvasError } from '../engine/errors.js';
import { at, type Shape } from '../engine/shape.js';
import { Dcgan, type DcganConfig, type DcganLayer } from '../models/dcgan.js';
import type { StoredNetwork } from './checkpoint.js';
import type { GeneratorDescription, GeneratorFamilyReader } from './generatorFamily.js';
import { shapeOf } from './networkReading.js';

/** A chain of transposed convolutions with batch norm between them, whatever its parts are called. */
export const dcganFamily: GeneratorFamilyReader = {
  title: 'a DCGAN generator as in pytorch/examples',
  recognises: (network) => chainOf(network) !== null,
  describe: describeDcgan,
};

const mostImageChannels = 4;

/** Transposed convolutions and batch norms of a file, each in the order in which they run. */
interface Chain {
  readonly convolutions: readonly string[];
  readonly norms: readonly string[];
}

/**
 * In the order of the numbers in their names, or as the file has them: names need not have numbers, and a state dict keeps
 * the order of its modules.
 */
function chainOf({ tensors }: StoredNetwork): Chain | null {
  const names = [...tensors.keys()];
  return chainIn(tensors, [...names].sort(byNumbers)) ?? chainIn(tensors, names);
}

/**
 * The layers of a network that is such a chain: each convolution [in, out, k, k] takes what the one before makes, each
 * but the last has a batch norm of its width, and nothing else has more than one axis.
 */
function chainIn(tensors: StoredNetwork['tensors'], names: readonly string[]): Chain | null {
  const withSuffix = (suffix: string): string[] =>
    names.filter((name) => name.endsWith(suffix)).map((name) => name.slice(0, -suffix.length));
  const shape = (name: string): Shape => tensors.get(name)?.shape ?? [];
  const convolutions = withSuffix('.weight').filter((path) => shape(`${path}.weight`).length === 4);
  const norms = withSuffix('.running_mean');
  const shapes = convolutions.map((path) => shape(`${path}.weight`));
  const matrices = names.filter((name) => shape(name).length > 1);
  const isChain =
    convolutions.length > 1 &&
    norms.length === convolutions.length - 1 &&
    matrices.length === convolutions.length &&
    shapes.every(([inChannels], index) => index === 0 || inChannels === shapes[index - 1]?.[1]) &&
    norms.every((path, index) => shape(`${path}.running_mean`)[0] === shapes[index]?.[1]) &&
    (shapes.at(-1)?.[1] ?? 0) <= mostImageChannels;
  return isChain ? { convolutions, norms } : null;
}

/** `main.10` after `main.9`: safetensors files list names alphabetically. */
function byNumbers(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

function describeDcgan(network: StoredNetwork): GeneratorDescription {
  const chain = chainOf(network) ?? { convolutions: [], norms: [] };
  const layers = chain.convolutions.map((convolution, index): DcganLayer => ({
    convolution,
    norm: chain.norms[index] ?? null,
  }));
  const shapes = expectedShapes(network, layers);
  const firstWeight = shapeOf(network, `${at(chain.convolutions, 0)}.weight`);
  const lastWeight = shapeOf(network, `${at(chain.convolutions, -1)}.weight`);
  const config: DcganConfig = {
    layers,
    zDim: at(firstWeight, 0),
    resolution: at(firstWeight, 2) * 2 ** (layers.length - 1),
    imgChannels: at(lastWeight, 1),
  };
  const { zDim, resolution, imgChannels } = config;
  return {
    config: { zDim, resolution, imgChannels, layers: layers.length },
    shapes,
    network,
    metadata: {},
    build: (weights) => new Dcgan(config, weights),
    notes: [
      `DCGAN at ${resolution}×${resolution}: ${layers.length} transposed convolutions, z ${zDim}, ${imgChannels} image channels.`,
      'Weights do not say which strides and activations their layers have: the first convolution makes the first picture, the others double it, with ReLU between them and tanh at the end, as in the reference. Describe another network with a layers.json.',
    ],
  };
}

/** The first kernel is the first picture's size; the others are of 4×4 and double it. */
function expectedShapes(network: StoredNetwork, layers: readonly DcganLayer[]): Map<string, Shape> {
  const shapes = new Map<string, Shape>();
  const setIfThere = (name: string, shape: Shape): void => {
    if (network.tensors.has(name)) shapes.set(name, shape);
  };
  layers.forEach(({ convolution, norm }, index) => {
    const name = `${convolution}.weight`;
    const [inChannels = 0, outChannels = 0, height = 0, width = 0] = shapeOf(network, name);
    if (height !== width || (index > 0 && height !== 4)) throw unsupportedKernel(name, height, width);
    shapes.set(name, [inChannels, outChannels, height, width]);
    setIfThere(`${convolution}.bias`, [outChannels]);
    if (norm === null) return;
    shapes.set(`${norm}.running_mean`, [outChannels]);
    shapes.set(`${norm}.running_var`, [outChannels]);
    setIfThere(`${norm}.weight`, [outChannels]);
    setIfThere(`${norm}.bias`, [outChannels]);
  });
  return shapes;
}

function unsupportedKernel(key: string, height: number, width: number): GanvasError {
  return new GanvasError(
    'unsupported-architecture',
    `The kernel of \`${key}\` is ${height}×${width}. In a DCGAN the first is square and the others are 4×4, so that strides and padding are known; describe this network with a layers.json.`,
    { key },
  );
}
