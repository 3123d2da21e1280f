import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors } from '../../src/checkpoints/safetensors.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import { discoverGanspace } from '../../src/discovery/ganspace.js';
import { IncrementalPca } from '../../src/discovery/incrementalPca.js';
import { sampleSpread } from '../../src/discovery/latentSpread.js';
import type { Engine } from '../../src/engine/engine.js';
import { at } from '../../src/engine/shape.js';
import { inputTensor } from '../../src/engine/tensor.js';
import type { Generator } from '../../src/models/generator.js';
import { openCheckpoint } from '../../src/workbench/openedCheckpoint.js';
import { createTestEngine } from '../ops/evaluate.js';
import { alignment } from '../planted/axes.js';

interface GoldenCase {
  readonly checkpoint: string;
  readonly samples: number;
  readonly components: number;
  readonly seed: number;
  readonly fp32_vs_fp64: { readonly relative_gaps: readonly number[] };
  readonly tol: {
    readonly stdev_rel: number;
    readonly comp_abs_cos_deficit: number;
    readonly var_ratio_abs: number;
    readonly edit_img_rel_l2: number;
  };
}

const committedFolder = fileURLToPath(new URL('../golden', import.meta.url));
const goldenDir = process.env['GOLDEN_DIR'] ?? committedFolder;
const filter = process.env['GOLDEN_FILTER'] ?? '';
const file = (name: string): string => path.join(goldenDir, 'methods', name);
/** A folder may hold other fixtures only; the project's own always has these. */
const hasCase = existsSync(file('ganspace.json'));
const wanted = hasCase && 'methods/ganspace'.includes(filter) ? ['methods/ganspace'] : [];

describe('the case of methods/ganspace', () => {
  it('is there in the project', () => {
    if (goldenDir === committedFolder) expect(hasCase).toBe(true);
  });
});

describe.each(wanted)('golden %s', () => {
  let engine: Engine;
  let generator: Generator;
  let golden: GoldenCase;
  let tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array<ArrayBuffer> }>;

  beforeAll(async () => {
    engine = await createTestEngine();
    golden = JSON.parse(readFileSync(file('ganspace.json'), 'utf8')) as GoldenCase;
    const [network] = readSafetensors(new Uint8Array(readFileSync(file('ganspace.safetensors')))).networks;
    tensors = new Map(
      [...(network?.tensors ?? [])].map(([name, stored]) => [
        name,
        { shape: stored.shape, values: Float32Array.from(readTensor(stored)) },
      ]),
    );
    const checkpoint = new Uint8Array(readFileSync(path.join(goldenDir, golden.checkpoint)));
    generator = (await openCheckpoint(checkpoint, golden.checkpoint)).generator;
  });

  const values = (name: string): Float32Array<ArrayBuffer> => {
    const found = tensors.get(name);
    if (!found) throw new Error(`ganspace.safetensors has no ${name}`);
    return found.values;
  };
  const row = (name: string, k: number): Float32Array => {
    const { wDim } = generator;
    return values(name).subarray(k * wDim, (k + 1) * wDim);
  };

  it('finds the components, deviations and variance ratios of the reference from z, mapped on the GPU', async () => {
    const { samples, components: count, seed, tol, fp32_vs_fp64: measured } = golden;
    const found = await discoverGanspace(engine, generator, {
      layers: Array.from({ length: generator.numWs }, (_, layer) => layer),
      count,
      samples,
      seed,
      at: null,
      class: null,
      modelHash: 'golden',
    });
    expect(found).toHaveLength(count);
    expect(measured.relative_gaps).toHaveLength(count);
    found.forEach(({ vectors, statistics }, k) => {
      expect(1 - alignment(vectors, row('comp', k))).toBeLessThanOrEqual(tol.comp_abs_cos_deficit);
      expect(Math.abs((statistics['stdev'] ?? NaN) / at(values('stdev'), k) - 1)).toBeLessThanOrEqual(tol.stdev_rel);
      expect(Math.abs(Math.hypot(...vectors) / at(values('stdev'), k) - 1)).toBeLessThanOrEqual(tol.stdev_rel);
      const ratio = Math.abs((statistics['varianceRatio'] ?? NaN) - at(values('var_ratio'), k));
      expect(ratio).toBeLessThanOrEqual(tol.var_ratio_abs);
    });
  });

  it('agrees with the incremental estimator, fed with the same batches', async () => {
    const { samples, components: count, seed, tol } = golden;
    const dim = generator.wDim;
    const { w } = await sampleSpread(engine, generator, { count: samples, seed, class: null });
    // Of z and w the folder holds all rows or the first ones.
    values('w').forEach((value, index) => expect(Math.abs(value - at(w, index))).toBeLessThanOrEqual(2e-5));
    const batch = Math.max(100, 2 * count);
    const pca = await IncrementalPca.compile(engine, { dim, count, batch });
    for (let first = 0; first < samples; first += batch) {
      await pca.add(w.subarray(first * dim, Math.min(first + batch, samples) * dim));
    }
    const { vectors, stdev, mean } = pca.components();
    pca.dispose();
    vectors.forEach((vector, k) => {
      expect(1 - alignment(vector, row('ipca_comp', k))).toBeLessThanOrEqual(tol.comp_abs_cos_deficit);
      expect(Math.abs(at(stdev, k) / at(values('ipca_stdev'), k) - 1)).toBeLessThanOrEqual(tol.stdev_rel);
    });
    mean.forEach((value, i) => expect(Math.abs(value - at(values('ipca_mean'), i))).toBeLessThanOrEqual(1e-5));
  });

  it('edits the picture as the reference does', async () => {
    const { numWs, wDim } = generator;
    const stored = values('edit.ws');
    expect(tensors.get('edit.ws')?.shape).toEqual([1, numWs, wDim]);
    const shape = [1, numWs, wDim];
    const program = await engine.compile(
      ({ z = inputTensor('z', [1, generator.zDim]), ws = inputTensor('ws', shape) }) => ({
        w: generator.mapping(z, null),
        img: generator.synthesis(ws, { noise: 'const' }),
      }),
      { z: [1, generator.zDim], ws: shape },
      { label: 'edit' },
    );
    try {
      program.run({ z: values('z').slice(0, generator.zDim), ws: stored });
      const w = await program.read('w');
      const offset = 2 * at(values('stdev'), 0);
      const moved = Float32Array.from({ length: numWs * wDim }, (_, index) => {
        const layer = Math.floor(index / wDim);
        return at(w, index % wDim) + (layer < 4 ? offset * at(values('comp'), index % wDim) : 0);
      });
      program.run({ ws: moved });
      const img = await program.read('img');
      const expected = values('edit.img');
      let [difference, norm] = [0, 0];
      expected.forEach((value, index) => {
        difference += (value - at(img, index)) ** 2;
        norm += value ** 2;
      });
      expect(Math.sqrt(difference / norm)).toBeLessThanOrEqual(golden.tol.edit_img_rel_l2);
      moved.forEach((value, index) => expect(Math.abs(value - at(stored, index))).toBeLessThan(1e-4));
    } finally {
      program.dispose();
    }
  });
});
