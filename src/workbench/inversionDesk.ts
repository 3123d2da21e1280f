import { GanvasError } from '../engine/errors.js';
import { checkLatentSpace } from '../latent/latentSpaces.js';
import type { Crop } from '../inversion/targetPicture.js';
import type { StyleEncoder } from '../models/styleEncoder.js';
import type { InversionApi, InversionChoices, LossSummary, PictureSummary } from './inversionApi.js';
import type { NamedBytes } from './featureLoss.js';
import type { InversionJob } from './inversionJob.js';
import type { InversionStage } from './inversionStage.js';
import type { InversionStore } from './inversionStore.js';
import type * as tools from './inversionTools.js';
import { LossLibrary } from './lossLibrary.js';
import { OpenPicture } from './openPicture.js';
import type { DecodePicture } from './pictureDecoder.js';
import { toPixels, type Pixels } from './pixels.js';

/** A picture, the losses to compare by, and one job at a time. */
export class InversionDesk implements InversionApi {
  readonly losses = new LossLibrary();
  private picture: OpenPicture | null = null;
  private encoder: StyleEncoder | null = null;
  private job: InversionJob | null = null;

  constructor(
    private readonly stage: InversionStage,
    private readonly decode: DecodePicture,
    private readonly store: InversionStore,
  ) {}

  /** True while the stage shows the job's picture. */
  get holdsStage(): boolean {
    return this.job?.holdsStage ?? false;
  }

  get isUnderWay(): boolean {
    return this.job?.isUnderWay ?? false;
  }

  /** The recipe is about to change: the stage is its own again. */
  leaveStage(): void {
    this.job?.leaveStage();
  }

  async openPicture(picture: Blob, name: string): Promise<PictureSummary> {
    const opened = await OpenPicture.decode(picture, name, this.decode);
    this.picture?.close();
    this.picture = opened;
    return opened.summary;
  }

  async closePicture(): Promise<void> {
    this.picture?.close();
    this.picture = null;
    await this.dropJob();
    await this.store.clear();
  }

  async openFeatures(network: Blob, heads: Blob | null): Promise<LossSummary> {
    const files = await Promise.all([bytesOf(network, 'The network'), heads && bytesOf(heads, 'The heads')]);
    const { featureLoss } = await inversionTools();
    const summary = this.losses.add(featureLoss(...files));
    this.stage.tellState();
    return summary;
  }

  async openEncoder(network: Blob): Promise<void> {
    const file = await bytesOf(network, 'The encoder');
    const { openedEncoder } = await inversionTools();
    this.encoder = openedEncoder(file, this.stage.session().summary);
  }

  async startInversion(choices: InversionChoices, crop: Crop): Promise<void> {
    const { checkSettings, settingsOf, InversionJob } = await inversionTools();
    const { summary, opened } = this.stage.session();
    const perceptual = await this.losses.find(choices.loss, opened);
    if (this.job?.isUnderWay === true) {
      throw new GanvasError('inversion-busy', 'A picture is being inverted already. Cancel that first.');
    }
    if (this.picture === null) {
      throw new GanvasError('no-picture', 'There is no picture to invert yet. Open one first.');
    }
    checkLatentSpace(choices.space, summary.latentSpaces);
    const recipe = this.stage.recipe();
    // That of a model that was open before is of no use.
    const encoder = this.encoder?.modelHash === summary.hash ? this.encoder : null;
    const settings = settingsOf(choices.method, {
      ...choices,
      perceptual: perceptual !== null,
      encoder: encoder !== null,
      class: recipe.class,
      noise: recipe.noise.mode === 'none' ? 'none' : 'const',
    });
    checkSettings(settings);
    const target = this.picture.target(crop, summary);
    const { name } = this.picture.summary;
    const task = { modelHash: summary.hash, name, choices, settings, encoder, target };
    const previous = this.job;
    // In its place before anything is waited for, so that a second start meets a job under way.
    this.job = new InversionJob(this.stage, this.store, task, null);
    await previous?.abandon();
    await this.job.start(perceptual);
  }

  async pauseInversion(): Promise<void> {
    await this.job?.pause();
  }

  async resumeInversion(): Promise<void> {
    const { job } = this;
    if (job?.mayResume !== true) return;
    await job.start(await this.losses.find(job.task.choices.loss, this.stage.session().opened));
  }

  async cancelInversion(): Promise<void> {
    await this.job?.cancel();
  }

  async takeInversion(): Promise<void> {
    await this.job?.take();
  }

  inversionTarget(): Promise<Pixels | null> {
    if (this.job === null) return Promise.resolve(null);
    const { resolution, imgChannels } = this.stage.session().summary;
    return Promise.resolve(toPixels(this.job.task.target, imgChannels, resolution, resolution));
  }

  /** Another model is open: its own job, if one was stored, takes the place of the last one's. */
  async modelOpened(modelHash: string): Promise<void> {
    if (this.job?.task.modelHash === modelHash) return;
    await this.dropJob();
    const stored = await this.store.load();
    // A job may have begun, or another model been opened, while the stored one was looked for.
    if (this.job !== null || stored?.modelHash !== modelHash || this.stage.session().summary.hash !== modelHash) return;
    const { InversionJob } = await inversionTools();
    const { name, choices, target, state } = stored;
    const job = new InversionJob(
      this.stage,
      this.store,
      { modelHash, name, choices, settings: state.settings, encoder: null, target },
      state,
    );
    this.job = job;
    await job.showStored();
  }

  private async dropJob(): Promise<void> {
    const { job } = this;
    if (job === null) return;
    this.job = null;
    await job.abandon();
    this.stage.tell(null);
  }
}

type InversionTools = typeof tools;

const inversionTools = (): Promise<InversionTools> => import('./inversionTools.js');

async function bytesOf(file: Blob, name: string): Promise<NamedBytes> {
  return { name: file instanceof File ? file.name : name, bytes: new Uint8Array(await file.arrayBuffer()) };
}
