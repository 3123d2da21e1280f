import { shapeError } from '../engine/op.js';
import { at, sizeOf } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import type { FeatureNetwork } from '../models/featureNetwork.js';
import { add, mul, sub } from '../ops/binary.js';
import { reduceSum } from '../ops/reduce.js';
import { reshape } from '../ops/reshape.js';
import { scale, square } from '../ops/unary.js';
import { unitNormalised } from './unitNormalised.js';

/**
 * LPIPS 0.1 (Zhang et al. 2018; PerceptualSimilarity lpips/lpips.py: LPIPS.forward): squared differences of
 * unit-normalised features, channels weighted by a trained head for each layer, mean over places, sum over layers.
 * Only with the torchvision network that the heads were trained for is the result LPIPS; the networks of `src/models`
 * scale their input as LPIPS's scaling layer does, which is ImageNet's mean and deviation for pictures in −1…1.
 * Where `b` is constant, its features are computed once, when the program is compiled.
 * @param heads weights of the 1×1 convolutions, shallow to deep, each [1, C, 1, 1] and not negative
 * @param a pictures [N, 3, H, W] in −1…1
 * @param b pictures of the same shape
 * @returns [N]
 * @throws GanvasError `shape-mismatch` when heads and layers do not fit each other
 */
export function lpips(network: FeatureNetwork, heads: readonly Tensor[], a: Tensor, b: Tensor): Tensor {
  const target = network.features(b);
  const layers = network.features(a);
  const shapes = heads.map(({ shape }) => shape);
  if (heads.length !== layers.length) {
    throw shapeError('lpips', shapes, `one head is needed for each of the ${layers.length} layers of ${network.name}`);
  }
  return layers.map((layer, index) => layerDistance(layer, at(target, index), at(heads, index))).reduce(add);
}

function layerDistance(x: Tensor, y: Tensor, head: Tensor): Tensor {
  const [n = 0, channels = 0, ...places] = x.shape;
  if (sizeOf(head.shape) !== channels) {
    throw shapeError(
      'lpips',
      [head.shape, x.shape],
      `the head must weigh ${channels} channels: [1, ${channels}, 1, 1]`,
    );
  }
  const difference = square(sub(unitNormalised(x), unitNormalised(y)));
  const weighted = mul(difference, reshape(head, [channels, ...places.map(() => 1)]));
  return scale(reshape(reduceSum(weighted, [1, 2, 3]), [n]), 1 / sizeOf(places));
}
