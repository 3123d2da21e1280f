import { at } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { biasAct } from '../ops/biasAct.js';
import { concat } from '../ops/concat.js';
import { conv2d } from '../ops/conv2d.js';
import { resize } from '../ops/resample.js';
import type { PartSegmenter } from './partSegmenter.js';
import type { Weights } from './weights.js';

/** A plain leaky ReLU, without StyleGAN's gain. */
const leaky = { act: 'lrelu', alpha: 0.2, gain: 1 } as const;

/** The convolutions of its 3×3 layers, in order, by name and stride. */
export const segmenterConvolutions = [
  ['enc0', 1],
  ['enc1', 2],
  ['enc2', 2],
  ['enc3', 2],
  ['mid', 1],
  ['dec2', 1],
  ['dec1', 1],
  ['dec0', 1],
] as const;

type ConvolutionName = (typeof segmenterConvolutions)[number][0];
const strides = new Map<ConvolutionName, number>(segmenterConvolutions);

/**
 * The part segmenter of the bundled faces (weights/training/nets.py: Segmenter, batch norm folded in): a U-Net of
 * three halvings, nearest-neighbour doubling, and the encoder's map of the same size joined after it.
 */
export class Segmenter implements PartSegmenter {
  /** What it was trained on. */
  readonly resolution = 64;
  readonly imgChannels: number;

  constructor(
    private readonly weights: Weights,
    readonly parts: readonly string[],
  ) {
    this.imgChannels = at(weights.get('convs.enc0.weight').shape, 1);
  }

  /** Pictures [N, 3, 64, 64] in −1…1 → logits [N, parts, 64, 64]. */
  logits(picture: Tensor): Tensor {
    const full = this.layer('enc0', picture);
    const half = this.layer('enc1', full);
    const quarter = this.layer('enc2', half);
    let x = this.layer('mid', this.layer('enc3', quarter));
    x = this.layer('dec2', joined(x, quarter));
    x = this.layer('dec1', joined(x, half));
    x = this.layer('dec0', joined(x, full));
    return biasAct(conv2d(x, this.weights.get('out.weight'), {}), this.weights.get('out.bias'));
  }

  private layer(name: ConvolutionName, x: Tensor): Tensor {
    const y = conv2d(x, this.weights.get(`convs.${name}.weight`), { stride: strides.get(name) ?? 1, padding: 1 });
    return biasAct(y, this.weights.get(`convs.${name}.bias`), leaky);
  }
}

/** The map doubled to the size of the encoder's, which follows it along the channels. */
function joined(x: Tensor, encoded: Tensor): Tensor {
  const [, , height = 0, width = 0] = encoded.shape;
  return concat([resize(x, [height, width], { mode: 'nearest' }), encoded], 1);
}
