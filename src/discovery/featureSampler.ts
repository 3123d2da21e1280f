import type { Engine } from '../engine/engine.js';
import { GanvasError } from '../engine/errors.js';
import type { Program } from '../engine/program.js';
import { at } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import {
  featureLayersOf,
  synthesisWithFeatures,
  visiblePart,
  visibleSide,
  type FeatureLayer,
} from '../models/featureLayers.js';
import type { Generator } from '../models/generator.js';
import { pictureBatch } from '../models/pictureBatch.js';
import { resize } from '../ops/resample.js';
import type { ConceptReader } from './conceptReader.js';
import { latentStream, sampledSynthesis, sampledWs } from './sampledLatents.js';

/** A batch of samples: what the units did, and which concept was where. */
export interface FeatureBatch {
  readonly samples: number;
  /** By layer, [samples, channels, side, side] with `side` of `sideOf`. */
  readonly features: readonly Float32Array<ArrayBuffer>[];
  /** [samples, size, size] of the concept reader. */
  readonly labels: Uint8Array;
}

/** Samples of 64² that go through the generator at a time, and the numbers that a batch may read back. */
const mostRows = 8;
const mostNumbers = 8_000_000;

/** Pixels a side at which a layer's maps are read: no finer than the concepts, to which they are shrunk by area. */
export const sideOf = (layer: FeatureLayer, { size }: ConceptReader): number => Math.min(visibleSide(layer), size);

/**
 * The layers of a generator by their names, in the generator's order; all of them when none is named.
 * @throws GanvasError `invalid-dissection` for a name that it does not have, or a generator without any
 */
export function chosenLayers(generator: Generator, names: readonly string[]): readonly FeatureLayer[] {
  const known = featureLayersOf(generator);
  if (known.length === 0) {
    throw new GanvasError('invalid-dissection', 'This model has no layers of feature maps, so it has no units.');
  }
  const stray = names.find((name) => !known.some((layer) => layer.name === name));
  if (stray !== undefined) {
    const list = known.map(({ name }) => name).join(', ');
    throw new GanvasError(
      'invalid-dissection',
      `There is no layer ${JSON.stringify(stray)}. Expected one of ${list}.`,
      {
        layer: stray,
      },
    );
  }
  return names.length === 0 ? known : known.filter(({ name }) => names.includes(name));
}

/** Renders samples and reads back features and concepts, a batch at a time. */
export class FeatureSampler {
  private constructor(
    private readonly program: Program,
    private readonly generator: Generator,
    private readonly layers: readonly FeatureLayer[],
    private readonly concepts: ConceptReader,
    private readonly rows: number,
  ) {}

  /** @throws GanvasError of `Engine.compile` */
  static async compile(
    engine: Engine,
    generator: Generator,
    layers: readonly FeatureLayer[],
    concepts: ConceptReader,
    label: number | null,
  ): Promise<FeatureSampler> {
    const perSample = layers.reduce((sum, layer) => sum + layer.channels * sideOf(layer, concepts) ** 2, 1);
    const rows = Math.max(1, Math.min(pictureBatch(engine, generator, mostRows), Math.floor(mostNumbers / perSample)));
    const trace = ({ z }: Readonly<Record<string, Tensor>>): Record<string, Tensor> => {
      if (z === undefined) throw new RangeError('internal: samples need z');
      const ws = sampledWs(generator, z, label);
      const { img, features } = synthesisWithFeatures(generator, ws, sampledSynthesis(generator));
      const maps = layers.map((layer, index): [string, Tensor] => {
        const map = features.get(layer.name);
        if (map === undefined) throw new RangeError(`internal: there is no layer ${layer.name}`);
        const side = sideOf(layer, concepts);
        return [`features ${index}`, resize(visiblePart(map, layer), [side, side], { mode: 'area' })];
      });
      return { concepts: concepts.trace(img), ...Object.fromEntries(maps) };
    };
    const program = await engine.compile(trace, { z: [rows, generator.zDim] }, { label: 'dissection' });
    return new FeatureSampler(program, generator, layers, concepts, rows);
  }

  /** `count` samples of a seed, in batches; the GPU makes the next one while the last is looked at. */
  async *batches(count: number, seed: number): AsyncGenerator<FeatureBatch> {
    const draw = latentStream(this.generator, seed);
    let next = this.start(draw, count);
    for (let done = 0; done < count;) {
      const batch = await next;
      done += batch.samples;
      if (done < count) {
        next = this.start(draw, count - done);
        // Whoever stops in between no longer waits for it.
        next.catch(() => undefined);
      }
      yield batch;
    }
  }

  dispose(): void {
    this.program.dispose();
  }

  private async start(draw: (rows: number) => Float32Array<ArrayBuffer>, left: number): Promise<FeatureBatch> {
    const samples = Math.min(this.rows, left);
    const z = new Float32Array(this.rows * this.generator.zDim);
    z.set(draw(samples));
    this.program.run({ z });
    const [maps, ...features] = await Promise.all([
      this.program.read('concepts'),
      ...this.layers.map((_, index) => this.program.read(`features ${index}`)),
    ]);
    const pixels = this.concepts.size ** 2;
    return {
      samples,
      features: features.map((values, index) => values.subarray(0, samples * this.numbersOf(at(this.layers, index)))),
      labels: this.concepts.labels((maps ?? new Float32Array()).subarray(0, samples * pixels)),
    };
  }

  private numbersOf(layer: FeatureLayer): number {
    return layer.channels * sideOf(layer, this.concepts) ** 2;
  }
}
