import { PgganDiscriminator } from '../models/pgganDiscriminator.js';
import { StyleGan2Discriminator } from '../models/stylegan2Discriminator.js';
import type { Checkpoint, StoredNetwork } from './checkpoint.js';
import { checkedTensors, weightsOf } from './checkedWeights.js';
import { describeDiscriminator, isStyleGan2Discriminator } from './discriminatorLayout.js';
import type { RecognisedFeatureNetwork } from './featureNetworks.js';
import { inertNotes } from './notes.js';
import { describePgganDiscriminator, isPgganDiscriminator } from './pgganDiscriminatorLayout.js';

/** A checkpoint's own discriminator; as a feature network it gives what its blocks hand on. */
export interface RecognisedDiscriminator extends RecognisedFeatureNetwork {
  readonly network: StyleGan2Discriminator | PgganDiscriminator;
}

/**
 * The discriminator of a snapshot of StyleGAN2 or PGGAN: that called `D`, or the first one of a file that names it
 * otherwise; `null` when the file has none. Reads every weight of it, so ask when it is needed and not when a model is
 * opened.
 *
 * @throws GanvasError `unsupported-architecture`, `weights-missing`, `weights-shape`, `weights-not-finite`.
 */
export function recogniseDiscriminator(checkpoint: Checkpoint): RecognisedDiscriminator | null {
  const found = checkpoint.networks.filter(
    (network) => isStyleGan2Discriminator(network) || isPgganDiscriminator(network),
  );
  const stored = found.find(({ name }) => name === 'D') ?? found[0];
  if (!stored) return null;
  const recognised = isStyleGan2Discriminator(stored) ? recogniseStyleGan2(stored) : recognisePggan(stored);
  return { ...recognised, notes: [`Its \`${stored.name}\` is ${recognised.title}.`, ...inertNotes(checkpoint)] };
}

type Recognised = Omit<RecognisedDiscriminator, 'notes'>;

function recogniseStyleGan2(stored: StoredNetwork): Recognised {
  const { config, shapes } = describeDiscriminator(stored);
  const tensors = checkedTensors(stored, shapes, 'from the other weights');
  const { architecture, resolution } = config;
  return {
    network: new StyleGan2Discriminator(config, weightsOf(tensors)),
    title: `a StyleGAN2 discriminator (${architecture}) at ${resolution}×${resolution}`,
    tensors,
  };
}

function recognisePggan(stored: StoredNetwork): Recognised {
  const { config, shapes, network } = describePgganDiscriminator(stored);
  const tensors = checkedTensors(network, shapes, 'from the other weights');
  const { resolution } = config;
  return {
    network: new PgganDiscriminator(config, weightsOf(tensors)),
    title: `a PGGAN discriminator at ${resolution}×${resolution}`,
    tensors,
  };
}
