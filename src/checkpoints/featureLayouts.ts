import { GanvasError } from '../engine/errors.js';
import { formatShape, type Shape } from '../engine/shape.js';
import type { FeatureNetworkName } from '../models/featureNetwork.js';
import type { Checkpoint, StoredNetwork, StoredTensor } from './checkpoint.js';
import { checkedTensors } from './checkedWeights.js';
import { isPredictor, predictorShapes } from './predictorLayout.js';

/** A network of fixed sizes as its weights show it. */
export interface FeatureLayout {
  readonly name: Exclude<FeatureNetworkName, 'discriminator'>;
  /** In a sentence: "torchvision’s VGG16". */
  readonly title: string;
  /** Every tensor of this network begins with it; what does not, such as a classifier, is not needed. */
  readonly prefix: RegExp;
  /** Of its tensors; those of a network that comes in several widths follow from some of its own. */
  readonly shapes: (network: StoredNetwork) => ReadonlyMap<string, Shape>;
  /** Whether a network is meant to be this one; its shapes may still be wrong. */
  readonly matches: (network: StoredNetwork) => boolean;
}

type Shapes = readonly (readonly [string, Shape])[];

function conv(path: string, outChannels: number, inChannels: number, kernel: number): Shapes {
  return [
    [`${path}.weight`, [outChannels, inChannels, kernel, kernel]],
    [`${path}.bias`, [outChannels]],
  ];
}

/** Convolutions one after the other: [index in `features`, output channels, kernel]. */
function convChain(convs: readonly (readonly [number, number, number])[]): ReadonlyMap<string, Shape> {
  let inChannels = 3;
  return new Map(
    convs.flatMap(([index, outChannels, kernel]) => {
      const shapes = conv(`features.${index}`, outChannels, inChannels, kernel);
      inChannels = outChannels;
      return shapes;
    }),
  );
}

/** vision: torchvision/models/vgg.py: cfgs["D"]. */
const vgg16 = convChain([
  [0, 64, 3],
  [2, 64, 3],
  [5, 128, 3],
  [7, 128, 3],
  [10, 256, 3],
  [12, 256, 3],
  [14, 256, 3],
  [17, 512, 3],
  [19, 512, 3],
  [21, 512, 3],
  [24, 512, 3],
  [26, 512, 3],
  [28, 512, 3],
]);

/** vision: torchvision/models/alexnet.py: AlexNet. */
const alexnet = convChain([
  [0, 64, 11],
  [3, 192, 5],
  [6, 384, 3],
  [8, 256, 3],
  [10, 256, 3],
]);

/** vision: torchvision/models/squeezenet.py: SqueezeNet, version 1_1: [index, squeezed, expanded by each branch]. */
function squeezenetShapes(): ReadonlyMap<string, Shape> {
  const fires = [
    [3, 16, 64],
    [4, 16, 64],
    [6, 32, 128],
    [7, 32, 128],
    [9, 48, 192],
    [10, 48, 192],
    [11, 64, 256],
    [12, 64, 256],
  ] as const;
  let inChannels = 64;
  const shapes = fires.flatMap(([index, squeezed, expanded]) => {
    const path = `features.${index}`;
    const fire = [
      ...conv(`${path}.squeeze`, squeezed, inChannels, 1),
      ...conv(`${path}.expand1x1`, expanded, squeezed, 1),
      ...conv(`${path}.expand3x3`, expanded, squeezed, 3),
    ];
    inChannels = 2 * expanded;
    return fire;
  });
  return new Map([...conv('features.0', 64, 3, 3), ...shapes]);
}

const FEATURES = /^features\./;
const hasFires = ({ tensors }: StoredNetwork): boolean =>
  [...tensors.keys()].some((key) => /^features\.\d+\.squeeze\./.test(key));
const stem = ({ tensors }: StoredNetwork): Shape | undefined => tensors.get('features.0.weight')?.shape;

/** In this order: what only one of them can have decides first. */
const FEATURE_LAYOUTS: readonly FeatureLayout[] = [
  {
    name: 'squeezenet',
    title: 'torchvision’s SqueezeNet 1.1',
    prefix: FEATURES,
    shapes: squeezenetShapes,
    matches: hasFires,
  },
  {
    name: 'alexnet',
    title: 'torchvision’s AlexNet',
    prefix: FEATURES,
    shapes: () => alexnet,
    matches: (network) => (stem(network)?.[2] ?? 0) >= 11,
  },
  {
    name: 'vgg16',
    title: 'torchvision’s VGG16',
    prefix: FEATURES,
    shapes: () => vgg16,
    matches: (network) => stem(network) !== undefined,
  },
  {
    name: 'predictor',
    title: 'ganvas’s attribute predictor',
    prefix: /^(convs|fc\d)\./,
    shapes: predictorShapes,
    matches: isPredictor,
  },
];

/** The first network of a file that is meant to be one of these, and which; `null` when there is none. */
export function findFeatureLayout({
  networks,
}: Checkpoint): { readonly stored: StoredNetwork; readonly layout: FeatureLayout } | null {
  for (const stored of networks) {
    const layout = FEATURE_LAYOUTS.find(({ matches }) => matches(stored));
    if (layout) return { stored, layout };
  }
  return null;
}

/**
 * The tensors of a layout, checked; what a network has beyond them, such as a classifier, is not looked at.
 * @throws GanvasError `weights-unexpected` (a tensor that shows another network, such as VGG19), `weights-missing`,
 *   `weights-shape`, `weights-not-finite`, naming the first tensor that is wrong and what was expected.
 */
export function checkedFeatureTensors(stored: StoredNetwork, layout: FeatureLayout): Map<string, StoredTensor> {
  const { prefix, title } = layout;
  const shapes = layout.shapes(stored);
  for (const [name, { shape }] of stored.tensors) {
    if (!prefix.test(name) || shapes.has(name)) continue;
    const [missing] = [...shapes].filter(([key]) => !stored.tensors.has(key));
    const expected = missing
      ? `\`${missing[0]}\` ${formatShape(missing[1])}`
      : `\`${[...shapes.keys()].at(-1) ?? ''}\` as the last`;
    throw new GanvasError(
      'weights-unexpected',
      `The tensor \`${name}\` ${formatShape(shape)} is not part of ${title}; ${expected} was expected.`,
      { key: name, found: formatShape(shape) },
    );
  }
  return checkedTensors(stored, shapes, `of ${title}`);
}
