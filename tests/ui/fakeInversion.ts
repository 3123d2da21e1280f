import { GanvasError } from '../../src/engine/errors.js';
import { checkCrop, type Crop } from '../../src/inversion/targetPicture.js';
import type {
  CurvePoint,
  InversionApi,
  InversionChoices,
  InversionStatus,
  LossSummary,
  PictureSummary,
} from '../../src/workbench/inversionApi.js';
import type { Pixels } from '../../src/workbench/pixels.js';
import { drawFace, traitsOf } from './drawnFace.js';

/** What the drawn inversion needs of the workbench around it. */
export interface FakeInversionHost {
  readonly tell: (status: InversionStatus | null) => void;
  readonly lossesChanged: () => void;
  /** The result becomes the recipe's latent. */
  readonly take: () => Promise<void>;
  /** Milliseconds of a step. */
  readonly stepTime: number;
}

const targetSeed = 7;

/** An inversion whose face is drawn: it walks from one face to another and never fails to arrive. */
export class FakeInversion implements InversionApi {
  losses: LossSummary[] = [{ id: 'pixels', name: 'Pixels' }];
  private picture: PictureSummary | null = null;
  private status: InversionStatus | null = null;
  private timer: ReturnType<typeof setInterval> | null = null;

  constructor(private readonly host: FakeInversionHost) {}

  async openPicture(picture: Blob, name: string): Promise<PictureSummary> {
    const bitmap = await createImageBitmap(picture).catch(() => {
      throw new GanvasError('picture-undecodable', `${name} could not be decoded as a picture.`);
    });
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext('2d');
    if (context === null) throw new Error('no 2d context');
    context.drawImage(bitmap, 0, 0);
    const { width, height, data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    this.picture = { name, width, height, preview: { width, height, data } };
    return this.picture;
  }

  closePicture(): Promise<void> {
    this.stop();
    this.picture = null;
    this.status = null;
    this.host.tell(null);
    return Promise.resolve();
  }

  openFeatures(): Promise<LossSummary> {
    const loss = { id: 'predictor', name: 'Features of face64’s predictor' };
    this.losses = [...this.losses.filter(({ id }) => id !== loss.id), loss];
    this.host.lossesChanged();
    return Promise.resolve(loss);
  }

  openEncoder(): Promise<void> {
    return Promise.resolve();
  }

  startInversion(choices: InversionChoices, crop: Crop): Promise<void> {
    if (this.picture === null) throw new GanvasError('no-picture', 'There is no picture yet.');
    checkCrop(this.picture, crop);
    this.set({
      phase: 'preparing',
      name: this.picture.name,
      choices,
      step: 0,
      curve: [],
      best: null,
      result: null,
      secondsLeft: null,
      gauge: null,
      onStage: true,
      taken: false,
      error: null,
    });
    return this.resumeInversion();
  }

  pauseInversion(): Promise<void> {
    this.stop();
    this.change({ phase: 'paused' });
    return Promise.resolve();
  }

  resumeInversion(): Promise<void> {
    this.change({ phase: 'running', onStage: true });
    this.timer = setInterval(() => void this.advance(), this.host.stepTime);
    return Promise.resolve();
  }

  cancelInversion(): Promise<void> {
    this.stop();
    this.change({ phase: 'cancelled', onStage: false });
    return Promise.resolve();
  }

  async takeInversion(): Promise<void> {
    await this.host.take();
    this.change({ taken: true, onStage: false });
  }

  inversionTarget(): Promise<Pixels | null> {
    return Promise.resolve(this.status === null ? null : drawFace(traitsOf(targetSeed), 64));
  }

  /** Stops as a loss that is no number would. */
  diverge(): void {
    this.stop();
    const step = this.status?.step ?? 0;
    const message = `The loss was not a finite number at step ${step}. The best so far is kept.`;
    this.change({
      phase: 'failed',
      onStage: false,
      error: { code: 'inversion-diverged', message, details: { step } },
    });
  }

  private async advance(): Promise<void> {
    const { status } = this;
    if (status === null) return;
    const { steps } = status.choices;
    const step = Math.min(steps, status.step + Math.max(1, Math.floor(steps / 50)));
    const done = step / steps;
    const point: CurvePoint = { step, loss: 0.4 * Math.exp(-5 * done) + 0.004, psnr: 12 + 20 * done };
    const traits = traitsOf(targetSeed).map((value, index) => done * value + (1 - done) * (traitsOf(0)[index] ?? 0));
    this.change({
      step,
      curve: [...status.curve, point],
      best: point,
      result: drawFace(traits, 64),
      secondsLeft: ((steps - step) * this.host.stepTime) / 1000,
      gauge: { distance: 6 + 30 * done, layers: [], median: 11, edge: 15, verdict: verdictOf(6 + 30 * done) },
    });
    if (step < steps) return;
    this.stop();
    this.change({ phase: 'finished' });
    await this.takeInversion();
  }

  private stop(): void {
    if (this.timer !== null) clearInterval(this.timer);
    this.timer = null;
  }

  private change(part: Partial<InversionStatus>): void {
    if (this.status !== null) this.set({ ...this.status, ...part });
  }

  private set(status: InversionStatus): void {
    this.status = status;
    this.host.tell(status);
  }
}

function verdictOf(distance: number): 'inside' | 'edge' | 'outside' {
  return distance <= 15 ? 'inside' : distance <= 30 ? 'edge' : 'outside';
}
