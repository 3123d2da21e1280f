/** Activations of a layer in the order of their latents, as long as a program makes them. */
import type { Engine } from '../engine/engine.js';
import type { Program } from '../engine/program.js';
import { at } from '../engine/shape.js';
import { constantTensor, inputTensor, type Tensor } from '../engine/tensor.js';
import type { LatentDraws } from '../latent/latentDraws.js';
import { classLabels } from '../models/classLabels.js';
import { synthesisWithFeatures, type FeatureLayer } from '../models/featureLayers.js';
import type { Generator } from '../models/generator.js';
import { pictureBatch } from '../models/pictureBatch.js';
import { reshape } from '../ops/reshape.js';

/** Latents and what was made of them, row by row. */
export interface FeatureRows {
  readonly count: number;
  /** [count, wDim], or [count, zDim] for a model without w. */
  readonly latents: Float32Array<ArrayBuffer>;
  /** [count, width] */
  readonly values: Float32Array<ArrayBuffer>;
}

export interface FeatureSource {
  readonly layer: FeatureLayer;
  /** Class of a conditional model, else null. */
  readonly class: number | null;
  /** Turns features [N, channels · resolution²] into what is read back, [N, width]; themselves when left out. */
  readonly read?: (features: Tensor) => Tensor;
}

export class FeatureStream {
  private constructor(
    private readonly program: Program,
    private readonly generator: Generator,
    private readonly batch: number,
  ) {}

  /** Pictures are those of psi 1 with constant noise. @throws GanvasError `class-missing`, and of `Engine.compile` */
  static async compile(
    engine: Engine,
    generator: Generator,
    { layer, class: label, read = (features) => features }: FeatureSource,
  ): Promise<FeatureStream> {
    const batch = pictureBatch(engine, generator, 8);
    const shape = [batch, generator.zDim];
    const psi = constantTensor('psi', [generator.numWs], new Float32Array(generator.numWs).fill(1));
    const statistics = generator.statisticsOf(1);
    const program = await engine.compile(
      ({ z = inputTensor('z', shape) }) => {
        const w = generator.mapping(z, classLabels(generator, label, batch));
        const { features } = synthesisWithFeatures(generator, generator.truncate(w, psi), {
          noise: 'const',
          ...(statistics === null ? {} : { statistics: constantTensor('statistics', [statistics.length], statistics) }),
        });
        const map = features.get(layer.name);
        if (map === undefined) throw new RangeError(`internal: no features ${layer.name}`);
        const values = read(reshape(map, [batch, layer.channels * layer.resolution ** 2]));
        return hasW(generator) ? { w, values } : { values };
      },
      { z: shape },
      { label: `features of ${layer.name}` },
    );
    return new FeatureStream(program, generator, batch);
  }

  /** The next rows. `check` is called before each batch of pictures, and may throw. */
  async next(draws: LatentDraws, count: number, check: () => void): Promise<FeatureRows> {
    const { program, batch, generator } = this;
    const width = at(program.outputShape('values'), 1);
    const latentWidth = hasW(generator) ? generator.wDim : generator.zDim;
    const rows = { count, latents: new Float32Array(count * latentWidth), values: new Float32Array(count * width) };
    for (let first = 0; first < count; first += batch) {
      check();
      const made = Math.min(batch, count - first);
      const z = new Float32Array(batch * generator.zDim);
      z.set(draws.next(made));
      program.run({ z });
      const [values, latents] = await Promise.all([program.read('values'), hasW(generator) ? program.read('w') : z]);
      rows.values.set(values.subarray(0, made * width), first * width);
      rows.latents.set(latents.subarray(0, made * latentWidth), first * latentWidth);
    }
    return rows;
  }

  dispose(): void {
    this.program.dispose();
  }
}

const hasW = ({ latentSpaces }: Generator): boolean => latentSpaces.includes('w');
