import type { Engine } from '../engine/engine.js';
import type { Program } from '../engine/program.js';
import type { Shape } from '../engine/shape.js';
import { RandomState } from '../latent/randomState.js';
import type { Generator } from '../models/generator.js';
import { classLabels } from '../models/classLabels.js';
import { named } from './named.js';

/** Draws of w: what the mapping makes of standard normal z. */
export interface WSamples {
  readonly count: number;
  readonly wDim: number;
  /** [count, wDim] */
  readonly values: Float32Array<ArrayBuffer>;
  /** What they were made of, [count, zDim]. */
  readonly z: Float32Array<ArrayBuffer>;
}

export interface WSampling {
  /** Class of a conditional model, else null. */
  readonly class: number | null;
  /** How many; NVIDIA's 10 000 by default. */
  readonly count?: number;
  /** Of the z, drawn as RandomState(seed).randn(count, zDim); NVIDIA's 123 by default. */
  readonly seed?: number;
  /** Part of the draws that is done, 0…1. */
  readonly onProgress?: (fraction: number) => void;
}

/** Rows that go through the mapping at a time. */
const batch = 500;

/**
 * Draws w on the GPU (stylegan2-ada-pytorch projector.py: z of RandomState(123), mapped without truncation).
 * @throws GanvasError of `Engine.compile`, `class-missing`
 */
export async function sampleW(
  engine: Engine,
  generator: Generator,
  { class: label, count = 10_000, seed = 123, onProgress = () => undefined }: WSampling,
): Promise<WSamples> {
  const { zDim, wDim } = generator;
  const values = new Float32Array(count * wDim);
  const everyZ = new Float32Array(count * zDim);
  const random = new RandomState(seed);
  const program = await compileMapping(engine, generator, label);
  try {
    for (let first = 0; first < count; first += batch) {
      const rows = Math.min(batch, count - first);
      const z = new Float32Array(batch * zDim);
      z.set(random.randn(rows * zDim));
      everyZ.set(z.subarray(0, rows * zDim), first * zDim);
      program.run({ z });
      values.set((await program.read('w')).subarray(0, rows * wDim), first * wDim);
      onProgress((first + rows) / count);
    }
  } finally {
    program.dispose();
  }
  return { count, wDim, values, z: everyZ };
}

function compileMapping(engine: Engine, generator: Generator, label: number | null): Promise<Program> {
  const shapes: Record<string, Shape> = { z: [batch, generator.zDim] };
  return engine.compile(
    (inputs) => ({ w: generator.mapping(named(inputs, 'z'), classLabels(generator, label, batch)) }),
    shapes,
    { label: 'samples of w' },
  );
}
