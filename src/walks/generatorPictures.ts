/** A generator on the GPU as a path through its latents sees it. */
import type { Engine } from '../engine/engine.js';
import type { Program } from '../engine/program.js';
import { at, sizeOf, type Shape } from '../engine/shape.js';
import { constantTensor, inputTensor, type Tensor } from '../engine/tensor.js';
import { classLabels } from '../models/classLabels.js';
import type { Generator } from '../models/generator.js';
import { pictureBatch } from '../models/pictureBatch.js';
import { gradient } from '../ops/gradient.js';
import { resize } from '../ops/resample.js';
import type { PictureMap } from './geodesic.js';

export interface WalkedPictures {
  readonly space: 'z' | 'w' | 'w+';
  /** Class of a conditional model, else null. */
  readonly class: number | null;
  /** [numWs] */
  readonly psi: Float32Array<ArrayBuffer>;
}

/** How far apart pictures are is plain to see on this; more would be read back for nothing. */
const largestCompared = 128;

/** Pictures of latents, and gradients back to them, one batch after the other, with the checkpoint's noise. */
export class GeneratorPictures implements PictureMap {
  private constructor(
    private readonly forward: Program,
    private readonly backward: Program,
    private readonly batch: number,
    private readonly dim: number,
    private readonly size: number,
  ) {}

  /** @throws GanvasError of `Engine.compile` */
  static async compile(engine: Engine, generator: Generator, walked: WalkedPictures): Promise<GeneratorPictures> {
    const batch = pictureBatch(engine, generator, 8);
    const shape = latentShape(generator, walked.space, batch);
    const compared = Math.min(generator.resolution, largestCompared);
    const pictures = (points: Tensor): Tensor => {
      const img = pictureOf(generator, walked, points);
      return compared === generator.resolution ? img : resize(img, [compared, compared], { mode: 'area' });
    };
    const pictureShape: Shape = [batch, generator.imgChannels, compared, compared];
    const forward = await engine.compile(
      ({ points = inputTensor('points', shape) }) => ({ pictures: pictures(points) }),
      { points: shape },
      { label: 'pictures of a walk' },
    );
    try {
      const backward = await engine.compile(
        ({ points = inputTensor('points', shape), cotangents = inputTensor('cotangents', pictureShape) }) => ({
          pulled: at(gradient(pictures(points), [points], cotangents), 0),
        }),
        { points: shape, cotangents: pictureShape },
        { label: 'gradients of a walk' },
      );
      const [dim, size] = [sizeOf(shape) / batch, sizeOf(pictureShape) / batch];
      return new GeneratorPictures(forward, backward, batch, dim, size);
    } catch (error) {
      forward.dispose();
      throw error;
    }
  }

  pictures(points: readonly Float64Array[]): Promise<Float32Array[]> {
    return this.inBatches(points.length, this.size, async (first) => {
      this.forward.run({ points: rowsFrom(points, first, this.batch, this.dim) });
      return this.forward.read('pictures');
    });
  }

  pull(points: readonly Float64Array[], cotangents: readonly Float64Array[]): Promise<Float32Array[]> {
    return this.inBatches(points.length, this.dim, async (first) => {
      this.backward.run({
        points: rowsFrom(points, first, this.batch, this.dim),
        cotangents: rowsFrom(cotangents, first, this.batch, this.size),
      });
      return this.backward.read('pulled');
    });
  }

  dispose(): void {
    this.forward.dispose();
    this.backward.dispose();
  }

  private async inBatches(
    count: number,
    width: number,
    run: (first: number) => Promise<Float32Array>,
  ): Promise<Float32Array[]> {
    const rows: Float32Array[] = [];
    for (let first = 0; first < count; first += this.batch) {
      const values = await run(first);
      for (let row = 0; row < Math.min(this.batch, count - first); row++) {
        rows.push(values.slice(row * width, (row + 1) * width));
      }
    }
    return rows;
  }
}

function latentShape({ zDim, wDim, numWs }: Generator, space: WalkedPictures['space'], rows: number): Shape {
  return { z: [rows, zDim], w: [rows, wDim], 'w+': [rows, numWs, wDim] }[space];
}

function pictureOf(generator: Generator, { space, class: label, psi }: WalkedPictures, points: Tensor): Tensor {
  const w = space === 'z' ? generator.mapping(points, classLabels(generator, label, at(points.shape, 0))) : points;
  const statistics = generator.statisticsOf(at(psi, 0));
  return generator.synthesis(generator.truncate(w, constantTensor('psi', [generator.numWs], psi)), {
    noise: 'const',
    ...(statistics === null ? {} : { statistics: constantTensor('statistics', [statistics.length], statistics) }),
  });
}

/** The rows of a batch, zeros where there are no more. */
function rowsFrom(
  rows: readonly Float64Array[],
  first: number,
  batch: number,
  width: number,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(batch * width);
  rows.slice(first, first + batch).forEach((row, index) => values.set(row, index * width));
  return values;
}
