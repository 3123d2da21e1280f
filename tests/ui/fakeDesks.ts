/** Discovery, dissection and measuring of a drawn face: the contracts, with made-up results in a few readings. */
import { GanvasError } from '../../src/engine/errors.js';
import type { RecipeLatent } from '../../src/latent/recipe.js';
import type { DirectionSummary, Pixels, WorkbenchEvent } from '../../src/workbench/api.js';
import type {
  AttributesSummary,
  DiscoveryApi,
  DiscoveryRequest,
  LabelFit,
  LabelledConcept,
  PictureLabel,
} from '../../src/workbench/discoveryApi.js';
import type {
  CausalRequest,
  DissectionApi,
  DissectionRequest,
  DissectionResult,
  PaintStroke,
  UnitAgreement,
  UnitChoice,
} from '../../src/workbench/dissectionApi.js';
import type { JobPhase, JobStatus } from '../../src/workbench/jobStatus.js';
import type { MeasureApi, MeasureRequest } from '../../src/workbench/measureApi.js';
import type { WalkApi, WalkFrame, WalkRequest } from '../../src/workbench/walkApi.js';
import type { UnitEdit } from '../../src/latent/recipe.js';

/** What the desks see of the fake workbench. */
export interface FakeStage {
  readonly emit: (event: WorkbenchEvent) => void;
  readonly directions: () => readonly DirectionSummary[];
  readonly setDirections: (directions: readonly DirectionSummary[]) => void;
  readonly discoverSefa: (layers: string, count: number) => Promise<readonly DirectionSummary[]>;
  readonly addUnits: (edit: UnitEdit) => Promise<void>;
  readonly called: (call: string) => void;
  /** Whether searches wait at their last reading until they are cancelled. */
  readonly searchesNeverEnd: () => boolean;
  /** The picture of a seed. */
  readonly picture: (seed: number) => Pixels;
}

const readings = 4;
/** Long enough for a slow machine to see a job under way. */
const readingMilliseconds = 250;
const attributeNames = ['yaw', 'smile', 'age', 'glasses', 'beard', 'hair length'];
const partNames = ['background', 'skin', 'hair', 'mouth', 'glasses'];
const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Runs a job in readings until it is done or cancelled; one that never ends stays at its last reading. */
class FakeJob {
  private turn = 0;

  constructor(private readonly neverEnds: () => boolean = () => false) {}

  async run(label: string, tell: (status: JobStatus, reading: number) => void): Promise<void> {
    const turn = ++this.turn;
    const status = (phase: JobPhase, fraction: number): JobStatus => ({
      phase,
      label,
      fraction,
      secondsLeft: phase === 'running' ? Math.ceil((1 - fraction) * 12) : null,
      error: null,
    });
    for (let reading = 0; reading < readings; reading++) {
      tell(status('running', reading / readings), reading);
      do await wait(readingMilliseconds);
      while (this.neverEnds() && reading === readings - 1 && turn === this.turn);
      if (turn !== this.turn) return tell(status('cancelled', reading / readings), reading);
    }
    tell(status('finished', 1), readings);
  }

  cancel(): void {
    this.turn++;
  }
}

export class FakeDiscovery implements DiscoveryApi {
  private readonly job = new FakeJob(() => this.stage.searchesNeverEnd());
  private readonly measuring = new FakeJob();
  private summary: AttributesSummary | null = null;
  private taught: LabelledConcept[] = [];

  constructor(private readonly stage: FakeStage) {}

  openPredictor(network: Blob): Promise<AttributesSummary> {
    if (network.size < 16) return Promise.reject(new GanvasError('predictor-mismatch', 'It takes other pictures.'));
    this.summary = { names: attributeNames, correlations: null };
    return Promise.resolve(this.summary);
  }

  attributes(): Promise<AttributesSummary | null> {
    return Promise.resolve(this.summary);
  }

  discoverSefa(layers: string, count: number): Promise<readonly DirectionSummary[]> {
    return this.stage.discoverSefa(layers, count);
  }

  startDiscovery(request: DiscoveryRequest): Promise<void> {
    this.stage.called(`discover ${request.method}`);
    const names =
      request.method === 'interfacegan'
        ? request.attributes
        : Array.from({ length: request.count }, (_, index) => `Component ${index + 1}`);
    const found = names.map((name, index) => direction(`sefa:all:${20 + index}`, name, request.method, index));
    void this.job.run('Rendering samples', (status, reading) => {
      const sofar = found.slice(0, Math.ceil((found.length * reading) / readings));
      this.add(sofar);
      if (status.phase === 'finished' && this.summary !== null) {
        const correlations = attributeNames.map((_, row) =>
          attributeNames.map((__, column) => (row === column ? 1 : 0.1)),
        );
        this.summary = { ...this.summary, correlations };
      }
      this.stage.emit({
        type: 'discovery',
        discovery: { ...status, request, found: sofar.map(({ id }) => id), samplesDone: reading * 500 },
      });
    });
    return Promise.resolve();
  }

  cancelDiscovery(): Promise<void> {
    this.job.cancel();
    return Promise.resolve();
  }

  fitLabels(concept: string, labels: readonly PictureLabel[]): Promise<LabelFit> {
    this.stage.called(`fit ${concept} ${labels.length}`);
    this.taught = [...this.taught.filter((known) => known.concept !== concept), { concept, labels }];
    const positives = labels.filter(({ positive }) => positive).length;
    const negatives = labels.length - positives;
    if (positives === 0 || negatives === 0) {
      const advice = `All ${labels.length} answers are ${positives === 0 ? 'no' : 'yes'}. Mark some of the other kind.`;
      return Promise.resolve({ directionId: null, accuracy: null, positives, negatives, moreClicks: 8, advice });
    }
    const taught = direction('sefa:all:40', concept, 'labels', 0);
    this.add([taught]);
    const moreClicks = Math.max(0, 10 - labels.length);
    return Promise.resolve({ directionId: taught.id, accuracy: 0.83, positives, negatives, moreClicks, advice: null });
  }

  labels(): Promise<readonly LabelledConcept[]> {
    return Promise.resolve(this.taught);
  }

  directionCosines(ids: readonly string[]): Promise<readonly (readonly number[])[]> {
    return Promise.resolve(
      ids.map((_, row) => ids.map((__, column) => (row === column ? 1 : 0.9 / (1 + row + column)))),
    );
  }

  startMeasuringDirection(id: string): Promise<void> {
    this.stage.called(`measure ${id}`);
    const measures = {
      attributes: attributeNames.map((attribute, index) => ({ attribute, perUnit: 0.8 * (-0.5) ** index })),
      layerScores: [0.2, 0.5, 1, 0.9, 0.4, 0.2, 0.1, 0.05, 0.02, 0.01],
      proposedLayers: '1-4',
    };
    void this.measuring.run('Measuring its effect', (status) => {
      const done = status.phase === 'finished';
      this.stage.emit({
        type: 'direction-measures',
        measuring: { ...status, directionId: id, measures: done ? measures : null },
      });
      if (done) this.patch(id, { measures });
    });
    return Promise.resolve();
  }

  cancelMeasuringDirection(): Promise<void> {
    this.measuring.cancel();
    return Promise.resolve();
  }

  renameDirection(id: string, name: string): Promise<void> {
    this.patch(id, { name });
    return Promise.resolve();
  }

  starDirection(id: string, starred: boolean): Promise<void> {
    this.patch(id, { starred });
    return Promise.resolve();
  }

  removeDirections(ids: readonly string[]): Promise<void> {
    this.stage.setDirections(this.stage.directions().filter(({ id }) => !ids.includes(id)));
    return Promise.resolve();
  }

  exportDirections(ids: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
    return Promise.resolve(new TextEncoder().encode(JSON.stringify(ids)));
  }

  /** A file that holds the word "stranger" is of another model; one of a letter holds no directions. */
  importDirections(bytes: ArrayBuffer, options?: { readonly anyway?: boolean }): Promise<readonly DirectionSummary[]> {
    const text = new TextDecoder().decode(bytes);
    if (text.length < 2) return Promise.reject(new GanvasError('directions-unknown', 'It holds no directions.'));
    if (text.includes('stranger') && options?.anyway !== true) {
      const message =
        'The direction "smile" was found on another model. Open that model, or take the direction anyway.';
      return Promise.reject(new GanvasError('direction-other-model', message));
    }
    const added = [direction('sefa:all:50', 'smile', 'vector', 0)];
    this.add(added);
    return Promise.resolve(added);
  }

  private add(found: readonly DirectionSummary[]): void {
    const others = this.stage.directions().filter(({ id }) => !found.some((each) => each.id === id));
    this.stage.setDirections([...others, ...found]);
  }

  private patch(id: string, part: Partial<DirectionSummary>): void {
    this.stage.setDirections(this.stage.directions().map((each) => (each.id === id ? { ...each, ...part } : each)));
  }
}

function direction(id: string, name: string, method: string, index: number): DirectionSummary {
  return {
    id,
    name,
    method,
    space: 'w',
    layers: 'all',
    unit: 'σ of w along the direction',
    statistics: { effect: 2.4 / (index + 1) },
    starred: false,
    measures: null,
  };
}

export class FakeDissection implements DissectionApi {
  private readonly job = new FakeJob();
  private readonly causal = new FakeJob();
  private parts: readonly string[] = [];

  constructor(private readonly stage: FakeStage) {}

  featureLayers(): ReturnType<DissectionApi['featureLayers']> {
    return Promise.resolve(
      [8, 16, 32].map((resolution) => ({ name: `synthesis.b${resolution}.conv1`, channels: 64, resolution })),
    );
  }

  openSegmenter(): Promise<readonly string[]> {
    this.parts = partNames;
    return Promise.resolve(this.parts);
  }

  segmenterParts(): Promise<readonly string[]> {
    return Promise.resolve(this.parts);
  }

  startDissection(request: DissectionRequest): Promise<void> {
    this.stage.called(`dissect ${request.concepts} ${request.samples}`);
    const concepts = request.concepts === 'luma' ? ['light', 'dark'] : partNames;
    const byConcept = Object.fromEntries(
      concepts.map((concept, place) => [
        concept,
        Array.from({ length: 6 }, (_, unit) => agreement(concept, place, unit)),
      ]),
    );
    const result: DissectionResult = { concepts, best: Object.values(byConcept).flat(), byConcept };
    void this.job.run('Rendering samples', (status, reading) =>
      this.stage.emit({ type: 'dissection', dissection: { ...status, request, result: reading > 1 ? result : null } }),
    );
    return Promise.resolve();
  }

  cancelDissection(): Promise<void> {
    this.job.cancel();
    return Promise.resolve();
  }

  startCausalSearch(request: CausalRequest): Promise<void> {
    this.stage.called(`causes ${request.concept} ${request.layer}`);
    void this.causal.run('Searching', (status, reading) => {
      const units = [3, 5, 8].map((unit, rank) => ({ unit, alpha: 0.9 - 0.2 * rank }));
      this.stage.emit({
        type: 'causal',
        causal: { ...status, request, step: reading * 50, loss: 1 / (1 + reading), units },
      });
    });
    return Promise.resolve();
  }

  cancelCausalSearch(): Promise<void> {
    this.causal.cancel();
    return Promise.resolve();
  }

  unitsOfRegion(layer: string, mask: Uint8Array<ArrayBuffer>): Promise<readonly UnitAgreement[]> {
    this.stage.called(`region ${layer} ${mask.some((covered) => covered > 0)}`);
    return Promise.resolve([0, 1, 2].map((unit) => ({ ...agreement('region', 1, unit), layer })));
  }

  unitMaps({ units }: UnitChoice): Promise<readonly Pixels[]> {
    return Promise.resolve(units.map((unit) => spot(unit)));
  }

  paint({ concept, mode, units }: PaintStroke): Promise<void> {
    const numbers = Array.from({ length: units }, (_, unit) => unit);
    return this.stage.addUnits({
      name: `${mode === 'draw' ? 'Draw' : 'Erase'} ${concept}`,
      layer: 'synthesis.b16.conv1',
      units: numbers,
      values: numbers.map(() => 0),
      strength: 1,
      mask: null,
      muted: false,
    });
  }

  measureAblation(): ReturnType<DissectionApi['measureAblation']> {
    return Promise.resolve(
      partNames.map((concept, place) => ({ concept, areaChange: place === 4 ? -0.6 : 0.02 * place })),
    );
  }
}

function agreement(concept: string, place: number, unit: number): UnitAgreement {
  const layer = `synthesis.b${[8, 16, 32][unit % 3] ?? 8}.conv1`;
  return { layer, unit: place * 7 + unit, concept, iou: 0.5 / (unit + 1), threshold: 1, informationQualityRatio: 0.1 };
}

/** A grey spot somewhere on 16². */
function spot(unit: number): Pixels {
  const side = 16;
  const data = new Uint8ClampedArray(side * side * 4).fill(255);
  for (let place = 0; place < side * side; place++) {
    const [x, y] = [(place % side) - 3 - ((unit * 5) % 11), Math.floor(place / side) - 3 - ((unit * 3) % 10)];
    data.fill(255 * Math.exp(-(x * x + y * y) / 12), place * 4, place * 4 + 3);
  }
  return { width: side, height: side, data };
}

export class FakeMeasures implements MeasureApi {
  private readonly job = new FakeJob();

  constructor(private readonly stage: FakeStage) {}

  startMeasuring(request: MeasureRequest): Promise<void> {
    this.stage.called(`compare ${request.samples}`);
    const methods = ['SeFa', 'GANSpace', 'InterFaceGAN, SVM'].map((method, place) => ({
      method,
      disentanglement: 0.2 + 0.1 * place,
      completeness: 0.3 + 0.1 * place,
      informativeness: 0.5 + 0.1 * place,
      mig: place === 0 ? null : 0.1 * place,
      sap: 0.05 * (place + 1),
      bestCorrelation: 0.4 + 0.2 * place,
      sideEffect: 0.9 - 0.2 * place,
    }));
    void this.job.run('Scoring pictures', (status, reading) =>
      this.stage.emit({
        type: 'measures',
        measures: {
          ...status,
          request,
          methods: methods.slice(0, reading),
          model: reading === readings ? { ppl: 112.4, features: 'predictor', separability: 3.1 } : null,
        },
      }),
    );
    return Promise.resolve();
  }

  cancelMeasuring(): Promise<void> {
    this.job.cancel();
    return Promise.resolve();
  }
}

/** Frames are the pictures of seeds, counted up from the first. */
export class FakeWalks implements WalkApi {
  private turn = 0;

  constructor(private readonly stage: FakeStage) {}

  walk({ kind, frames }: WalkRequest, onFrame: (index: number, frame: WalkFrame) => void): Promise<void> {
    this.stage.called(`walk ${kind} ${frames}`);
    return this.show(0, frames, onFrame);
  }

  randomWalk(seed: number, frames: number, onFrame: (index: number, frame: WalkFrame) => void): Promise<void> {
    this.stage.called(`wander ${seed} ${frames}`);
    return this.show(seed, frames, onFrame);
  }

  /** Seed n lies at n. */
  latentsOfSeeds(seeds: readonly number[]): Promise<readonly RecipeLatent[]> {
    this.stage.called(`latents ${seeds.join()}`);
    return Promise.resolve(seeds.map((seed): RecipeLatent => ({ space: 'w', values: [seed] })));
  }

  async mixingGrid(
    rows: readonly number[],
    columns: readonly number[],
    layers: string,
    onPicture: (row: number, column: number, pixels: Pixels) => void,
  ): Promise<void> {
    this.stage.called(`mix ${rows.join()} ${columns.join()} ${layers}`);
    const turn = ++this.turn;
    for (const [row, seed] of rows.entries()) {
      for (const [column, style] of columns.entries()) {
        await wait(1);
        if (turn !== this.turn) return;
        onPicture(row, column, this.stage.picture(seed + style));
      }
    }
  }

  directionFromSeeds(name: string, plus: readonly number[], minus: readonly number[]): Promise<string> {
    this.stage.called(`arithmetic ${plus.join()} ${minus.join()}`);
    const added = direction('sefa:all:60', name, 'arithmetic', 0);
    this.stage.setDirections([...this.stage.directions(), added]);
    return Promise.resolve(added.id);
  }

  cancelWalk(): Promise<void> {
    this.turn++;
    return Promise.resolve();
  }

  private async show(first: number, frames: number, onFrame: (index: number, frame: WalkFrame) => void): Promise<void> {
    const turn = ++this.turn;
    for (let index = 0; index < frames; index++) {
      await wait(frames > 20 ? 100 : 1);
      if (turn !== this.turn) return;
      const seed = first + index;
      onFrame(index, { latent: { space: 'z', seed }, pixels: this.stage.picture(seed) });
    }
  }
}
