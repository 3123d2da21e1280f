import type { Engine } from '../engine/engine.js';
import type { Program } from '../engine/program.js';
import type { Generator } from '../models/generator.js';

/** Latents that are remembered: the one on the stage, and those of a style mix. */
const remembered = 16;

/** From z to w on the GPU, one latent at a time. */
export class LatentMapping {
  /** By class and numbers of z; the one asked for longest ago comes first. */
  private readonly known = new Map<string, Promise<Float32Array>>();
  private queue: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly program: Program,
    private readonly cDim: number,
  ) {}

  /** @throws GanvasError of `Engine.compile` */
  static async compile(engine: Engine, generator: Generator, label: string): Promise<LatentMapping> {
    const { zDim, cDim } = generator;
    const program = await engine.compile(
      ({ z, c }) => {
        if (z === undefined) throw new RangeError('internal: the mapping needs z');
        return { w: generator.mapping(z, c ?? null) };
      },
      { z: [1, zDim], ...(cDim > 0 ? { c: [1, cDim] } : {}) },
      { label },
    );
    return new LatentMapping(program, cDim);
  }

  /** w [wDim] of one z [zDim] and a class, null for the first or for none. */
  wOf(z: Float32Array<ArrayBuffer>, label: number | null): Promise<Float32Array> {
    const key = `${label ?? ''} ${z.join(' ')}`;
    const found = this.known.get(key) ?? this.map(z, label);
    this.known.delete(key);
    this.known.set(key, found);
    found.catch(() => this.known.delete(key));
    for (const oldest of this.known.keys()) {
      if (this.known.size <= remembered) break;
      this.known.delete(oldest);
    }
    return found;
  }

  /** Lets go of the buffers once what is under way has been read. */
  dispose(): void {
    void this.queue.then(() => this.program.dispose());
  }

  private map(z: Float32Array<ArrayBuffer>, label: number | null): Promise<Float32Array> {
    const w = this.queue.then(() => {
      this.program.run({ z, ...(this.cDim > 0 ? { c: oneHot(label ?? 0, this.cDim) } : {}) });
      return this.program.read('w');
    });
    this.queue = w.catch(() => undefined);
    return w;
  }
}

function oneHot(index: number, length: number): Float32Array<ArrayBuffer> {
  const label = new Float32Array(length);
  label[index] = 1;
  return label;
}
