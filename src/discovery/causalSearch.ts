import type { Engine } from '../engine/engine.js';
import { GanvasError } from '../engine/errors.js';
import type { Program } from '../engine/program.js';
import { at } from '../engine/shape.js';
import { RandomState } from '../latent/randomState.js';
import { visibleSide, type FeatureLayer } from '../models/featureLayers.js';
import type { Generator } from '../models/generator.js';
import type { PartSegmenter } from '../models/partSegmenter.js';
import { adamSchedule } from '../optimisers/adam.js';
import { samplesShowing, type ShowingSample } from './causalPool.js';
import { alphaMoments, compileCausalStep, type CausalBatch } from './causalStep.js';
import { segmenterConcepts, type ConceptReader } from './conceptReader.js';
import { conceptIndex, type Dissection } from './dissection.js';
import { checkNotCancelled } from './dissectionCancel.js';
import { chosenLayers } from './featureSampler.js';

export interface CausalSettings {
  readonly layer: string;
  readonly concept: string;
  readonly steps: number;
  readonly seed: number;
  /** Class of a conditional model, else null. */
  readonly class: number | null;
}

export interface CausalReport {
  /** Steps that are done. */
  readonly step: number;
  /** Of the step before. */
  readonly loss: number;
  /** α of every unit of the layer, 0…1. */
  readonly alphas: Float32Array<ArrayBuffer>;
}

export interface CausalOptions {
  readonly signal?: AbortSignal;
  readonly onReport?: (report: CausalReport) => void;
  /** Steps between readings, at least 1. */
  readonly reportEvery?: number;
}

/** gandissect netdissect/aceoptimize.py: train_ablation. */
const learningRate = 0.01;
/** Pictures whose concept is erased, and as many into which it is put, a step. */
const pairs = 2;
const stepsInFlight = 2;

/**
 * Average causal effect (Bau et al. 2019, §3.2, eq. 4–6; netdissect/aceoptimize.py: ace_loss): the units of a layer that
 * together make a concept. α of every unit, 0…1, is found by Adam so that erasing the units by α takes the concept away,
 * setting them by α to what they are where it is puts it anywhere else, and few are needed:
 * loss = seg after erasing − seg after inserting + .005 ‖α‖². It begins at the units' IoU.
 * @param dissection of this layer and these parts: where to begin, and what to insert
 * @returns the last report; `onReport` sees those before
 * @throws GanvasError `invalid-dissection` for no step or an unknown layer, `not-dissected`, `concept-missing`,
 *   `concept-absent`, `causal-diverged`, `cancelled`; those of `Engine.compileStep`
 */
export async function searchCauses(
  engine: Engine,
  generator: Generator,
  segmenter: PartSegmenter,
  dissection: Dissection,
  settings: CausalSettings,
  options: CausalOptions = {},
): Promise<CausalReport> {
  const reader = segmenterConcepts(segmenter, generator);
  const layer = checkSettings(generator, settings);
  const concept = conceptIndex(reader.concepts, settings.concept);
  const { alphas, values } = beginning(dissection, layer, concept);
  checkNotCancelled(options.signal);
  const showing = await samplesShowing(engine, generator, reader, { ...settings, concept }, options.signal);
  const task = { layer, concept, class: settings.class, pairs };
  const program = await compileCausalStep(engine, generator, segmenter, task);
  try {
    program.write('alpha', alphas);
    program.write('values', values);
    program.write('moments', new Float32Array(alphaMoments(layer)));
    const batches = new Batches(generator, reader, layer, showing, settings.seed);
    return await runSteps(engine, program, batches, settings.steps, options);
  } finally {
    program.dispose();
  }
}

function checkSettings(generator: Generator, { layer, steps }: CausalSettings): FeatureLayer {
  if (!Number.isInteger(steps) || steps < 1) {
    throw new GanvasError(
      'invalid-dissection',
      `The number of steps is ${steps}. Expected a whole number of at least 1.`,
      {
        steps,
      },
    );
  }
  const [found] = chosenLayers(generator, [layer]);
  if (found === undefined) throw new RangeError('internal: a layer was chosen');
  return found;
}

/** α by IoU, the best unit at 1, and the mean activation where the concept is, [channels] each. */
function beginning(
  { layers, concepts }: Dissection,
  { name }: FeatureLayer,
  concept: number,
): { alphas: Float32Array<ArrayBuffer>; values: Float32Array<ArrayBuffer> } {
  const found = layers.find(({ layer }) => layer.name === name);
  if (found === undefined) {
    throw new GanvasError('not-dissected', `${name} has not been dissected yet. Dissect it first.`, { layer: name });
  }
  const of = (table: Float64Array): Float32Array<ArrayBuffer> =>
    Float32Array.from({ length: found.layer.channels }, (_, unit) => at(table, unit * concepts.length + concept));
  const iou = of(found.agreements.iou);
  const best = iou.reduce((most, value) => Math.max(most, value), 0);
  return { alphas: best > 0 ? iou.map((value) => value / best) : iou, values: of(found.present) };
}

async function runSteps(
  engine: Engine,
  program: Program,
  batches: Batches,
  steps: number,
  { signal, onReport = () => undefined, reportEvery = 10 }: CausalOptions,
): Promise<CausalReport> {
  const inFlight: Promise<unknown>[] = [];
  for (let step = 1; ; step++) {
    checkNotCancelled(signal);
    program.run({ ...batches.next(), schedule: adamSchedule(learningRate, step) });
    if (step % reportEvery === 0 || step === steps) {
      const report = await readReport(program, step);
      onReport(report);
      if (step === steps) return report;
    }
    // A lost device is told by the next step, as a typed error.
    inFlight.push(engine.device.queue.onSubmittedWorkDone().catch(() => undefined));
    if (inFlight.length > stepsInFlight) await inFlight.shift();
  }
}

async function readReport(program: Program, step: number): Promise<CausalReport> {
  const [loss, alphas] = await Promise.all([program.read('loss'), program.read('alpha')]);
  const value = at(loss, 0);
  if (Number.isFinite(value) && alphas.every(Number.isFinite)) return { step, loss: value, alphas };
  throw new GanvasError(
    'causal-diverged',
    `The search came to numbers that are not finite by step ${step}: the model or the segmenter overflows. Try another layer.`,
    { step },
  );
}

/** Draws what each step looks at. */
class Batches {
  private readonly random: RandomState;

  constructor(
    private readonly generator: Generator,
    private readonly reader: ConceptReader,
    private readonly layer: FeatureLayer,
    private readonly showing: readonly ShowingSample[],
    seed: number,
  ) {
    this.random = new RandomState(seed);
  }

  next(): CausalBatch {
    const { zDim } = this.generator;
    const { resolution } = this.layer;
    const [plane, pixels] = [resolution ** 2, this.reader.size ** 2];
    const z = new Float32Array(pairs * zDim);
    const place = new Float32Array(2 * pairs * plane);
    const weight = new Float32Array(2 * pairs * pixels);
    // Erased everywhere, and looked for where the concept was.
    place.fill(1, 0, pairs * plane);
    for (let pair = 0; pair < pairs; pair++) {
      const sample = at(this.showing, this.below(this.showing.length));
      z.set(sample.z, pair * zDim);
      sample.mask.forEach((shown, pixel) => (weight[pair * pixels + pixel] = shown / (sample.area * pairs)));
      this.insert(place, weight, pairs + pair);
    }
    return { z, place, weight };
  }

  /** Puts the concept into a random square, and looks for it there. */
  private insert(place: Float32Array, weight: Float32Array, row: number): void {
    const { resolution, margin = 0 } = this.layer;
    const { size } = this.reader;
    const visible = visibleSide(this.layer);
    const side = Math.max(1, visible >> 2);
    const [top, left] = [this.below(visible - side + 1), this.below(visible - side + 1)];
    const inMap = { top: top + margin, left: left + margin, side };
    fillSquare(place, row * resolution ** 2, resolution, inMap, 1);
    const scaled = {
      top: Math.floor((top * size) / visible),
      left: Math.floor((left * size) / visible),
      side: Math.max(1, Math.floor((side * size) / visible)),
    };
    fillSquare(weight, row * size ** 2, size, scaled, -1 / (scaled.side ** 2 * pairs));
  }

  private below(limit: number): number {
    return Math.floor(at(this.random.randomSample(1), 0) * limit);
  }
}

function fillSquare(
  values: Float32Array,
  start: number,
  width: number,
  { top, left, side }: { readonly top: number; readonly left: number; readonly side: number },
  value: number,
): void {
  for (let row = top; row < top + side; row++) {
    values.fill(value, start + row * width + left, start + row * width + left + side);
  }
}
