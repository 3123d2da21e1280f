import { StyleGan2Discriminator } from '../models/stylegan2Discriminator.js';
import type { Checkpoint } from './checkpoint.js';
import { checkedTensors, weightsOf } from './checkedWeights.js';
import { describeDiscriminator, isStyleGan2Discriminator } from './discriminatorLayout.js';
import type { RecognisedFeatureNetwork } from './featureNetworks.js';
import { inertNotes } from './notes.js';

/** A checkpoint's own discriminator; as a feature network it gives what its blocks hand on. */
export interface RecognisedDiscriminator extends RecognisedFeatureNetwork {
  readonly network: StyleGan2Discriminator;
}

/**
 * The StyleGAN2 discriminator of an NVIDIA snapshot (`D`), or the first one of a file that names it otherwise; `null` when
 * the file has none. Reads every weight of it, so ask when it is needed and not when a model is opened.
 *
 * @throws GanvasError `unsupported-architecture`, `weights-missing`, `weights-shape`, `weights-not-finite`.
 */
export function recogniseDiscriminator(checkpoint: Checkpoint): RecognisedDiscriminator | null {
  const found = checkpoint.networks.filter(isStyleGan2Discriminator);
  const stored = found.find(({ name }) => name === 'D') ?? found[0];
  if (!stored) return null;
  const { config, shapes } = describeDiscriminator(stored);
  const tensors = checkedTensors(stored, shapes, 'from the other weights');
  const { architecture, resolution } = config;
  const title = `a StyleGAN2 discriminator (${architecture}) at ${resolution}×${resolution}`;
  return {
    network: new StyleGan2Discriminator(config, weightsOf(tensors)),
    title,
    tensors,
    notes: [`Its \`${stored.name}\` is ${title}.`, ...inertNotes(checkpoint)],
  };
}
