import { writeDirections } from '../checkpoints/directionFile.js';
import type { ScoredSamples } from '../discovery/scoredSamples.js';
import { GanvasError } from '../engine/errors.js';
import { at } from '../engine/shape.js';
import type { Direction } from '../latent/direction.js';
import { directionCosines } from '../latent/directionCosines.js';
import { formatLayerRange, parseLayerRange } from '../latent/layerRange.js';
import type { AttributePredictor } from '../models/attributePredictor.js';
import { DirectionKeeper } from './directionKeeper.js';
import type { DirectionStore } from './directionStore.js';
import type { DirectionSummary } from './directionSummary.js';
import type {
  AttributesSummary,
  DirectionMeasuresStatus,
  DiscoveryApi,
  DiscoveryRequest,
  DiscoveryStatus,
  ImportOptions,
  LabelFit,
  LabelledConcept,
  PictureLabel,
} from './discoveryApi.js';
import type * as tools from './discoveryTools.js';
import { putInPlace, usedIds } from './foundList.js';
import { beginJob, JobReport, runningJob, runReported } from './jobReport.js';
import { checkedName, LabelDesk } from './labelDesk.js';
import type { GeneratorSession } from './session.js';
import type { Stage } from './stage.js';

/** As the page calls the jobs. */
const [finding, measuring] = ['The search for directions', 'Measuring a direction'] as const;
/** Pictures that a direction is measured on: shares of an attribute to about a seventh of its deviation. */
const measuredOn = 48;
/** Standard deviations of the latents that measuring moves by; as `compareMethods`. */
const measuredDeviations = 2;

/** Finding, keeping, measuring and handing out directions of the open model. */
export class DiscoveryDesk implements DiscoveryApi {
  private openedPredictor: AttributePredictor | null = null;
  private correlations: AttributesSummary['correlations'] = null;
  private modelHash: string | null = null;
  private reports: {
    discovery: JobReport<DiscoveryStatus> | null;
    measures: JobReport<DirectionMeasuresStatus> | null;
  } = { discovery: null, measures: null };
  private readonly keeper: DirectionKeeper;
  private readonly labelDesk: LabelDesk;

  constructor(
    private readonly stage: Stage,
    store: DirectionStore,
  ) {
    this.keeper = new DirectionKeeper(stage, store);
    this.labelDesk = new LabelDesk(stage, discoveryTools, () => this.listChanged());
  }

  /** What scores pictures; null while none is open. */
  get predictor(): AttributePredictor | null {
    return this.openedPredictor;
  }

  async openPredictor(network: Blob, description: string | null): Promise<AttributesSummary> {
    const bytes = new Uint8Array(await network.arrayBuffer());
    const { checkPredictorFits, readCheckpoint, recognisePredictor } = await discoveryTools();
    const name = network instanceof File ? network.name : 'The predictor';
    const predictor = recognisePredictor(readCheckpoint(bytes, name), description);
    checkPredictorFits(predictor, this.stage.session().opened.generator);
    this.openedPredictor = predictor;
    this.correlations = null;
    return this.attributesOf(predictor);
  }

  attributes(): Promise<AttributesSummary | null> {
    return Promise.resolve(this.openedPredictor === null ? null : this.attributesOf(this.openedPredictor));
  }

  discoverSefa(layers: string, count: number): Promise<readonly DirectionSummary[]> {
    return run(() => {
      const [session, directions] = [this.stage.session(), this.stage.directions()];
      if (!Number.isInteger(count) || count < 1) {
        throw new GanvasError('bad-argument', `The number of directions must be a whole number from 1, got ${count}.`);
      }
      const { numWs } = session.summary;
      const range = formatLayerRange(parseLayerRange(layers, numWs), numWs);
      const found = session
        .sefaDirections(range)
        .slice(0, count)
        .map((direction) => directions.add(direction));
      this.listChanged();
      return found.map((id) => directions.summary(id));
    });
  }

  async startDiscovery(request: DiscoveryRequest): Promise<void> {
    const { checkDiscovery } = await discoveryTools();
    const session = this.stage.session();
    checkDiscovery({ request, model: session, predictor: this.openedPredictor });
    await beginJob(this.stage.jobs, finding, async (signal) => {
      const report = new JobReport<DiscoveryStatus>(
        { ...runningJob('Looking for directions'), request, found: [], samplesDone: 0 },
        (discovery) => this.stage.tell({ type: 'discovery', discovery }),
      );
      this.reports.discovery = report;
      await runReported(this.stage, report, () => this.find(request, report, signal));
    });
  }

  cancelDiscovery(): Promise<void> {
    this.stage.jobs.cancel(finding);
    return Promise.resolve();
  }

  fitLabels(concept: string, labels: readonly PictureLabel[]): Promise<LabelFit> {
    return this.labelDesk.fit(concept, labels);
  }

  labels(): Promise<readonly LabelledConcept[]> {
    return Promise.resolve(this.labelDesk.labels());
  }

  directionCosines(ids: readonly string[]): Promise<readonly (readonly number[])[]> {
    return run(() => directionCosines(ids.map((id) => this.stage.directions().get(id))));
  }

  async startMeasuringDirection(id: string): Promise<void> {
    const direction = this.stage.directions().get(id);
    await beginJob(this.stage.jobs, measuring, async (signal) => {
      const report = new JobReport<DirectionMeasuresStatus>(
        { ...runningJob(`Measuring ${direction.name}`), directionId: id, measures: null },
        (status) => this.stage.tell({ type: 'direction-measures', measuring: status }),
      );
      this.reports.measures = report;
      await runReported(this.stage, report, () => this.measure(id, direction, report, signal));
    });
  }

  cancelMeasuringDirection(): Promise<void> {
    this.stage.jobs.cancel(measuring);
    return Promise.resolve();
  }

  renameDirection(id: string, name: string): Promise<void> {
    return this.edit(() => this.stage.directions().rename(id, checkedName(name)));
  }

  starDirection(id: string, starred: boolean): Promise<void> {
    return this.edit(() => this.stage.directions().star(id, starred));
  }

  removeDirections(ids: readonly string[]): Promise<void> {
    return this.edit(() => {
      const directions = this.stage.directions();
      const used = usedIds(directions, this.stage.recipe());
      directions.remove(ids.filter((id) => !used.has(id)));
    });
  }

  async exportDirections(
    ids: readonly string[],
    format: 'safetensors' | 'npy' = 'safetensors',
  ): Promise<Uint8Array<ArrayBuffer>> {
    const directions = ids.map((id) => this.stage.directions().get(id));
    if (format === 'safetensors') return writeDirections(directions);
    if (directions.length !== 1) {
      throw new GanvasError(
        'bad-argument',
        `A .npy file holds one direction, and ${directions.length} were asked for. Save them one by one, or as .safetensors.`,
      );
    }
    const { writeBoundaryNpy } = await discoveryTools();
    return writeBoundaryNpy(at(directions, 0));
  }

  async importDirections(bytes: ArrayBuffer, options?: ImportOptions): Promise<readonly DirectionSummary[]> {
    const { checkDirectionsBelong, readAnyDirections } = await discoveryTools();
    const { name = 'The file', anyway = false, space } = options ?? {};
    const { zDim, wDim, numWs, latentSpaces, hash } = this.stage.session().summary;
    const usual = latentSpaces.includes('w') ? 'w' : 'z';
    const sizes = { name, space: space ?? usual, zDim, wDim, numWs, latentSpaces };
    const read = readAnyDirections(new Uint8Array(bytes), sizes);
    if (!anyway) checkDirectionsBelong(read, hash);
    const directions = this.stage.directions();
    const ids = read.map((direction) => directions.add(direction));
    this.listChanged();
    return ids.map((id) => directions.summary(id));
  }

  /** A model is open: what was found and judged on it before comes back, what is under way on another one ends. */
  async modelOpened(modelHash: string): Promise<void> {
    const isAnother = this.modelHash !== null && this.modelHash !== modelHash;
    if (isAnother) this.leaveModel();
    this.modelHash = modelHash;
    this.labelDesk.startFrom(await this.keeper.load(modelHash));
  }

  private leaveModel(): void {
    this.correlations = null;
    for (const name of [finding, measuring]) this.stage.jobs.cancel(name);
    this.reports.discovery?.abandon();
    this.reports.measures?.abandon();
    this.reports = { discovery: null, measures: null };
    this.stage.tell({ type: 'discovery', discovery: null });
    this.stage.tell({ type: 'direction-measures', measuring: null });
  }

  private async find(
    request: DiscoveryRequest,
    report: JobReport<DiscoveryStatus>,
    signal: AbortSignal,
  ): Promise<void> {
    const { attributeCorrelations, findDirections } = await discoveryTools();
    const session = this.stage.session();
    let found: readonly string[] = [];
    const take = (directions: readonly Direction[]): readonly string[] => {
      if (!this.isOpen(session)) return found;
      found = directions.map((direction, index) =>
        putInPlace(this.stage.directions(), this.stage.recipe(), found[index] ?? null, direction),
      );
      this.listChanged();
      return found;
    };
    const ranked = await findDirections(await this.stage.engine(), {
      model: session,
      predictor: this.openedPredictor,
      request,
      class: this.stage.recipe().class,
      signal,
      onProgress: (label, fraction) => report.progress(label, fraction, 1),
      onInterim: (directions, samplesDone) => report.change({ found: take(directions), samplesDone }),
      onScored: ({ scores, attributes }: ScoredSamples) => {
        if (this.isOpen(session)) this.correlations = attributeCorrelations(scores, attributes.length);
      },
    });
    if (!this.isOpen(session)) return;
    // Ranking has changed the order: each goes by the id that its numbers have by now.
    const directions = this.stage.directions();
    found = ranked.map((direction) =>
      putInPlace(directions, this.stage.recipe(), directions.idIfKnown(direction), direction),
    );
    directions.arrange(found);
    this.listChanged();
    report.change({ found });
  }

  private async measure(
    id: string,
    direction: Direction,
    report: JobReport<DirectionMeasuresStatus>,
    signal: AbortSignal,
  ): Promise<void> {
    const { rescore } = await discoveryTools();
    const session = this.stage.session();
    const { sigma = 0 } = direction.statistics;
    const measures = await rescore(
      await this.stage.engine(),
      session.opened.generator,
      this.openedPredictor,
      direction,
      {
        samples: measuredOn,
        seed: 0,
        class: this.stage.recipe().class,
        ...(sigma > 0 ? { strength: measuredDeviations * sigma } : {}),
        signal,
        onProgress: (fraction) => report.progress(`Measuring ${direction.name}`, fraction, 1),
      },
    );
    if (!this.isOpen(session) || !this.stage.directions().has(id)) return;
    this.stage.directions().measured(id, measures);
    this.listChanged();
    report.change({ measures });
  }

  private attributesOf({ attributes }: AttributePredictor): AttributesSummary {
    return { names: attributes, correlations: this.correlations };
  }

  /** Whether a session's model is the open one; after a lost device it has another session. */
  private isOpen({ summary }: GeneratorSession): boolean {
    return this.stage.session().summary.hash === summary.hash;
  }

  private edit(change: () => void): Promise<void> {
    return run(() => {
      change();
      this.listChanged();
    });
  }

  /** The list has changed: faces hear of it, and it is kept. */
  listChanged(): void {
    this.keeper.changed(this.labelDesk.labels());
    this.stage.tellState();
  }
}

/** Turns a synchronous failure into a rejection. */
function run<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}

const discoveryTools = (): Promise<typeof tools> => import('./discoveryTools.js');
