import type { WorkbenchApi } from '../../workbench/api.js';
import type { Crop, InversionChoices, InversionPhase, InversionStatus } from '../../workbench/inversionApi.js';
import { centreCrop } from '../../inversion/targetPicture.js';
import { formatPlain } from '../format.js';
import { FetchedNetwork } from './fetchedNetwork.js';
import type { InversionView } from './inversionView.js';

/** What the inversion needs of the session it belongs to. */
export interface InversionHost {
  readonly view: () => InversionView;
  readonly update: (part: Partial<InversionView>) => void;
  readonly report: (title: string, thrown: unknown) => void;
  readonly said: (sentence: string) => void;
  /** The recipe has got the result as its latent. */
  readonly taken: () => void;
}

/** The page's side of inverting a picture: the picture, its crop, and the job of the workbench. */
export class InversionSession {
  /** A network whose features are a loss for the model. Fetched with the first picture. */
  readonly features: FetchedNetwork;
  /** The model's style encoder, from which inversions start; likewise. */
  readonly encoder: FetchedNetwork;

  constructor(
    private readonly api: WorkbenchApi,
    private readonly host: InversionHost,
    signal: AbortSignal,
  ) {
    this.features = new FetchedNetwork(async (network) => void (await api.openFeatures(network, null)), signal);
    this.encoder = new FetchedNetwork((network) => api.openEncoder(network), signal);
  }

  /** Takes a picture; one that cannot be taken leaves the one before. */
  async openPicture(file: Blob, name: string): Promise<void> {
    this.host.update({ opening: true });
    try {
      const picture = await this.api.openPicture(file, name);
      this.host.update({ picture, crop: centreCrop(picture.width, picture.height) });
      this.host.said(`${name} is open: ${picture.width} by ${picture.height} pixels.`);
    } catch (thrown) {
      this.host.report(`Could not open ${name}`, thrown);
    } finally {
      this.host.update({ opening: false });
    }
    await this.fetchNetworks();
  }

  crop(crop: Crop): void {
    this.host.update({ crop });
  }

  /** Offers a network of the user's own as a loss; gives its id, or null when it cannot be used. */
  async openFeatures(network: File, heads: File | null): Promise<string | null> {
    try {
      const { id, name } = await this.api.openFeatures(network, heads);
      this.host.said(`${name} can be chosen as the loss.`);
      return id;
    } catch (thrown) {
      this.host.report(`Could not use ${network.name} as a loss`, thrown);
      return null;
    }
  }

  async start(choices: InversionChoices): Promise<void> {
    const { crop } = this.host.view();
    if (crop === null) return;
    await this.attempt('The inversion did not start', () => this.api.startInversion(choices, crop));
  }

  async pause(): Promise<void> {
    await this.attempt('The inversion was not paused', () => this.api.pauseInversion());
  }

  async resume(): Promise<void> {
    // After a reload the features have to come again.
    await this.fetchNetworks();
    await this.attempt('The inversion did not go on', () => this.api.resumeInversion());
  }

  async cancel(): Promise<void> {
    await this.attempt('The inversion was not cancelled', () => this.api.cancelInversion());
  }

  async take(): Promise<void> {
    await this.attempt('The result was not taken', () => this.api.takeInversion());
  }

  /** Forgets the picture and the job. */
  async discard(): Promise<void> {
    this.host.update({ picture: null, crop: null, comparing: false });
    await this.attempt('The picture was not discarded', () => this.api.closePicture());
  }

  /** Lays the target over the stage while `on`. */
  compare(on: boolean): void {
    const { comparing, target } = this.host.view();
    if (on !== comparing && (target !== null || !on)) this.host.update({ comparing: on });
  }

  /** Follows the job of the workbench. */
  async receive(status: InversionStatus | null): Promise<void> {
    const before = this.host.view().status;
    this.host.update({ status, ...(status === null ? { target: null, comparing: false } : {}) });
    if (status === null) return;
    if (status.taken && before?.taken !== true) this.host.taken();
    if (status.phase === before?.phase) return;
    const sentence = spoken(status);
    if (sentence !== null) this.host.said(sentence);
    const begins = status.phase === 'preparing' || status.phase === 'stored';
    if (begins) this.host.update({ target: await this.api.inversionTarget() });
  }

  /** What comes with the model: without features the pixels alone remain, without an encoder starts are further off. */
  private async fetchNetworks(): Promise<void> {
    await Promise.all([
      this.attempt('The features to compare by did not arrive', () => this.features.ready()),
      this.attempt('The encoder to start from did not arrive', () => this.encoder.ready()),
    ]);
  }

  private async attempt(title: string, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (thrown) {
      this.host.report(title, thrown);
    }
  }
}

/** What a change of phase is to people who listen; null for what needs no word. */
function spoken({ phase, step, best }: InversionStatus): string | null {
  const reached = best === null ? '' : `, ${formatPlain(best.psnr, 1)} decibels`;
  const sentences: Readonly<Record<InversionPhase, string | null>> = {
    preparing: 'The inversion is being prepared.',
    running: 'The inversion is running.',
    paused: `The inversion is paused at step ${step}${reached}.`,
    stored: 'An inversion from before is here to be resumed.',
    finished: `The inversion is done${reached}.`,
    cancelled: `The inversion was cancelled at step ${step}${reached}.`,
    failed: `The inversion stopped at step ${step}${reached}.`,
  };
  return sentences[phase];
}
