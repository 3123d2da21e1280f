import { GanvasError } from '../engine/errors.js';
import type { Tensor } from '../engine/tensor.js';
import type { Activation } from '../ops/activations.js';
import { concat } from '../ops/concat.js';
import { dense, normalize2ndMoment } from '../ops/dense.js';
import type { Tap } from './generator.js';
import type { Weights } from './weights.js';

/** Of a generator's mapping or a conditional discriminator's. */
export interface MappingConfig {
  /** Number of classes; 0 when unconditional. */
  readonly cDim: number;
  readonly mappingLayers: number;
  readonly mappingActivation: Activation;
  readonly mappingLrMultiplier: number;
}

/**
 * z [N, zDim] or null, c [N, cDim] one-hot or null → [N, wDim], before truncation: the class is embedded, both are
 * normalised, joined, and go through dense layers (stylegan2-ada-pytorch training/networks.py: MappingNetwork.forward).
 * @throws GanvasError `class-missing` when a conditional network gets no class
 */
export function mappingNetwork(
  z: Tensor | null,
  c: Tensor | null,
  weights: Weights,
  config: MappingConfig,
  tap: Tap,
): Tensor {
  const parts = z === null ? [] : [normalize2ndMoment(z)];
  if (config.cDim > 0) {
    if (c === null) {
      throw new GanvasError('class-missing', `This model is conditional: give a class from 0 to ${config.cDim - 1}.`);
    }
    const embedded = dense(c, weights.get('mapping.embed.weight'), weights.get('mapping.embed.bias'));
    tap('mapping.embed', embedded);
    parts.push(normalize2ndMoment(embedded));
  }
  let x = concat(parts, 1);
  for (let layer = 0; layer < config.mappingLayers; layer++) {
    const name = `mapping.fc${layer}`;
    x = dense(x, weights.get(`${name}.weight`), weights.get(`${name}.bias`), {
      act: config.mappingActivation,
      lrMultiplier: config.mappingLrMultiplier,
    });
    tap(name, x);
  }
  return x;
}
