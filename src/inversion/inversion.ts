import type { Engine } from '../engine/engine.js';
import { GanvasError } from '../engine/errors.js';
import type { Program } from '../engine/program.js';
import { at } from '../engine/shape.js';
import { adamSchedule } from '../optimisers/adam.js';
import { fading, ramped, type Schedule } from '../optimisers/schedules.js';
import { BestSoFar } from './bestSoFar.js';
import { firstStates, type StateValues } from './firstStates.js';
import type { InversionOutcome, InversionReport, InversionState } from './inversionProgress.js';
import type { InversionRequest } from './inversionRequest.js';
import { checkRequest, checkState } from './inversionChecks.js';
import type { InversionSettings } from './inversionSettings.js';
import { latentNoise } from './latentNoise.js';
import { named } from './named.js';
import { StepClock } from './stepClock.js';
import { adamOf, compileJudge, compileStep, needsJudge, stateShapes } from './stepProgram.js';
import { latentsAreW } from './wOfLatents.js';

export interface RunOptions {
  /** Called after every reading. */
  readonly onReport?: (report: InversionReport) => void;
  /** Steps between readings of loss and latents, at least 1. More cost less; the best is looked for only there. */
  readonly reportEvery?: number;
}

/** Of all rows, as a step or the judge gives them; w null where the latents are w themselves. */
interface ReadLosses {
  readonly loss: Float32Array<ArrayBuffer>;
  readonly mse: Float32Array<ArrayBuffer>;
  readonly w: Float32Array<ArrayBuffer> | null;
}

/** Steps that wait on the GPU at a time: enough to keep it busy, few enough to let others in. */
const stepsInFlight = 2;
const defaultReportEvery = 10;

/**
 * Finds latents whose pictures come close to given ones, by Adam through the generator. A step is one submit (unless it is
 * longer than a submit may be, see `Program.run`) and creates no GPU object; optimised values and moments stay on the GPU,
 * and are read with the losses every few steps, so that `state` is always there to continue from.
 *
 * Several pictures and several starts for each are the rows of one batch; rows do not influence one another.
 */
export class Inversion {
  readonly settings: InversionSettings;
  private readonly best: BestSoFar;
  private readonly learningRate: Schedule;
  private readonly noiseStd: Schedule;
  private pausing = false;
  private running = false;

  private constructor(
    private readonly engine: Engine,
    private readonly request: InversionRequest,
    private readonly program: Program,
    /** Gives the losses of a reading where the step's own are of other pictures (`needsJudge`). */
    private readonly judge: Program | null,
    private saved: InversionState,
  ) {
    const { settings, domain } = request;
    this.settings = settings;
    this.best = new BestSoFar(settings, saved.best, saved.curve);
    this.learningRate = ramped(settings.learningRate, settings);
    const spread = latentsAreW(settings) ? domain.statistics.std : 1;
    this.noiseStd = fading(settings.latentNoise * spread, settings.noiseRamp);
  }

  /**
   * Compiles a run and puts its starts in place; `run` begins it.
   * @throws GanvasError `invalid-inversion` for settings or pictures that do not fit; those of `Engine.compileStep`
   */
  static async start(engine: Engine, request: InversionRequest): Promise<Inversion> {
    checkRequest(request);
    const { settings, pictures, perceptual } = request;
    return Inversion.from(engine, request, {
      version: 1,
      settings,
      perceptual: perceptual?.name ?? null,
      pictures: pictures.length,
      step: 0,
      tensors: await firstStates(engine, request),
      best: [],
      curve: [],
    });
  }

  /**
   * Continues a run from its CPU side, on this engine or another (after a lost device, a reload): what follows is what
   * would have followed.
   * The caller sees to it that model and pictures are the same: a state holds neither.
   * @throws GanvasError `inversion-state-mismatch` when the state is of another number of pictures, another perceptual
   *   loss, or latents of another size; those of `start`
   */
  static async resume(
    engine: Engine,
    request: Omit<InversionRequest, 'settings'>,
    state: InversionState,
  ): Promise<Inversion> {
    const whole = { ...request, settings: state.settings };
    checkRequest(whole);
    checkState(whole, state);
    return Inversion.from(engine, whole, state);
  }

  private static async from(engine: Engine, request: InversionRequest, state: InversionState): Promise<Inversion> {
    const program = await compileStep(engine, request);
    try {
      const judge = needsJudge(request.settings) ? await compileJudge(engine, request) : null;
      return new Inversion(engine, request, program, judge, state);
    } catch (error) {
      program.dispose();
      throw error;
    }
  }

  /** The run as it was last read: at most `reportEvery` steps old while it runs, exact when it does not. */
  get state(): InversionState {
    return this.saved;
  }

  /**
   * Steps until the end or until `pause`; may be called again after a pause.
   * @throws GanvasError `inversion-diverged` when a picture has no start left whose loss is finite: `state` and its best
   *   stay those of the last good reading; `inversion-running` while it runs already; `device-lost`
   */
  async run({
    onReport = () => undefined,
    reportEvery = defaultReportEvery,
  }: RunOptions = {}): Promise<InversionOutcome> {
    if (this.running) throw new GanvasError('inversion-running', 'The inversion runs already. Pause it first.');
    this.running = true;
    try {
      return await this.runSteps(onReport, reportEvery);
    } finally {
      this.running = false;
      this.pausing = false;
    }
  }

  /** Lets `run` come back after the steps under way, or at once when it has not begun. */
  pause(): void {
    this.pausing = true;
  }

  dispose(): void {
    this.program.dispose();
    this.judge?.dispose();
  }

  private async runSteps(onReport: (report: InversionReport) => void, reportEvery: number): Promise<InversionOutcome> {
    const { steps } = this.settings;
    // After an error the GPU may be steps ahead of what was last read.
    for (const [name, values] of Object.entries(this.saved.tensors)) this.program.write(name, values);
    const clock = new StepClock(this.saved.step);
    const inFlight: Promise<unknown>[] = [];
    for (let step = this.saved.step; step < steps; step++) {
      if (this.pausing) {
        this.saved = { ...this.saved, step, tensors: await this.readStates() };
        return 'paused';
      }
      if (step % reportEvery === 0) onReport(await this.readStep(step, clock));
      else this.submitStep(step);
      // A lost device is told by the next step, as a typed error.
      inFlight.push(this.engine.device.queue.onSubmittedWorkDone().catch(() => undefined));
      if (inFlight.length > stepsInFlight) await inFlight.shift();
    }
    onReport(await this.readStep(steps, clock));
    return 'finished';
  }

  /** Step `step`, 0 to `steps`; the last one, at learning rate 0, only judges what the others have led to. */
  private submitStep(step: number): void {
    const { settings, program } = this;
    if (settings.latentNoise > 0) {
      program.write('latentNoise', latentNoise(this.request, step, this.noiseStd(step, settings.steps)));
    }
    const rate = step === settings.steps ? 0 : this.learningRate(step, settings.steps);
    program.run({ schedule: adamSchedule(rate, step + 1, adamOf(settings)) });
  }

  /** Reads the states before a step and the losses of their pictures: they belong together. */
  private async readStep(step: number, clock: StepClock): Promise<InversionReport> {
    const reading = this.readStates();
    // A device that is lost now fails the step below; nobody would hear of this one then.
    reading.catch(() => undefined);
    this.submitStep(step);
    const { losses, tensors } = await this.judged(reading);
    const { loss, mse } = losses;
    const optimised = named(tensors, 'latents');
    const w = losses.w ?? optimised;
    const improved = this.best.take({ step, loss, mse, w, latents: this.settings.space === 'z' ? optimised : w });
    this.saved = { ...this.saved, step, tensors, best: this.best.pictures, curve: this.best.curve };
    return {
      step,
      steps: this.settings.steps,
      losses: Array.from(loss, (value) => (Number.isFinite(value) ? value : NaN)),
      best: this.best.pictures,
      improved,
      secondsPerStep: clock.secondsPerStep(step),
    };
  }

  private async judged(reading: Promise<StateValues>): Promise<{ losses: ReadLosses; tensors: StateValues }> {
    if (this.judge === null) {
      const [tensors, losses] = await Promise.all([reading, this.readLosses(this.program)]);
      return { tensors, losses };
    }
    const tensors = await reading;
    this.judge.run({ latents: named(tensors, 'latents') });
    return { tensors, losses: await this.readLosses(this.judge) };
  }

  private async readLosses(program: Program): Promise<ReadLosses> {
    const [loss, mse, w] = await Promise.all([
      program.read('loss'),
      program.read('mse'),
      latentsAreW(this.settings) ? null : program.read('w'),
    ]);
    return { loss, mse, w };
  }

  /** Copies of all states, as they are before whatever is submitted next. */
  private async readStates(): Promise<StateValues> {
    const names = Object.keys(stateShapes(this.request));
    const values = await Promise.all(names.map((name) => this.program.read(name)));
    return Object.fromEntries(names.map((name, index) => [name, at(values, index)]));
  }
}
