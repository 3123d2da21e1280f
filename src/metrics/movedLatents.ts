/** The latents of a few samples, and where directions take them. */
import type { Engine } from '../engine/engine.js';
import { GanvasError } from '../engine/errors.js';
import type { Program } from '../engine/program.js';
import { inputTensor } from '../engine/tensor.js';
import type { Direction } from '../latent/direction.js';
import { LatentDraws } from '../latent/latentDraws.js';
import { classLabels } from '../models/classLabels.js';
import type { Generator } from '../models/generator.js';

export interface LatentRequest {
  readonly samples: number;
  readonly seed: number;
  /** Class of a conditional model, else null. */
  readonly class: number | null;
}

/** Rows that go through the mapping at a time. */
const batch = 64;

/** Samples of z with their w, and a mapping for moved ones. Psi is 1. */
export class MovedLatents {
  private constructor(
    private readonly generator: Generator,
    private readonly mapping: Program,
    private readonly z: Float32Array,
    private readonly w: Float32Array,
  ) {}

  /** @throws GanvasError `invalid-samples`, `class-missing`, and of `Engine.compile` */
  static async draw(engine: Engine, generator: Generator, request: LatentRequest): Promise<MovedLatents> {
    const { samples, seed, class: label } = request;
    if (!(Number.isInteger(samples) && samples >= 1)) {
      throw new GanvasError(
        'invalid-samples',
        `${samples} samples were asked for. Expected a whole number of at least 1.`,
      );
    }
    const shape = [batch, generator.zDim];
    const mapping = await engine.compile(
      ({ z = inputTensor('z', shape) }) => ({ w: generator.mapping(z, classLabels(generator, label, batch)) }),
      { z: shape },
      { label: 'moved latents' },
    );
    const z = new LatentDraws(generator, seed).next(samples);
    try {
      return new MovedLatents(generator, mapping, z, await mapped(mapping, z, generator));
    } catch (error) {
      mapping.dispose();
      throw error;
    }
  }

  get count(): number {
    return this.z.length / this.generator.zDim;
  }

  /** W+ of the samples as they are, [count, numWs, wDim]. */
  unmoved(): Float32Array<ArrayBuffer> {
    return this.everyLayer((row) => this.wOf(row));
  }

  /**
   * W+ of the samples moved by `strength` along a direction, at the given layers; at those that it acts on by itself when
   * none are given. A direction of z is followed through the mapping; where only some layers may see it, the others keep the
   * w that they had.
   * @throws GanvasError `direction-length` when it is not as long as this model's latents
   */
  async moved(
    direction: Direction,
    strength: number,
    layers: readonly number[] | null,
  ): Promise<Float32Array<ArrayBuffer>> {
    this.check(direction);
    if (direction.space === 'z') return this.movedInZ(direction, strength, layers);
    const acting = new Set(layers ?? direction.layers);
    const { wDim } = this.generator;
    return this.everyLayer((row, layer) => {
      const from = direction.space === 'w' ? 0 : direction.layers.indexOf(layer);
      const w = this.wOf(row);
      if (!acting.has(layer) || from < 0) return w;
      return w.map((value, k) => value + strength * (direction.vectors[from * wDim + k] ?? 0));
    });
  }

  dispose(): void {
    this.mapping.dispose();
  }

  private async movedInZ(
    { vectors }: Direction,
    strength: number,
    layers: readonly number[] | null,
  ): Promise<Float32Array<ArrayBuffer>> {
    const { zDim, wDim } = this.generator;
    const z = this.z.map((value, index) => value + strength * (vectors[index % zDim] ?? 0));
    const w = await mapped(this.mapping, z, this.generator);
    return this.everyLayer((row, layer) =>
      layers === null || layers.includes(layer) ? w.subarray(row * wDim, (row + 1) * wDim) : this.wOf(row),
    );
  }

  private wOf(row: number): Float32Array {
    const { wDim } = this.generator;
    return this.w.subarray(row * wDim, (row + 1) * wDim);
  }

  private everyLayer(of: (row: number, layer: number) => Float32Array): Float32Array<ArrayBuffer> {
    const { numWs, wDim } = this.generator;
    const ws = new Float32Array(this.count * numWs * wDim);
    for (let row = 0; row < this.count; row++) {
      for (let layer = 0; layer < numWs; layer++) ws.set(of(row, layer), (row * numWs + layer) * wDim);
    }
    return ws;
  }

  private check({ name, space, dim }: Direction): void {
    const needed = space === 'z' ? this.generator.zDim : this.generator.wDim;
    if (dim === needed) return;
    throw new GanvasError(
      'direction-length',
      `The direction "${name}" has ${dim} numbers; this model's ${space} has ${needed}. Choose a direction of this model.`,
      { found: dim, needed },
    );
  }
}

/** z [N, zDim] → w [N, wDim]. */
async function mapped(program: Program, z: Float32Array, { zDim, wDim }: Generator): Promise<Float32Array> {
  const count = z.length / zDim;
  const w = new Float32Array(count * wDim);
  for (let first = 0; first < count; first += batch) {
    const rows = Math.min(batch, count - first);
    const input = new Float32Array(batch * zDim);
    input.set(z.subarray(first * zDim, (first + rows) * zDim));
    program.run({ z: input });
    w.set((await program.read('w')).subarray(0, rows * wDim), first * wDim);
  }
  return w;
}
