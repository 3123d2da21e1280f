import { matchOp, rewriteGraph, topologicalOrder } from '../engine/graph.js';
import { at } from '../engine/shape.js';
import { inputTensor, type Tensor } from '../engine/tensor.js';
import { biasActOp } from '../ops/biasAct.js';
import { binaryOp } from '../ops/binary.js';
import { sliceAxis } from '../ops/slice.js';
import type { Generator, SynthesisOptions } from './generator.js';

/** A layer whose channels are units: feature maps [N, channels, resolution, resolution] on the way to the picture. */
export interface FeatureLayer {
  /** Module name in the reference: `synthesis.b8.conv1`. */
  readonly name: string;
  readonly channels: number;
  readonly resolution: number;
  /** Places on every side that lie outside the picture (StyleGAN3); left out where there are none. */
  readonly margin?: number;
}

/** Places a side that lie in the picture. */
export function visibleSide({ resolution, margin = 0 }: FeatureLayer): number {
  return resolution - 2 * margin;
}

/** The part of a layer's map [N, C, resolution, resolution] that lies in the picture. */
export function visiblePart(map: Tensor, layer: FeatureLayer): Tensor {
  const { margin = 0 } = layer;
  if (margin === 0) return map;
  return [2, 3].reduce((part, axis) => sliceAxis(part, axis, margin, visibleSide(layer)), map);
}

/** What replaces a layer's output for everything that comes after it; same shape. */
export type Intervention = (features: Tensor) => Tensor;

/** The picture, and the feature maps on the way to it as the layers after them read them. */
export interface SynthesisWithFeatures {
  readonly img: Tensor;
  readonly features: ReadonlyMap<string, Tensor>;
}

/**
 * The layers whose units can be looked at and changed, first to last: every map of features that later layers read, once.
 * Pictures, styles and what an activation has not yet been applied to are none.
 */
export function featureLayersOf(generator: Generator): readonly FeatureLayer[] {
  const { features } = synthesisWithFeatures(generator, inputTensor('ws', [1, generator.numWs, generator.wDim]), {
    noise: 'none',
    ...(statisticsInput(generator) ?? {}),
  });
  return [...features].map(([name, { shape }]) => {
    const layer = { name, channels: at(shape, 1), resolution: at(shape, 2) };
    const margin = marginOf(generator, layer);
    return margin > 0 ? { ...layer, margin } : layer;
  });
}

/**
 * Synthesis that also gives the features of every layer, with some of them replaced on the way: what dissection and
 * painting change (Bau et al. 2019, "GAN Dissection", §3.2).
 * @param interventions by layer name of `featureLayersOf`; each sees the features that the changes before it make
 */
export function synthesisWithFeatures(
  generator: Generator,
  ws: Tensor,
  options: Omit<SynthesisOptions, 'tap'>,
  interventions: ReadonlyMap<string, Intervention> = new Map(),
): SynthesisWithFeatures {
  const tapped = new Map<Tensor, string>();
  const img = generator.synthesis(ws, {
    ...options,
    tap: (name, tensor) => {
      if (isFeatureMap(name, tensor, generator) && !tapped.has(tensor)) tapped.set(tensor, name);
    },
  });
  // What only a tap asked for, such as batch norm before a fused activation, leads nowhere.
  const readers = readersOf(img);
  const layers = [...tapped].filter(([tensor]) => {
    const by = readers.get(tensor);
    return by !== undefined && !by.every((reader) => completesLayer(reader, tensor));
  });
  const { outputs } = rewriteGraph([img, ...layers.map(([tensor]) => tensor)], (rebuilt, original) => {
    const name = tapped.get(original);
    const intervention = name === undefined ? undefined : interventions.get(name);
    return intervention === undefined ? rebuilt : intervention(rebuilt);
  });
  const features = layers.map(([, name], index): [string, Tensor] => [name, at(outputs, index + 1)]);
  return { img: at(outputs, 0), features: new Map(features) };
}

/** Convolutions before their activation and shortcuts are steps within a layer; RGB layers make pictures. */
function isFeatureMap(name: string, { shape }: Tensor, { imgChannels }: Generator): boolean {
  // A map of one place is the latent on its way in.
  const isMap = shape.length === 4 && at(shape, 2) > 1;
  return isMap && at(shape, 1) !== imgChannels && !/\.(conv|const|img|skip|bn)$|rgb|output/.test(name);
}

/** StyleGAN3's maps reach beyond the picture, which has as many places a side as the layer's sampling rate. */
function marginOf({ family, wLayers }: Generator, { name, resolution }: FeatureLayer): number {
  if (family !== 'stylegan3') return 0;
  const read = wLayers.find(({ names }) => names.some((layer) => name === `synthesis.${layer}`));
  return read === undefined ? 0 : Math.max(0, Math.floor((resolution - read.resolution) / 2));
}

/** What reads each tensor on the way to the picture. */
function readersOf(img: Tensor): ReadonlyMap<Tensor, readonly Tensor[]> {
  const readers = new Map<Tensor, Tensor[]>();
  for (const reader of topologicalOrder([img])) {
    if (reader.source.kind !== 'op') continue;
    for (const input of reader.source.inputs) {
      const known = readers.get(input);
      if (known === undefined) readers.set(input, [reader]);
      else known.push(reader);
    }
  }
  return readers;
}

/** Whether a step turns what it reads into the layer's own output: an activation, or batch norm's factor of constants. */
function completesLayer(reader: Tensor, read: Tensor): boolean {
  const activation = matchOp(reader, biasActOp);
  if (activation !== null) return activation.attributes.act !== 'linear';
  const product = matchOp(reader, binaryOp);
  if (product?.attributes.kind !== 'mul') return false;
  const factors = product.inputs.filter((input) => input !== read);
  return factors.length > 0 && topologicalOrder(factors).every(({ source }) => source.kind !== 'input');
}

function statisticsInput(generator: Generator): Pick<SynthesisOptions, 'statistics'> | null {
  const statistics = generator.statisticsOf(1);
  return statistics === null ? null : { statistics: inputTensor('statistics', [statistics.length]) };
}
