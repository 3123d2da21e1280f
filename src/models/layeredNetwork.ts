/** Networks that are described layer by layer, because their weights do not say how they are put together. */
import { GanvasError } from '../engine/errors.js';
import { shapeError } from '../engine/op.js';
import { at, formatShape, sameShape, type Shape } from '../engine/shape.js';
import { constantTensor, inputTensor, type Tensor } from '../engine/tensor.js';
import type { Activation } from '../ops/activations.js';
import { biasAct } from '../ops/biasAct.js';
import { add, mul, sub } from '../ops/binary.js';
import { concat } from '../ops/concat.js';
import { conv2d } from '../ops/conv2d.js';
import { conv2dTransposed } from '../ops/conv2dTransposed.js';
import { matmul } from '../ops/matmul.js';
import { maxPool2d } from '../ops/maxPool2d.js';
import { reduceMean } from '../ops/reduce.js';
import { resize } from '../ops/resample.js';
import { reshape } from '../ops/reshape.js';
import { transpose } from '../ops/transpose.js';
import { affine, rsqrt } from '../ops/unary.js';
import type { Tap } from './generator.js';
import type { Weights } from './weights.js';

/** Names of the tensors that a layer reads; null for one that it does without. */
export interface LayerKeys {
  readonly weight: string | null;
  readonly bias: string | null;
}

export interface BatchNormKeys extends LayerKeys {
  readonly mean: string;
  readonly variance: string;
}

interface ConvolutionSettings {
  readonly keys: LayerKeys & { readonly weight: string };
  readonly stride: number;
  readonly padding: number;
  readonly groups: number;
}

/** What a layer does, with torch's meaning of every setting. */
export type LayerKind =
  | ({ readonly type: 'conv' } & ConvolutionSettings)
  | ({ readonly type: 'convTransposed'; readonly outputPadding: number } & ConvolutionSettings)
  | { readonly type: 'dense'; readonly keys: LayerKeys & { readonly weight: string } }
  | { readonly type: 'batchNorm'; readonly keys: BatchNormKeys; readonly epsilon: number }
  | { readonly type: 'activation'; readonly activation: Activation; readonly slope: number }
  /** `kernel` null: one window, which is the whole map. */
  | { readonly type: 'pool'; readonly mode: 'max'; readonly kernel: number; readonly stride: number }
  | { readonly type: 'pool'; readonly mode: 'average'; readonly kernel: number | null }
  | { readonly type: 'upsample'; readonly mode: 'nearest' | 'bilinear'; readonly factor: number }
  /** Of one sample. */
  | { readonly type: 'reshape'; readonly shape: Shape }
  /** x · factor + offset; one number for all, or one a channel. */
  | { readonly type: 'scale'; readonly factor: readonly number[]; readonly offset: readonly number[] }
  | { readonly type: 'add'; readonly other: string }
  | { readonly type: 'concat'; readonly others: readonly string[] };

/** One layer: it reads the one before, or the one that `input` names. */
export type Layer = LayerKind & {
  /** What other layers call it, and messages. */
  readonly name: string;
  readonly input: string | null;
};

/** The name of what goes into the network. */
export const networkInput = 'input';

export interface LayeredNetworkDescription {
  /** Of one sample: [zDim], or [channels, height, width] of a picture. */
  readonly input: Shape;
  readonly layers: readonly Layer[];
}

/** A network written down as a list of layers. */
export class LayeredNetwork {
  /** What it makes of one sample. */
  readonly output: Shape;

  /** @throws GanvasError `layers-shape`, naming the layer that does not fit what it reads */
  constructor(
    readonly description: LayeredNetworkDescription,
    private readonly weights: Weights,
  ) {
    const sample = inputTensor(networkInput, [1, ...description.input]);
    this.output = this.apply(sample).shape.slice(1);
  }

  /**
   * x [N, …input] → [N, …output]; `tap` sees what every layer makes.
   * @throws GanvasError `layers-shape`
   */
  apply(x: Tensor, tap: Tap = () => undefined): Tensor {
    const made = new Map([[networkInput, x]]);
    let current = x;
    for (const layer of this.description.layers) {
      current = this.layer(layer, layer.input === null ? current : lookUp(made, layer, layer.input), made);
      made.set(layer.name, current);
      tap(layer.name, current);
    }
    return current;
  }

  private layer(layer: Layer, x: Tensor, made: ReadonlyMap<string, Tensor>): Tensor {
    try {
      return this.applied(layer, x, (name) => lookUp(made, layer, name));
    } catch (cause) {
      if (!(cause instanceof GanvasError) || cause.code === 'layers-shape') throw cause;
      throw new GanvasError(
        'layers-shape',
        `The layer "${layer.name}" (${layer.type}) does not fit what it reads, ${formatShape(x.shape.slice(1))} a sample: ${cause.message.replace(/\.?$/, '.')}`,
        { layer: layer.name, found: formatShape(x.shape.slice(1)) },
        { cause },
      );
    }
  }

  private applied(layer: Layer, x: Tensor, outputOf: (name: string) => Tensor): Tensor {
    switch (layer.type) {
      case 'conv': {
        const { stride, padding, groups } = layer;
        const weight = this.kernel(layer.keys.weight);
        return this.biased(conv2d(x, weight, { stride, padding, groups }), layer.keys);
      }
      case 'convTransposed': {
        const { stride, padding, groups, outputPadding } = layer;
        const weight = this.kernel(layer.keys.weight);
        const options = { stride, padding, groups, outputPadding: [outputPadding, outputPadding] as const };
        return this.biased(conv2dTransposed(x, weight, options), layer.keys);
      }
      case 'dense':
        return this.biased(matmul(x, transpose(this.weights.get(layer.keys.weight), [1, 0])), layer.keys);
      case 'batchNorm':
        return this.batchNorm(x, layer.keys, layer.epsilon);
      case 'activation':
        return biasAct(x, null, { act: layer.activation, alpha: layer.slope, gain: 1 });
      case 'pool':
        return layer.mode === 'max' ? maxPool2d(x, layer) : averagePool(x, layer.kernel);
      case 'upsample': {
        const [, , height = 0, width = 0] = asMaps(x).shape;
        return resize(x, [height * layer.factor, width * layer.factor], { mode: layer.mode });
      }
      case 'reshape':
        return reshape(x, [at(x.shape, 0), ...layer.shape]);
      case 'scale':
        return scaled(x, layer.factor, layer.offset);
      case 'add':
        return sameShaped(x, outputOf(layer.other));
      case 'concat':
        return concat([x, ...layer.others.map(outputOf)], 1);
    }
  }

  private kernel(name: string): Tensor {
    const weight = this.weights.get(name);
    if (weight.shape.length === 4) return weight;
    throw shapeError('convolution', [weight.shape], `the weight \`${name}\` must have four axes`);
  }

  private biased(x: Tensor, { bias }: LayerKeys): Tensor {
    return biasAct(x, bias === null ? null : this.weights.get(bias));
  }

  /** At fixed statistics: a factor and a summand a channel, computed once a model. */
  private batchNorm(x: Tensor, { weight, bias, mean, variance }: BatchNormKeys, epsilon: number): Tensor {
    const channels = at(x.shape, 1);
    const row = (name: string): Tensor => {
      const values = this.weights.get(name);
      if (sameShape(values.shape, [channels])) return values;
      throw shapeError('batchNorm', [values.shape], `\`${name}\` must be ${formatShape([channels])}`);
    };
    const deviation = rsqrt(affine(row(variance), 1, epsilon));
    const factor = weight === null ? deviation : mul(row(weight), deviation);
    const moved = mul(row(mean), factor);
    const summand = bias === null ? affine(moved, -1, 0) : sub(row(bias), moved);
    return biasAct(mul(x, alongChannels(factor, x)), summand);
  }
}

/** One value a channel, shaped to multiply x [N, C, …]. */
function alongChannels(values: Tensor, x: Tensor): Tensor {
  return reshape(
    values,
    x.shape.map((extent, axis) => (axis === 1 ? extent : 1)),
  );
}

function asMaps(x: Tensor): Tensor {
  if (x.shape.length === 4) return x;
  throw shapeError('maps', [x.shape], 'three axes a sample were expected: channels, height, width');
}

/** Means of windows that tile the map, or of the whole of it. */
function averagePool(x: Tensor, kernel: number | null): Tensor {
  const [n = 0, c = 0, height = 0, width = 0] = asMaps(x).shape;
  if (kernel === null) return reduceMean(x, [2, 3]);
  if (height % kernel !== 0 || width % kernel !== 0) {
    throw shapeError('average pooling', [x.shape], `windows of ${kernel}² must tile the map`);
  }
  const [rows, columns] = [height / kernel, width / kernel];
  const windows = reduceMean(reshape(x, [n, c, rows, kernel, columns, kernel]), [3, 5]);
  return reshape(windows, [n, c, rows, columns]);
}

function scaled(x: Tensor, factor: readonly number[], offset: readonly number[]): Tensor {
  const [a = 1, b = 0] = [factor[0], offset[0]];
  if (factor.length === 1 && offset.length === 1) return affine(x, a, b);
  const channels = at(x.shape, 1);
  const row = (name: string, values: readonly number[]): Tensor => {
    const all = values.length === 1 ? new Array<number>(channels).fill(at(values, 0)) : values;
    if (all.length !== channels)
      throw shapeError('scale', [[all.length]], `${name} must be one number, or ${channels}`);
    return alongChannels(constantTensor(name, [channels], all), x);
  };
  return add(mul(x, row('factor', factor)), row('offset', offset));
}

function sameShaped(x: Tensor, other: Tensor): Tensor {
  if (sameShape(x.shape, other.shape)) return add(x, other);
  throw shapeError('add', [x.shape, other.shape], 'both must have the same shape');
}

function lookUp(made: ReadonlyMap<string, Tensor>, layer: Layer, name: string): Tensor {
  const tensor = made.get(name);
  if (tensor !== undefined) return tensor;
  throw new GanvasError(
    'layers-file-invalid',
    `The layer "${layer.name}" (${layer.type}) reads "${name}", and no layer before it has that name. Expected ${networkInput}, or the name of a layer further up.`,
    { layer: layer.name, name },
  );
}
