import type { Engine } from '../engine/engine.js';
import { GanvasError } from '../engine/errors.js';
import type { Program } from '../engine/program.js';
import { at } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { synthesisWithFeatures, type FeatureLayer } from '../models/featureLayers.js';
import type { Generator } from '../models/generator.js';
import { movedUnits } from '../models/unitIntervention.js';
import type { ConceptReader } from './conceptReader.js';
import { checkNotCancelled } from './dissectionCancel.js';
import { chosenLayers } from './featureSampler.js';
import { checkSampling, latentStream, sampledSynthesis, sampledWs, type Sampling } from './sampledLatents.js';

export interface UnitChange extends Sampling {
  readonly layer: string;
  readonly units: readonly number[];
  /** What each unit is set to everywhere: zeros ablate, high ones insert. */
  readonly values: readonly number[];
}

/** What a change of units does to a concept over samples. */
export interface ConceptChange {
  readonly concept: string;
  /** Part of all pixels that show it, before and after. */
  readonly before: number;
  readonly after: number;
  /** (after − before) / before: −1 when nothing is left, 0 when as much is there; 0 for a concept that was never there. */
  readonly areaChange: number;
  /** Of the pixels that showed it, the part that still does; 1 for a concept that was never there. */
  readonly kept: number;
}

const rows = 8;

/**
 * Measures what setting units does: every sample is made twice, as it is and with the units set, and its concepts counted
 * (Bau et al. 2019, §3.2).
 * @throws GanvasError `invalid-dissection` for an unknown layer, a unit that it does not have, or no sample; `cancelled`;
 *   `invalid-seed`, `class-missing`, `class-out-of-range`; those of `Engine.compile`
 */
export async function measureUnits(
  engine: Engine,
  generator: Generator,
  concepts: ConceptReader,
  change: UnitChange,
  {
    signal,
    onProgress,
  }: { readonly signal?: AbortSignal; readonly onProgress?: (done: number, total: number) => void } = {},
): Promise<ConceptChange[]> {
  checkSampling(change, generator);
  const [layer] = chosenLayers(generator, [change.layer]);
  if (layer === undefined) throw new RangeError('internal: a layer was chosen');
  checkUnits(layer, change.units);
  checkNotCancelled(signal);
  const program = await compileChange(engine, generator, concepts, layer, change);
  const tally = new ChangeTally(concepts.concepts);
  try {
    const draw = latentStream(generator, change.seed);
    for (let done = 0; done < change.samples;) {
      checkNotCancelled(signal);
      const samples = Math.min(rows, change.samples - done);
      const z = new Float32Array(rows * generator.zDim);
      z.set(draw(samples));
      program.run({ z });
      const maps = await Promise.all([program.read('before'), program.read('after')]);
      const [before, after] = maps.map((map) => concepts.labels(map.subarray(0, samples * concepts.size ** 2)));
      tally.add(before ?? new Uint8Array(), after ?? new Uint8Array());
      done += samples;
      onProgress?.(done, change.samples);
    }
  } finally {
    program.dispose();
  }
  return tally.changes();
}

/** @throws GanvasError `invalid-dissection` */
export function checkUnits({ name, channels }: FeatureLayer, units: readonly number[]): void {
  const stray = units.find((unit) => !Number.isInteger(unit) || unit < 0 || unit >= channels);
  if (stray === undefined && units.length > 0) return;
  const found = stray === undefined ? 'No unit was given' : `There is no unit ${stray}`;
  throw new GanvasError('invalid-dissection', `${found}. Expected units of ${name}, from 0 to ${channels - 1}.`, {
    layer: name,
    channels,
  });
}

function compileChange(
  engine: Engine,
  generator: Generator,
  concepts: ConceptReader,
  layer: FeatureLayer,
  { units, values, class: label }: UnitChange,
): Promise<Program> {
  const [share, set] = [new Float32Array(layer.channels), new Float32Array(layer.channels)];
  units.forEach((unit, index) => {
    share[unit] = 1;
    set[unit] = at(values, index);
  });
  const trace = (inputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> => {
    const { z, share: moved, values: to } = inputs;
    if (z === undefined || moved === undefined || to === undefined) throw new RangeError('internal: input missing');
    const ws = sampledWs(generator, z, label);
    const picture = (changed: boolean): Tensor =>
      synthesisWithFeatures(
        generator,
        ws,
        sampledSynthesis(generator),
        changed ? new Map([[layer.name, movedUnits(moved, to)]]) : new Map(),
      ).img;
    return { before: concepts.trace(picture(false)), after: concepts.trace(picture(true)) };
  };
  const perChannel = [1, layer.channels, 1, 1];
  const shapes = { z: [rows, generator.zDim], share: perChannel, values: perChannel };
  return engine.compile(trace, shapes, { label: 'change of units' }).then((program) => {
    program.write('share', share);
    program.write('values', set);
    return program;
  });
}

/** Pixels of each concept before, after, and in both. */
class ChangeTally {
  private readonly before = new Float64Array(256);
  private readonly after = new Float64Array(256);
  private readonly both = new Float64Array(256);
  private pixels = 0;

  constructor(private readonly concepts: readonly string[]) {}

  add(before: Uint8Array, after: Uint8Array): void {
    before.forEach((concept, pixel) => {
      const then = after[pixel] ?? 0;
      this.before[concept] = at(this.before, concept) + 1;
      this.after[then] = at(this.after, then) + 1;
      if (then === concept) this.both[concept] = at(this.both, concept) + 1;
    });
    this.pixels += before.length;
  }

  changes(): ConceptChange[] {
    return this.concepts.map((concept, index) => {
      const [before, after, both] = [at(this.before, index), at(this.after, index), at(this.both, index)];
      return {
        concept,
        before: before / this.pixels,
        after: after / this.pixels,
        areaChange: before === 0 ? 0 : (after - before) / before,
        kept: before === 0 ? 1 : both / before,
      };
    });
  }
}
