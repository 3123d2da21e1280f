import { asGanvasError, GanvasError } from '../engine/errors.js';
import type { PictureDistance } from '../metrics/pathLength.js';
import type { AttributePredictor } from '../models/attributePredictor.js';
import type { MeasureApi, MeasureRequest, MeasureStatus } from './measureApi.js';
import type * as tools from './measureTools.js';
import { serializeError } from './serializedError.js';
import type { GeneratorSession } from './session.js';
import type { Stage } from './stage.js';
import { TimeLeft } from './timeLeft.js';

/** As the page calls the job. */
const jobName = 'Measuring';
/** Below this there is too little to fit boundaries to. */
const fewestSamples = 100;
const mostSamples = 500_000;
/** Pictures that side effects are measured on, and ways of the path length, for so many samples. */
const picturesFor = (samples: number): number => Math.min(64, Math.round(samples / 10));
const waysFor = (samples: number): number => Math.min(512, Math.round(samples / 4));
/** Parts of the whole that sampling and the methods take, by time on face64. */
const parts = { sampling: 0.4, methods: 0.5, model: 0.1 } as const;

/** Compares all methods on the open model, by the open predictor. */
export class MeasureDesk implements MeasureApi {
  /**
   * @param predictor what scores pictures; null while none is open
   * @param distance what the path length compares pictures by; null where there is no network of features
   */
  constructor(
    private readonly stage: Stage,
    private readonly predictor: () => AttributePredictor | null,
    private readonly distance: () => PictureDistance | null = () => null,
  ) {}

  async startMeasuring(request: MeasureRequest): Promise<void> {
    const session = this.stage.session();
    const predictor = this.predictor();
    if (predictor === null) {
      throw new GanvasError('predictor-missing', 'There is no attribute predictor to compare by. Open one first.');
    }
    checkRequest(request, predictor);
    const attributes = request.attributes.length > 0 ? request.attributes : predictor.attributes;
    await this.begin({ request, attributes, session, predictor });
  }

  cancelMeasuring(): Promise<void> {
    this.stage.jobs.cancel(jobName);
    return Promise.resolve();
  }

  /** Resolves as soon as the job is under way; how it goes on is told by events, its end when another may begin. */
  private begin(task: Task): Promise<void> {
    const report = new Report(task.request, (measures) => this.stage.tell({ type: 'measures', measures }));
    return new Promise<void>((resolve, reject) => {
      const work = async (signal: AbortSignal): Promise<void> => {
        resolve();
        await this.measureAll({ ...task, signal }, report, await measureTools());
      };
      this.stage.jobs.run(jobName, work).then(
        () => report.end('finished'),
        (thrown: unknown) => {
          const { code } = asGanvasError(thrown);
          if (code === 'job-busy') reject(asGanvasError(thrown));
          else report.end(code === 'cancelled' ? 'cancelled' : 'failed', thrown);
        },
      );
    });
  }

  private async measureAll(
    { request, attributes, session, predictor, signal }: Job,
    report: Report,
    { sampleScored, comparedModel, compareMethods, measureModel }: typeof tools,
  ): Promise<void> {
    const { generator } = session.opened;
    const common = { seed: request.seed, class: this.stage.recipe().class, signal };
    const progress = (label: string, fraction: number): void => {
      this.cancelForAnotherModel(session);
      report.progress(label, fraction);
    };
    report.progress('Rendering samples', 0);
    const engine = await this.stage.engine();
    const samples = await sampleScored(engine, generator, predictor, {
      ...common,
      count: request.samples,
      psi: 1,
      onProgress: (done, total) => progress('Rendering samples', (parts.sampling * done) / total),
    });
    await compareMethods(engine, comparedModel(session.opened), predictor, samples, {
      ...common,
      attributes,
      pictures: picturesFor(request.samples),
      onMethod: (measures) => report.method(measures),
      onProgress: (label, fraction) => progress(label, parts.sampling + parts.methods * fraction),
    });
    const measures = await measureModel(engine, generator, samples, {
      ...common,
      attributes,
      distance: this.distance(),
      ways: waysFor(request.samples),
      onProgress: (label, fraction) => progress(label, parts.sampling + parts.methods + parts.model * fraction),
    });
    report.model(measures);
  }

  /** What is measured belongs to the model that it was begun with. */
  private cancelForAnotherModel({ summary }: GeneratorSession): void {
    if (this.stage.session().summary.hash !== summary.hash) this.stage.jobs.cancel(jobName);
  }
}

interface Task {
  readonly request: MeasureRequest;
  readonly attributes: readonly string[];
  readonly session: GeneratorSession;
  readonly predictor: AttributePredictor;
}

interface Job extends Task {
  readonly signal: AbortSignal;
}

/** The status of a job, told whenever something of it changes. */
class Report {
  private readonly timeLeft = new TimeLeft();
  private status: MeasureStatus;

  constructor(
    request: MeasureRequest,
    private readonly tell: (status: MeasureStatus) => void,
  ) {
    this.status = {
      request,
      methods: [],
      model: null,
      phase: 'running',
      label: jobName,
      fraction: 0,
      secondsLeft: null,
      error: null,
    };
  }

  progress(label: string, fraction: number): void {
    this.change({ label, fraction, secondsLeft: this.timeLeft.after(label, fraction) });
  }

  method(measures: MeasureStatus['methods'][number]): void {
    this.change({ methods: [...this.status.methods, measures] });
  }

  model(model: MeasureStatus['model']): void {
    this.change({ model });
  }

  end(phase: 'finished' | 'cancelled' | 'failed', thrown: unknown = null): void {
    const fraction = phase === 'finished' ? 1 : this.status.fraction;
    this.change({ phase, fraction, secondsLeft: null, error: phase === 'failed' ? serializeError(thrown) : null });
  }

  private change(part: Partial<MeasureStatus>): void {
    this.status = { ...this.status, ...part };
    this.tell(this.status);
  }
}

/** @throws GanvasError `invalid-measure` */
function checkRequest({ samples, attributes }: MeasureRequest, predictor: AttributePredictor): void {
  if (!(Number.isInteger(samples) && samples >= fewestSamples && samples <= mostSamples)) {
    throw new GanvasError(
      'invalid-measure',
      `${samples} samples were asked for. Expected a whole number from ${fewestSamples} to ${mostSamples}.`,
      { samples: String(samples) },
    );
  }
  const unknown = attributes.find((name) => !predictor.attributes.includes(name));
  if (unknown === undefined) return;
  throw new GanvasError(
    'invalid-measure',
    `The predictor has no attribute "${unknown}". Choose from ${predictor.attributes.join(', ')}.`,
    { attribute: unknown },
  );
}

const measureTools = (): Promise<typeof tools> => import('./measureTools.js');
