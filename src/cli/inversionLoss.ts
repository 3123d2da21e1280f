import type { PerceptualLoss } from '../inversion/inversionRequest.js';
import type { OpenedCheckpoint } from '../workbench/openedCheckpoint.js';
import { featureLoss, type NamedBytes } from '../workbench/featureLoss.js';
import { pixelLoss, LossLibrary } from '../workbench/lossLibrary.js';
import { ownDiscriminatorLoss } from '../workbench/ownDiscriminator.js';
import { usageError, type Arguments } from './arguments.js';
import { readBundledFile } from './checkpointSource.js';
import { readInput } from './files.js';

const LOSSES = ['pixels', 'features', 'discriminator'] as const;
const PREDICTOR = 'face64/face64-predictor.safetensors';

/** What the options say about the loss, checked for form. */
export interface LossRequest {
  /** Null: features where a network is at hand, else the pixels. */
  readonly loss: (typeof LOSSES)[number] | null;
  readonly features: string | null;
  readonly heads: string | null;
}

/** @throws GanvasError `usage` */
export function readLossRequest(args: Arguments): LossRequest {
  const loss = args.choice('loss', LOSSES);
  const [features, heads] = [args.text('features'), args.text('heads')];
  if (features !== null && loss !== null && loss !== 'features') {
    throw usageError(`--features goes with --loss features, and the loss is ${loss}. Leave one of them out.`);
  }
  if (heads !== null && features === null) {
    throw usageError('--heads are those of a network. Expected --features vgg16.pth beside them.');
  }
  return { loss, features, heads };
}

/**
 * The perceptual loss that was asked for, or null for the pixels alone.
 * @throws GanvasError `usage` when the model has no discriminator, or the network does not take its pictures; those of the
 *   readers
 */
export async function perceptualLoss(
  { loss, features, heads }: LossRequest,
  opened: OpenedCheckpoint,
): Promise<PerceptualLoss | null> {
  if (loss === 'pixels') return null;
  if (loss === 'discriminator') return discriminatorOf(opened);
  const library = new LossLibrary();
  const network =
    features === null
      ? { name: 'the bundled predictor', bytes: await readBundledFile(PREDICTOR) }
      : await namedBytes(features, 'a torchvision VGG16, AlexNet or SqueezeNet 1.1');
  const { id, name } = library.add(
    featureLoss(network, heads === null ? null : await namedBytes(heads, 'LPIPS heads')),
  );
  const fits = library.summaries(opened).some((summary) => summary.id === id);
  if (fits) return await library.find(id, opened);
  if (loss === null && features === null) return null;
  const { resolution, imgChannels } = opened.summary;
  throw usageError(
    `${name} do not fit pictures of ${resolution}² and ${imgChannels} channels. Give a network with --features, or --loss ${pixelLoss.id}.`,
  );
}

function discriminatorOf({ checkpoint, summary }: OpenedCheckpoint): PerceptualLoss {
  const loss = ownDiscriminatorLoss(checkpoint);
  if (loss !== null) return loss;
  throw usageError(`--loss is discriminator, and ${summary.name} holds none. Expected pixels or features.`);
}

async function namedBytes(path: string, what: string): Promise<NamedBytes> {
  return { name: path, bytes: await readInput(path, what) };
}
