import type { Tensor } from '../engine/tensor.js';
import type { Activation } from '../ops/activations.js';
import { concat } from '../ops/concat.js';
import { dense, normalize2ndMoment } from '../ops/dense.js';
import type { Tap } from './generator.js';
import { requiredClass } from './requiredClass.js';
import type { Weights } from './weights.js';

/**
 * How z and the embedded class meet: each normalised before they are joined (stylegan2-ada), or joined first and
 * normalised as one vector (stylegan2 training/networks_stylegan2.py: G_mapping; genforce models/stylegan2_generator.py:
 * MappingModule). The latter's embedding has no bias.
 */
export type LabelNormalisation = 'separate' | 'joint';

/** Of a generator's mapping or a conditional discriminator's. */
export interface MappingConfig {
  /** Number of classes; 0 when unconditional. */
  readonly cDim: number;
  /** Default `separate`. */
  readonly labelNormalisation?: LabelNormalisation;
  readonly mappingLayers: number;
  readonly mappingActivation: Activation;
  readonly mappingLrMultiplier: number;
}

/**
 * z [N, zDim] or null, c [N, cDim] one-hot or null → [N, wDim], before truncation: the class is embedded, both are
 * normalised and joined, and go through dense layers (stylegan2-ada-pytorch training/networks.py:
 * MappingNetwork.forward).
 * @throws GanvasError `class-missing` when a conditional network gets no class
 */
export function mappingNetwork(
  z: Tensor | null,
  c: Tensor | null,
  weights: Weights,
  config: MappingConfig,
  tap: Tap,
): Tensor {
  const parts = z === null ? [] : [z];
  if (config.cDim > 0) parts.push(embeddedClass(c, weights, config, tap));
  const isJoint = config.labelNormalisation === 'joint';
  let x = isJoint
    ? normalize2ndMoment(concat(parts, 1))
    : concat(
        parts.map((part) => normalize2ndMoment(part)),
        1,
      );
  tap('mapping.norm', x);
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

function embeddedClass(c: Tensor | null, weights: Weights, { cDim }: MappingConfig, tap: Tap): Tensor {
  const embedded = dense(
    requiredClass(c, cDim),
    weights.get('mapping.embed.weight'),
    weights.find('mapping.embed.bias'),
  );
  tap('mapping.embed', embedded);
  return embedded;
}
