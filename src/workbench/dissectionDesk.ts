import type { CausalReport } from '../discovery/causalSearch.js';
import type { ConceptReader } from '../discovery/conceptReader.js';
import type { Dissection } from '../discovery/dissection.js';
import { GanvasError } from '../engine/errors.js';
import { at } from '../engine/shape.js';
import type { FeatureLayer } from '../models/featureLayers.js';
import type { PartSegmenter } from '../models/partSegmenter.js';
import type {
  CausalRequest,
  CausalStatus,
  DissectionApi,
  DissectionRequest,
  DissectionStatus,
  PaintStroke,
  UnitAgreement,
  UnitChoice,
} from './dissectionApi.js';
import type * as tools from './dissectionTools.js';
import type { FeatureFrame } from './featureFrame.js';
import { beginJob, JobReport, runningJob, runReported } from './jobReport.js';
import type { Pixels } from './pixels.js';
import type { GeneratorSession } from './session.js';
import type { Stage } from './stage.js';

/** As the page calls the jobs. */
const [dissecting, searching, ablating] = ['Dissection', 'The causal search', 'Measuring an ablation'] as const;
/** Units that a search lists, and samples that it dissects its layer by where nobody has. */
const mostListed = 32;
const samplesToBegin = 96;
/** Seed of the samples that ablations are measured on: not that of a dissection, so that it is tested on others. */
const ablationSeed = 1;

/** A dissection and the model that it is of. */
interface Found {
  readonly session: GeneratorSession;
  readonly dissection: Dissection;
}

/** Units of the open model: what they agree with, what they cause, and painting with them. */
export class DissectionDesk implements DissectionApi {
  private segmenter: PartSegmenter | null = null;
  private found: Found | null = null;
  private modelHash: string | null = null;
  private frame: FeatureFrame | null = null;
  private reports: { dissection: JobReport<DissectionStatus> | null; causal: JobReport<CausalStatus> | null } = {
    dissection: null,
    causal: null,
  };
  private painting: Promise<unknown> = Promise.resolve();

  constructor(private readonly stage: Stage) {}

  async featureLayers(): Promise<readonly FeatureLayer[]> {
    const { featureLayersOf } = await dissectionTools();
    return featureLayersOf(this.stage.session().opened.generator);
  }

  async openSegmenter(network: Blob, description: string | null): Promise<readonly string[]> {
    const bytes = new Uint8Array(await network.arrayBuffer());
    const { readCheckpoint, recogniseSegmenter } = await dissectionTools();
    const name = network instanceof File ? network.name : 'The segmenter';
    this.segmenter = recogniseSegmenter(readCheckpoint(bytes, name), description);
    return this.segmenter.parts;
  }

  segmenterParts(): Promise<readonly string[]> {
    return Promise.resolve(this.segmenter?.parts ?? []);
  }

  async startDissection(request: DissectionRequest): Promise<void> {
    const { checkSampling, chosenLayers, lumaConcepts, segmenterConcepts } = await dissectionTools();
    const session = this.stage.session();
    const { generator } = session.opened;
    const settings = { ...request, class: this.stage.recipe().class };
    checkSampling(settings, generator);
    chosenLayers(generator, request.layers);
    const reader =
      request.concepts === 'luma' ? lumaConcepts(generator) : segmenterConcepts(this.requireSegmenter(), generator);
    await beginJob(this.stage.jobs, dissecting, async (signal) => {
      const report = new JobReport<DissectionStatus>(
        { ...runningJob('Rendering samples'), request, result: null },
        (dissection) => this.stage.tell({ type: 'dissection', dissection }),
      );
      this.reports.dissection = report;
      await runReported(this.stage, report, () => this.dissect(session, reader, settings, report, signal));
    });
  }

  cancelDissection(): Promise<void> {
    this.stage.jobs.cancel(dissecting);
    return Promise.resolve();
  }

  async startCausalSearch(request: CausalRequest): Promise<void> {
    const { chosenLayers, conceptIndex, segmenterConcepts } = await dissectionTools();
    const session = this.stage.session();
    const { generator } = session.opened;
    const segmenter = this.requireSegmenter();
    const reader = segmenterConcepts(segmenter, generator);
    chosenLayers(generator, [request.layer]);
    conceptIndex(reader.concepts, request.concept);
    checkSteps(request.steps);
    await beginJob(this.stage.jobs, searching, async (signal) => {
      const report = new JobReport<CausalStatus>(
        { ...runningJob('Looking at samples'), request, step: 0, loss: null, units: [] },
        (causal) => this.stage.tell({ type: 'causal', causal }),
      );
      this.reports.causal = report;
      await runReported(this.stage, report, () => this.search(session, segmenter, request, report, signal));
    });
  }

  cancelCausalSearch(): Promise<void> {
    this.stage.jobs.cancel(searching);
    return Promise.resolve();
  }

  async unitsOfRegion(layer: string, mask: Uint8Array<ArrayBuffer>, size: number): Promise<readonly UnitAgreement[]> {
    const { rankByRegion } = await dissectionTools();
    const { features, layer: found } = await this.features(layer);
    return rankByRegion(found, features, mask, size);
  }

  async unitMaps({ layer, units }: UnitChoice): Promise<readonly Pixels[]> {
    const { checkUnits, heatMap, visibleSide } = await dissectionTools();
    const { features, layer: found } = await this.features(layer);
    checkUnits(found, units);
    const side = visibleSide(found);
    const plane = side ** 2;
    return units.map((unit) => heatMap(features.subarray(unit * plane, (unit + 1) * plane), side));
  }

  /** Strokes take turns, so that each adds to the ones before. */
  paint(stroke: PaintStroke): Promise<void> {
    const painted = this.painting.then(async () => {
      const { strokeToUnitEdit } = await dissectionTools();
      if (this.found === null || !this.isOpen(this.found.session)) {
        throw new GanvasError('not-dissected', 'The model has not been dissected yet. Dissect it before painting.');
      }
      const edit = strokeToUnitEdit(this.found.dissection, stroke);
      const recipe = this.stage.recipe();
      await this.stage.commit({ ...recipe, units: [...(recipe.units ?? []), edit] });
    });
    this.painting = painted.catch(() => undefined);
    return painted;
  }

  async measureAblation(
    { layer, units }: UnitChoice,
    samples: number,
  ): Promise<readonly { readonly concept: string; readonly areaChange: number }[]> {
    const { lumaConcepts, measureUnits, segmenterConcepts } = await dissectionTools();
    const { generator } = this.stage.session().opened;
    const reader = this.segmenter === null ? lumaConcepts(generator) : segmenterConcepts(this.segmenter, generator);
    const change = { layer, units, values: units.map(() => 0), samples, seed: ablationSeed };
    const changes = await this.stage.jobs.run(ablating, async (signal) =>
      measureUnits(
        await this.stage.engine(),
        generator,
        reader,
        { ...change, class: this.stage.recipe().class },
        { signal },
      ),
    );
    return changes.map(({ concept, areaChange }) => ({ concept, areaChange }));
  }

  /** Another model is open: what was found belongs to the last one. */
  modelOpened(modelHash: string): void {
    if (this.modelHash === modelHash) return;
    const hadModel = this.modelHash !== null;
    this.modelHash = modelHash;
    this.found = null;
    this.frame?.dispose();
    this.frame = null;
    for (const name of [dissecting, searching, ablating]) this.stage.jobs.cancel(name);
    this.reports.dissection?.abandon();
    this.reports.causal?.abandon();
    this.reports = { dissection: null, causal: null };
    if (!hadModel) return;
    this.stage.tell({ type: 'dissection', dissection: null });
    this.stage.tell({ type: 'causal', causal: null });
  }

  private requireSegmenter(): PartSegmenter {
    if (this.segmenter !== null) return this.segmenter;
    throw new GanvasError(
      'segmenter-missing',
      'There is no segmenter to tell parts by. Open one, or take luma as concepts.',
    );
  }

  private async dissect(
    session: GeneratorSession,
    reader: ConceptReader,
    settings: Parameters<typeof tools.dissect>[3],
    report: JobReport<DissectionStatus>,
    signal: AbortSignal,
  ): Promise<void> {
    const { dissect, dissectionResult } = await dissectionTools();
    const take = (dissection: Dissection): void => {
      if (!this.isOpen(session)) return;
      this.found = { session, dissection };
      report.change({ result: dissectionResult(dissection) });
    };
    const engine = await this.stage.engine();
    take(
      await dissect(engine, session.opened.generator, reader, settings, {
        signal,
        onProgress: (done, total) => report.progress('Rendering samples', done, total),
        onInterim: take,
      }),
    );
  }

  private async search(
    session: GeneratorSession,
    segmenter: PartSegmenter,
    request: CausalRequest,
    report: JobReport<CausalStatus>,
    signal: AbortSignal,
  ): Promise<void> {
    const { searchCauses } = await dissectionTools();
    const engine = await this.stage.engine();
    const { generator } = session.opened;
    const settings = { ...request, class: this.stage.recipe().class };
    const dissection = await this.beginningOf(session, segmenter, settings, signal);
    await searchCauses(engine, generator, segmenter, dissection, settings, {
      signal,
      reportEvery: Math.max(1, Math.min(10, Math.floor(request.steps / 20))),
      onReport: ({ step, loss, alphas }) => {
        report.progress('Searching', step, request.steps);
        report.change({ step, loss, units: largest(alphas) });
      },
    });
  }

  /** The dissection that a search begins from: the present one if it has the layer and the parts, else one of its own. */
  private async beginningOf(
    session: GeneratorSession,
    segmenter: PartSegmenter,
    { layer, seed, class: label }: CausalRequest & { readonly class: number | null },
    signal: AbortSignal,
  ): Promise<Dissection> {
    const { dissect, segmenterConcepts } = await dissectionTools();
    const known = this.found !== null && this.isOpen(this.found.session) ? this.found.dissection : null;
    const sameParts = known?.concepts.join('\n') === segmenter.parts.join('\n');
    if (known?.layers.some((found) => found.layer.name === layer) === true && sameParts) return known;
    const reader = segmenterConcepts(segmenter, session.opened.generator);
    const settings = { layers: [layer], samples: samplesToBegin, seed, class: label };
    return dissect(await this.stage.engine(), session.opened.generator, reader, settings, { signal });
  }

  /** A layer's features of the present picture. */
  private async features(
    name: string,
  ): Promise<{ readonly features: Float32Array<ArrayBuffer>; readonly layer: FeatureLayer }> {
    const { chosenLayers, FeatureFrame } = await dissectionTools();
    const session = this.stage.session();
    const layer = at(chosenLayers(session.opened.generator, [name]), 0);
    this.frame ??= new FeatureFrame();
    const engine = await this.stage.engine();
    return { layer, features: await this.frame.features(engine, session, this.stage.recipe(), layer) };
  }

  /** Whether a session's model is the open one; after a lost device it has another session. */
  private isOpen({ summary }: GeneratorSession): boolean {
    return this.stage.session().summary.hash === summary.hash;
  }
}

function checkSteps(steps: number): void {
  if (Number.isInteger(steps) && steps >= 1) return;
  throw new GanvasError(
    'invalid-dissection',
    `The number of steps is ${steps}. Expected a whole number of at least 1.`,
    {
      steps,
    },
  );
}

function largest(alphas: CausalReport['alphas']): CausalStatus['units'] {
  return Array.from(alphas, (alpha, unit) => ({ unit, alpha }))
    .sort((a, b) => b.alpha - a.alpha)
    .slice(0, mostListed);
}

const dissectionTools = (): Promise<typeof tools> => import('./dissectionTools.js');
