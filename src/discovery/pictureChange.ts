/** How much pictures change when their latents are moved, in one number a picture: no picture leaves the GPU but once. */
import type { Engine } from '../engine/engine.js';
import type { Program } from '../engine/program.js';
import { at, type Shape } from '../engine/shape.js';
import { constantTensor, inputTensor, type Tensor } from '../engine/tensor.js';
import type { Direction } from '../latent/direction.js';
import { featureDistance } from '../losses/featureDistance.js';
import { mse } from '../losses/mse.js';
import { classLabels } from '../models/classLabels.js';
import type { FeatureNetwork } from '../models/featureNetwork.js';
import type { Generator } from '../models/generator.js';
import { pictureBatch } from '../models/pictureBatch.js';
import { add } from '../ops/binary.js';
import { resize } from '../ops/resample.js';
import { clamp, unary } from '../ops/unary.js';

export interface ChangeSettings {
  /** Class of a conditional model, else null. */
  readonly class: number | null;
  readonly psi: number;
  readonly network?: FeatureNetwork;
}

/** A direction as far as moving along it goes. */
export type Movement = Pick<Direction, 'space' | 'layers' | 'dim' | 'vectors'>;

/** Pictures of a batch of latents, and their distance from where they would be without being moved. */
export class PictureChange {
  private constructor(
    private readonly program: Program,
    private readonly generator: Generator,
    /** Pictures that are compared at a time. */
    readonly batch: number,
  ) {}

  /** @throws GanvasError `class-missing`, and of `Engine.compile` */
  static async compile(
    engine: Engine,
    generator: Generator,
    settings: ChangeSettings,
    samples: number,
  ): Promise<PictureChange> {
    const { zDim, wDim, numWs, imgChannels, resolution } = generator;
    const batch = Math.min(samples, pictureBatch(engine, generator, 8));
    const shapes = {
      z: [batch, zDim],
      zOffset: [1, zDim],
      offset: [1, numWs, wDim],
      base: [batch, imgChannels, resolution, resolution],
    } as const satisfies Record<string, Shape>;
    const program = await engine.compile(
      (inputs) => {
        const input = (name: keyof typeof shapes): Tensor => inputs[name] ?? inputTensor(name, shapes[name]);
        const z = add(input('z'), input('zOffset'));
        const img = pictureOf(generator, settings, z, input('offset'));
        return { img, change: distance(settings.network, img, input('base')) };
      },
      shapes,
      { label: 'change of pictures' },
    );
    return new PictureChange(program, generator, batch);
  }

  /** Takes the pictures of `z` [batch, zDim] as those that changes are counted from. */
  async startFrom(z: Float32Array<ArrayBuffer>): Promise<void> {
    this.program.run({ z, ...this.offsets(null, 0) });
    this.program.write('base', await this.program.read('img'));
  }

  /** Changes of the batch when moved, [batch]: root mean square of pixels in −1…1, or distance of features. */
  async at(movement: Movement, strength: number): Promise<Float32Array<ArrayBuffer>> {
    this.program.run(this.offsets(movement, strength));
    return this.program.read('change');
  }

  /** Distances to the pictures of other latents, [batch]. What changes are counted from stays; follow with `startFrom`. */
  async toOthers(z: Float32Array<ArrayBuffer>): Promise<Float32Array<ArrayBuffer>> {
    this.program.run({ z, ...this.offsets(null, 0) });
    return this.program.read('change');
  }

  dispose(): void {
    this.program.dispose();
  }

  private offsets(movement: Movement | null, strength: number): Record<string, Float32Array<ArrayBuffer>> {
    const { zDim, wDim, numWs } = this.generator;
    const [zOffset, offset] = [new Float32Array(zDim), new Float32Array(numWs * wDim)];
    if (movement === null) return { zOffset, offset };
    const { space, layers, dim, vectors } = movement;
    const scaled = vectors.map((value) => value * strength);
    if (space === 'z') zOffset.set(scaled);
    else {
      layers.forEach((layer, index) => {
        const row = space === 'w' ? 0 : index;
        offset.set(scaled.subarray(row * dim, (row + 1) * dim), layer * dim);
      });
    }
    return { zOffset, offset };
  }
}

/** W+ is moved after truncation, as edits move it. */
function pictureOf(generator: Generator, { class: label, psi }: ChangeSettings, z: Tensor, offset: Tensor): Tensor {
  const psis = new Float32Array(generator.numWs).fill(generator.canTruncate ? psi : 1);
  const w = generator.mapping(z, classLabels(generator, label, at(z.shape, 0)));
  const ws = generator.truncate(w, constantTensor('psi', [generator.numWs], psis));
  const statistics = generator.statisticsOf(generator.canTruncate ? psi : 1);
  const img = generator.synthesis(add(ws, offset), {
    noise: 'const',
    ...(statistics === null ? {} : { statistics: constantTensor('statistics', [statistics.length], statistics) }),
  });
  // What is beyond white is white when shown.
  return clamp(img, -1, 1);
}

/** [N] */
function distance(network: FeatureNetwork | undefined, a: Tensor, b: Tensor): Tensor {
  if (network === undefined) return unary('sqrt', mse(a, b));
  const size = network.resolution ?? at(a.shape, 2);
  const sized = (x: Tensor): Tensor => (at(x.shape, 2) === size ? x : resize(x, [size, size], { mode: 'area' }));
  return unary('sqrt', featureDistance(network, sized(a), sized(b)));
}
