import { at } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import type { FeatureNetwork } from '../models/featureNetwork.js';
import { add, sub } from '../ops/binary.js';
import { reduceSum } from '../ops/reduce.js';
import { reshape } from '../ops/reshape.js';
import { scale, square } from '../ops/unary.js';
import { l1 } from './l1.js';
import { unitNormalised } from './unitNormalised.js';

/**
 * Perceptual loss over any network: in every layer features are scaled to length 1 over channels at each place; the
 * squared distances are averaged over places and summed over layers. It is what LPIPS does before its trained heads
 * weigh the channels (Zhang et al. 2018), and not LPIPS: its numbers cannot be compared with published ones.
 * Where `b` is constant, its features are computed once, when the program is compiled.
 * @returns [N]
 */
export function featureDistance(network: FeatureNetwork, a: Tensor, b: Tensor): Tensor {
  return sumOverLayers(network, a, b, (x, y) => squaredDistance(unitNormalised(x), unitNormalised(y)));
}

/**
 * Mean absolute difference of features, summed over layers: with the generator's own discriminator the perceptual loss
 * of Deep Generative Prior (Pan et al. 2020, §3.2).
 * @returns [N]
 */
export function featureL1(network: FeatureNetwork, a: Tensor, b: Tensor): Tensor {
  return sumOverLayers(network, a, b, (x, y) => l1(x, y));
}

function sumOverLayers(
  network: FeatureNetwork,
  a: Tensor,
  b: Tensor,
  distance: (x: Tensor, y: Tensor) => Tensor,
): Tensor {
  const target = network.features(b);
  return network
    .features(a)
    .map((layer, index) => distance(layer, at(target, index)))
    .reduce(add);
}

/** Squared distance over channels, mean over places: [N, C, …] → [N]. */
function squaredDistance(x: Tensor, y: Tensor): Tensor {
  const [n = 0, , ...places] = x.shape;
  const axes = x.shape.slice(1).map((_, index) => index + 1);
  const count = places.reduce((product, extent) => product * extent, 1);
  return scale(reshape(reduceSum(square(sub(x, y)), axes), [n]), 1 / count);
}
