import { GanvasError } from '../engine/errors.js';
import type { Tensor } from '../engine/tensor.js';
import { resize } from '../ops/resample.js';
import { reshape } from '../ops/reshape.js';
import type { Generator } from './generator.js';
import type { Predictor } from './predictor.js';

/**
 * Guesses the styles of a picture: one pass, and the generator makes something near it (pixel2style2pixel, Richardson et al.
 * 2021; ours is a predictor whose numbers are W+). Inversions may start from it.
 */
export class StyleEncoder {
  readonly numWs: number;
  readonly wDim: number;

  /**
   * @param modelHash `modelHash` of the generator that it was trained for: its styles mean nothing to another
   * @param network of numWs · wDim numbers
   */
  constructor(
    readonly modelHash: string,
    { numWs, wDim }: Pick<Generator, 'numWs' | 'wDim'>,
    private readonly network: Predictor,
  ) {
    this.numWs = numWs;
    this.wDim = wDim;
  }

  /** Pictures [N, imgChannels, H, W] in −1…1 → W+ [N, numWs, wDim]; those of another size are resized by area. */
  styles(picture: Tensor): Tensor {
    const [n = 0, , height = 0, width = 0] = picture.shape;
    const { resolution } = this.network;
    const fits = height === resolution && width === resolution;
    const read = fits ? picture : resize(picture, [resolution, resolution], { mode: 'area' });
    return reshape(this.network.attributes(read), [n, this.numWs, this.wDim]);
  }
}

/**
 * Holds an encoder to a model.
 * @throws GanvasError `encoder-mismatch`
 */
export function checkEncoderFits({ modelHash }: StyleEncoder, model: { readonly hash: string }): void {
  if (modelHash === model.hash) return;
  throw new GanvasError(
    'encoder-mismatch',
    `The encoder was trained for the model ${modelHash.slice(0, 12)}…, and this one is ${model.hash.slice(0, 12)}…. Its styles mean nothing here: choose the encoder of this model, or none.`,
    { expected: modelHash, found: model.hash },
  );
}
