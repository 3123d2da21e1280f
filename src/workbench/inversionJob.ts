import { asGanvasError } from '../engine/errors.js';
import { Inversion } from '../inversion/inversion.js';
import type { InversionBest, InversionReport, InversionState } from '../inversion/inversionProgress.js';
import type { PerceptualLoss } from '../inversion/inversionRequest.js';
import type { InversionSettings } from '../inversion/inversionSettings.js';
import { latentDomainOf, type LatentDomain } from '../inversion/latentDomain.js';
import type { Recipe } from '../latent/recipe.js';
import type { StyleEncoder } from '../models/styleEncoder.js';
import type { CurvePoint, InversionChoices, InversionPhase, InversionStatus } from './inversionApi.js';
import { inversionRecipe } from './inversionRecipe.js';
import type { InversionStage } from './inversionStage.js';
import type { InversionStore } from './inversionStore.js';
import type { Pixels } from './pixels.js';
import { serializeError, type SerializedError } from './serializedError.js';

/** What one inversion is about; it stays the same from start to end. */
export interface InversionTask {
  readonly modelHash: string;
  /** The picture's name. */
  readonly name: string;
  readonly choices: InversionChoices;
  readonly settings: InversionSettings;
  /** What settings that start from it start from; null where they do not, or have started. */
  readonly encoder: StyleEncoder | null;
  /** [imgChannels, resolution, resolution] in −1…1 */
  readonly target: Float32Array<ArrayBuffer>;
}

/** Time between two savings of a running job, milliseconds. */
const saveEvery = 5000;
/** Readings of a run; each can bring a new picture. A long run is read every ten steps at most. */
const readings = 50;
const mostStepsBetween = 10;

/**
 * An inversion under way and what it has reached. All that must not be lost is on the CPU (`state`): pausing lets go of the
 * GPU, and going on compiles again, the same way after a pause, a lost device or a reload.
 */
export class InversionJob {
  private phase: InversionPhase;
  private inversion: Inversion | null = null;
  /** Preparing or running; never rejects. */
  private working: Promise<unknown> = Promise.resolve();
  private domain: LatentDomain | null = null;
  private secondsPerStep: number | null = null;
  private result: Pixels | null = null;
  private onStage = false;
  private taken = false;
  private error: SerializedError | null = null;
  /** Counts beginnings: one that was given up while it was prepared lets go of what it finds. */
  private attempt = 0;
  /** What the run under way should end as, once it may. */
  private stopping: 'paused' | 'cancelled' | null = null;
  private presenting: Promise<void> | null = null;
  private stale = false;
  /** Nobody follows it any more: it neither tells nor takes. */
  private abandoned = false;
  private savedAt = -Infinity;

  /** @param state where an earlier run has got to; null to begin */
  constructor(
    private readonly stage: InversionStage,
    private readonly store: InversionStore,
    readonly task: InversionTask,
    private state: InversionState | null,
  ) {
    this.phase = state === null ? 'preparing' : 'stored';
  }

  get isUnderWay(): boolean {
    return this.phase === 'preparing' || this.phase === 'running';
  }

  get mayResume(): boolean {
    return this.phase === 'paused' || this.phase === 'stored';
  }

  get holdsStage(): boolean {
    return this.onStage;
  }

  get status(): InversionStatus {
    const { task, state, phase, onStage, taken, error, result } = this;
    const step = state?.step ?? 0;
    const { best } = this;
    return {
      phase,
      name: task.name,
      choices: task.choices,
      step,
      curve: (state?.curve ?? []).map(curvePoint),
      best: best === null ? null : { step: best.step, loss: best.loss, psnr: best.psnr },
      result,
      secondsLeft: this.secondsPerStep === null ? null : this.secondsPerStep * (task.settings.steps - step),
      gauge: best === null ? null : (this.domain?.gauge(best.w) ?? null),
      onStage,
      taken,
      error,
    };
  }

  /**
   * Compiles and begins, or goes on from the state; resolves when steps are under way.
   * @throws GanvasError of `Inversion.start`, after which the job has failed
   */
  start(perceptual: PerceptualLoss | null): Promise<void> {
    this.stopping = null;
    this.onStage = true;
    return this.begin(perceptual);
  }

  /** Resolves when the steps under way are done. */
  pause(): Promise<void> {
    return this.stop('paused');
  }

  async cancel(): Promise<void> {
    if (this.isUnderWay) await this.stop('cancelled');
    else if (this.phase === 'paused' || this.phase === 'stored') await this.end('cancelled');
  }

  /** Stops and leaves the stage as it is, for a job that nobody follows any more. */
  abandon(): Promise<void> {
    this.abandoned = true;
    this.onStage = false;
    return this.stop('paused');
  }

  /** The stage belongs to the recipe again. */
  leaveStage(): void {
    if (!this.onStage) return;
    this.onStage = false;
    this.tell();
  }

  /** Makes the best so far the recipe's latent. */
  async take(): Promise<void> {
    const { best } = this;
    if (best === null || this.abandoned) return;
    await this.stage.commit(this.recipeOf(best));
    this.taken = true;
    this.onStage = false;
    this.tell();
  }

  /** Draws what a stored job has reached. */
  async showStored(): Promise<void> {
    await this.present(false);
  }

  private get best(): InversionBest | null {
    return this.state?.best[0] ?? null;
  }

  private begin(perceptual: PerceptualLoss | null): Promise<void> {
    this.phase = 'preparing';
    this.error = null;
    this.tell();
    const begun = this.prepareAndDrive(perceptual);
    this.working = begun.catch(() => undefined);
    return begun;
  }

  private async prepareAndDrive(perceptual: PerceptualLoss | null): Promise<void> {
    const attempt = ++this.attempt;
    const inversion = await this.prepare(perceptual).catch(async (error: unknown) => {
      if (attempt === this.attempt) await this.end('failed', error);
      throw error;
    });
    if (attempt !== this.attempt) return inversion.dispose();
    this.inversion = inversion;
    this.phase = 'running';
    this.tell();
    this.working = this.drive(inversion, perceptual);
  }

  private async stop(as: 'paused' | 'cancelled'): Promise<void> {
    this.stopping = as;
    while (this.phase === 'running') {
      this.inversion?.pause();
      await this.working;
    }
    // Compiling cannot be broken off, but nobody has to wait for it.
    if (this.phase !== 'preparing') return;
    this.attempt++;
    await this.end(as);
  }

  private async prepare(perceptual: PerceptualLoss | null): Promise<Inversion> {
    const { stage, task, state } = this;
    const engine = await stage.engine();
    const { generator, summary } = stage.session().opened;
    this.domain = await latentDomainOf(engine, generator, task.settings.class);
    const request = {
      label: `${summary.name} inversion`,
      generator,
      pictures: [task.target],
      perceptual,
      domain: this.domain,
      encoder: task.encoder,
    };
    return state === null
      ? Inversion.start(engine, { ...request, settings: task.settings })
      : Inversion.resume(engine, request, state);
  }

  /** Runs to the end or to a pause; never rejects. */
  private async drive(inversion: Inversion, perceptual: PerceptualLoss | null): Promise<void> {
    const reportEvery = Math.max(1, Math.min(mostStepsBetween, Math.floor(this.task.settings.steps / readings)));
    try {
      const outcome = await inversion.run({ reportEvery, onReport: (report) => this.receive(report, inversion) });
      this.state = inversion.state;
      await this.presenting;
      this.release();
      await this.end(outcome === 'finished' ? 'finished' : (this.stopping ?? 'paused'));
    } catch (thrown) {
      this.state = inversion.state;
      this.release();
      await (asGanvasError(thrown).code === 'device-lost'
        ? this.continueAfterLoss(perceptual)
        : this.end('failed', thrown));
    }
  }

  /** Goes on from the last state once there is a device again. */
  private async continueAfterLoss(perceptual: PerceptualLoss | null): Promise<void> {
    this.phase = 'preparing';
    this.tell();
    const { attempt } = this;
    try {
      await this.stage.recovered();
    } catch (final) {
      this.onStage = false;
      await this.end('failed', final);
      return;
    }
    if (attempt !== this.attempt) return;
    // A job that cannot be prepared again has told why through its status.
    await this.begin(perceptual).catch(() => undefined);
  }

  private receive(report: InversionReport, inversion: Inversion): void {
    this.state = inversion.state;
    this.secondsPerStep = report.secondsPerStep;
    if (report.improved[0] === true) {
      this.taken = false;
      void this.present(true);
    } else {
      this.tell();
    }
    if (performance.now() - this.savedAt > saveEvery) void this.save();
  }

  /** Draws the best so far; while that takes its time, only the latest waits. */
  private present(onCanvas: boolean): Promise<void> {
    this.stale = true;
    this.presenting ??= this.presentLatest(onCanvas).finally(() => (this.presenting = null));
    return this.presenting;
  }

  private async presentLatest(onCanvas: boolean): Promise<void> {
    try {
      while (this.stale) {
        this.stale = false;
        const { best } = this;
        if (best === null) return;
        const recipe = this.recipeOf(best);
        if (onCanvas && this.onStage) await this.stage.show(recipe);
        this.result = (await this.stage.preview(recipe)) ?? this.result;
        this.tell();
      }
    } catch {
      // A lost device or a closed model: the run itself tells.
    }
  }

  private async end(phase: 'finished' | 'paused' | 'cancelled' | 'failed', thrown?: unknown): Promise<void> {
    this.phase = phase;
    this.error = thrown === undefined ? null : serializeError(thrown);
    await this.save();
    if (phase === 'finished' && this.onStage) {
      return this.take().catch((error: unknown) => (this.abandoned ? undefined : this.end('failed', error)));
    }
    if (phase !== 'paused' && this.onStage) {
      this.onStage = false;
      await this.stage.showPresent().catch(() => undefined);
    }
    this.tell();
  }

  private recipeOf(best: InversionBest): Recipe {
    const { wDim } = this.stage.session().summary;
    return inversionRecipe(this.stage.recipe(), this.task.settings, best, wDim);
  }

  private async save(): Promise<void> {
    if (this.state === null) return;
    this.savedAt = performance.now();
    const { modelHash, name, choices, target } = this.task;
    await this.store.save({ version: 1, modelHash, name, choices, target, state: this.state });
  }

  private release(): void {
    this.inversion?.dispose();
    this.inversion = null;
  }

  private tell(): void {
    if (!this.abandoned) this.stage.tell(this.status);
  }
}

function curvePoint({ step, loss: [loss = NaN], psnr: [psnr = NaN] }: InversionState['curve'][number]): CurvePoint {
  return { step, loss, psnr };
}
