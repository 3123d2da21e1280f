import type { Checkpoint } from '../checkpoints/checkpoint.js';
import { GanvasError } from '../engine/errors.js';
import type { PerceptualLoss } from '../inversion/inversionRequest.js';
import type { AvailableLoss } from './availableLoss.js';
import type { LossSummary } from './inversionApi.js';
import { discriminatorLoss, hasDiscriminator } from './discriminatorSummary.js';

/** A model as far as a loss minds: its pictures, and the file that may hold a discriminator. */
interface LossModel {
  readonly summary: { readonly resolution: number; readonly imgChannels: number };
  readonly checkpoint: Checkpoint;
}

/** The loss that needs no network. */
export const pixelLoss: LossSummary = { id: 'pixels', name: 'Pixels' };

/** What inversions can be measured by: the pixels, and the networks that the user or the page has brought. */
export class LossLibrary {
  private readonly available = new Map<string, AvailableLoss>();

  /** A network given again takes the place of the earlier one. */
  add(loss: AvailableLoss): LossSummary {
    this.available.delete(loss.id);
    this.available.set(loss.id, loss);
    return summaryOf(loss);
  }

  /** Those that fit a model's pictures. */
  summaries(model: LossModel): LossSummary[] {
    const own = hasDiscriminator(model.checkpoint) ? [discriminatorLoss] : [];
    return [pixelLoss, ...own, ...[...this.available.values()].filter((loss) => fits(loss, model)).map(summaryOf)];
  }

  /** The network that was brought last of those that fit a model's pictures; null where there is none. */
  latest(model: LossModel): PerceptualLoss | null {
    return [...this.available.values()].findLast((loss) => fits(loss, model))?.loss ?? null;
  }

  /**
   * The loss of an id; null for the pixels alone.
   * @throws GanvasError `loss-missing`; those of `ownDiscriminatorLoss`
   */
  async find(id: string, model: LossModel): Promise<PerceptualLoss | null> {
    if (id === pixelLoss.id) return null;
    const found = this.available.get(id);
    const loss =
      id === discriminatorLoss.id
        ? (await import('./inversionTools.js')).ownDiscriminatorLoss(model.checkpoint)
        : found !== undefined && fits(found, model)
          ? found.loss
          : null;
    if (loss !== null) return loss;
    const { resolution, imgChannels } = model.summary;
    throw new GanvasError(
      'loss-missing',
      `The loss "${id}" is not there, or does not fit pictures of ${resolution}² and ${imgChannels} channels. Choose its network file again, or another loss.`,
      { loss: id },
    );
  }
}

function fits({ network }: AvailableLoss, { summary: { resolution, imgChannels } }: LossModel): boolean {
  return network.imgChannels === imgChannels && (network.resolution ?? resolution) === resolution;
}

function summaryOf({ id, loss }: AvailableLoss): LossSummary {
  return { id, name: loss.name };
}
