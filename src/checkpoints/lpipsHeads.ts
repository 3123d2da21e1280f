import { GanvasError } from '../engine/errors.js';
import type { Shape } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import type { FeatureNetworkName } from '../models/featureNetwork.js';
import type { Checkpoint, StoredNetwork } from './checkpoint.js';
import { checkedTensors, weightsOf } from './checkedWeights.js';

/** The networks that LPIPS was trained with. */
export type LpipsNetworkName = Extract<FeatureNetworkName, 'vgg16' | 'alexnet' | 'squeezenet'>;

/** LPIPS’s learned weights of the channels, in the order of the network's layers. */
export interface LpipsHeads {
  /** The network that they were trained with. */
  readonly network: LpipsNetworkName;
  /** Parameters [1, C, 1, 1]. */
  readonly heads: readonly Tensor[];
}

/** Channels of the compared layers (PerceptualSimilarity: lpips/lpips.py: LPIPS.__init__, `chns`). */
const CHANNELS: Readonly<Record<LpipsNetworkName, readonly number[]>> = {
  vgg16: [64, 128, 256, 512, 512],
  alexnet: [64, 192, 384, 256, 256],
  squeezenet: [64, 128, 256, 384, 384, 512, 512],
};
const NETWORKS = ['vgg16', 'alexnet', 'squeezenet'] as const;

export function hasLpipsHeads({ tensors }: StoredNetwork): boolean {
  return tensors.has(headName(0));
}

/** Name of a layer's head (PerceptualSimilarity: lpips/weights/v0.1/*.pth). */
function headName(layer: number): string {
  return `lin${layer}.model.1.weight`;
}

/**
 * The heads of a file such as PerceptualSimilarity's `weights/v0.1/vgg.pth`. Their channels tell the network.
 *
 * @param wanted the network they are for; a file for another is refused.
 * @throws GanvasError `lpips-heads-missing` when the file has none, `lpips-heads-mismatch` when they are not those of
 *   `wanted` or of any network, `weights-missing`, `weights-shape`, `weights-not-finite` naming the tensor.
 */
export function recogniseLpipsHeads(checkpoint: Checkpoint, wanted?: FeatureNetworkName): LpipsHeads {
  const stored = checkpoint.networks.find(hasLpipsHeads);
  if (!stored) {
    const first = checkpoint.networks.flatMap(({ tensors }) => [...tensors.keys()])[0] ?? 'no tensor';
    throw new GanvasError(
      'lpips-heads-missing',
      `The file has no LPIPS heads: it begins with \`${first}\`; \`${headName(0)}\` [1, 64, 1, 1] was expected.`,
      { key: first },
    );
  }
  const network = networkOf(stored) ?? NETWORKS.find((name) => name === wanted);
  if (network === undefined) {
    const expected = NETWORKS.map((name) => `${name} [${CHANNELS[name].join(', ')}]`).join(', ');
    throw mismatch(
      `they have [${channelsOf(stored).join(', ')}] channels; those of one of these were expected: ${expected}`,
    );
  }
  if (wanted !== undefined && network !== wanted) throw mismatch(`they are those of ${network}, not of ${wanted}`);
  const tensors = checkedTensors(stored, headShapes(network), `of the LPIPS heads of ${network}`);
  const weights = weightsOf(tensors);
  return { network, heads: [...tensors.keys()].map((name) => weights.get(name)) };
}

/** By the channels of all heads, which no two networks share. */
function networkOf(stored: StoredNetwork): LpipsNetworkName | undefined {
  const channels = channelsOf(stored).join();
  return NETWORKS.find((name) => CHANNELS[name].join() === channels);
}

/** Of the heads from the first up to a gap. */
function channelsOf({ tensors }: StoredNetwork): number[] {
  const channels: number[] = [];
  for (let head = tensors.get(headName(0)); head; head = tensors.get(headName(channels.length))) {
    channels.push(head.shape[1] ?? 0);
  }
  return channels;
}

function headShapes(network: LpipsNetworkName): ReadonlyMap<string, Shape> {
  return new Map(CHANNELS[network].map((channels, layer) => [headName(layer), [1, channels, 1, 1]]));
}

function mismatch(reason: string): GanvasError {
  return new GanvasError('lpips-heads-mismatch', `The LPIPS heads do not fit: ${reason}.`);
}
