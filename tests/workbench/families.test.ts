/** Every family from its file to the picture, by what faces use: seeds, truncation, classes, SeFa, conversion. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCheckpoint } from '../../src/checkpoints/open.js';
import { readSafetensors, writeSafetensors, type TensorToWrite } from '../../src/checkpoints/safetensors.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import { encodeHalves } from '../../src/checkpoints/halfFloat.js';
import type { Engine } from '../../src/engine/engine.js';
import type { Recipe } from '../../src/latent/recipe.js';
import type { ModelSummary } from '../../src/workbench/api.js';
import { openCheckpoint, type OpenedCheckpoint } from '../../src/workbench/openedCheckpoint.js';
import { GeneratorSession } from '../../src/workbench/session.js';
import { createTestEngine } from '../ops/evaluate.js';
import { dcganFile } from './dcganFile.js';

const folder = join(import.meta.dirname, '..', 'golden', 'generators');

interface FamilyCase {
  readonly name: string;
  readonly family: string;
  readonly bytes: () => Uint8Array;
  /** What lies beside the file and says what the weights do not. */
  readonly description: () => string | null;
  /** Psi and cutoff of the reference's run; `null` where there is no picture of the reference. */
  readonly run: Recipe['truncation'] | null;
  /** What the model cannot do. */
  readonly lacks: readonly (keyof ModelSummary['lacks'])[];
}

const golden = (
  name: string,
  file: string,
  family: string,
  run: Recipe['truncation'],
  lacks: FamilyCase['lacks'],
): FamilyCase => ({
  name,
  family,
  bytes: () => readFileSync(join(folder, name, file)),
  description: () => (family === 'biggan-deep' ? readFileSync(join(folder, name, 'config.json'), 'utf8') : null),
  run,
  lacks,
});

const untruncated = { psi: 1, cutoff: null };
const cases: readonly FamilyCase[] = [
  golden('stylegan3-r-32', 'network-snapshot-000000.pkl', 'stylegan3', { psi: 0.7, cutoff: null }, ['noise']),
  golden('rosinality-stylegan2-32', 'stylegan2-tiny.pt', 'stylegan2', { psi: 0.7, cutoff: null }, ['transform']),
  golden('stylegan2-genforce-32', 'stylegan2_tiny32.pth', 'stylegan2', { psi: 0.7, cutoff: 5 }, ['transform']),
  golden('stylegan1-32', 'stylegan_tiny32.pth', 'stylegan', { psi: 0.7, cutoff: 5 }, ['transform']),
  golden('pggan-32', 'pggan_tiny32.pth', 'pggan', untruncated, ['truncation', 'noise', 'mapping', 'transform']),
  golden('biggan-deep-32', 'pytorch_model.bin', 'biggan-deep', { psi: 0.4, cutoff: null }, [
    'noise',
    'mapping',
    'transform',
  ]),
  {
    name: 'dcgan',
    family: 'dcgan',
    bytes: dcganFile,
    description: () => null,
    run: null,
    lacks: ['truncation', 'noise', 'mapping', 'transform'],
  },
];

let engine: Engine;
beforeAll(async () => {
  engine = await createTestEngine();
});
afterAll(() => engine.dispose());

/** What `ganvas convert` writes. */
function converted({ tensors, metadata }: OpenedCheckpoint, dtype: 'F32' | 'F16'): Uint8Array {
  const written = new Map<string, TensorToWrite>();
  for (const [name, tensor] of tensors) {
    const values = readTensor(tensor);
    const { shape } = tensor;
    written.set(name, dtype === 'F32' ? { dtype, shape, data: values } : { dtype, shape, data: encodeHalves(values) });
  }
  return writeSafetensors(written, metadata);
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  return Array.from(a).reduce((worst, value, index) => Math.max(worst, Math.abs(value - (b[index] ?? NaN))), 0);
}

describe.each(cases)('$name', ({ name, family, bytes, description, run, lacks }) => {
  let opened: OpenedCheckpoint;
  let session: GeneratorSession;
  let seed0: Float32Array;
  const render = (recipe: Recipe, by = session): Promise<Float32Array> =>
    by.render(recipe, by.resolveDirections(recipe));

  beforeAll(async () => {
    opened = await openCheckpoint(bytes(), name, { description: description() });
    session = await GeneratorSession.open(engine, opened);
    seed0 = await render(session.defaultRecipe(0));
  });
  afterAll(() => session.dispose());

  test('is recognised, and says in sentences what it lacks', () => {
    expect(opened.summary.family).toBe(family);
    const lacking = Object.entries(opened.summary.lacks).filter(([, sentence]) => sentence !== null);
    expect(lacking.map(([what]) => what).sort()).toEqual([...lacks].sort());
    for (const [, sentence] of lacking) expect(sentence).toMatch(/^[A-Z].+\.$/);
  });

  if (run !== null) {
    test('shows the picture of the reference', async () => {
      const [io] = readSafetensors(readFileSync(join(folder, name, 'picture.safetensors'))).networks;
      const values = (key: string): Float32Array => {
        const tensor = io?.tensors.get(key);
        if (tensor === undefined) throw new Error(`no ${key}`);
        return readTensor(tensor);
      };
      const label = io?.tensors.has('in.c') === true ? values('in.c').indexOf(1) : null;
      const latent = { space: 'z', values: [...values('in.z')] } as const;
      const recipe = { ...session.defaultRecipe(0), latent, class: label, truncation: run };
      expect(largestDifference(await render(recipe), values('out.img'))).toBeLessThan(2e-4);
    });
  }

  test('shows seeds, each its own', async () => {
    expect(seed0.every(Number.isFinite)).toBe(true);
    expect(largestDifference(await render(session.defaultRecipe(1)), seed0)).toBeGreaterThan(0.01);
    expect(largestDifference(await render(session.defaultRecipe(0)), seed0)).toBe(0);
  });

  test('heeds psi, or refuses it with the reason', async () => {
    const recipe = { ...session.defaultRecipe(0), truncation: { psi: 0.3, cutoff: null } };
    if (!lacks.includes('truncation'))
      return expect(largestDifference(await render(recipe), seed0)).toBeGreaterThan(0.005);
    await expect(render(recipe)).rejects.toMatchObject({ code: 'cannot-truncate' });
  });

  test('is bent by the first SeFa direction', async () => {
    const [direction] = session.sefaDirections('all');
    expect(direction?.space).toBe(lacks.includes('mapping') ? 'z' : 'w');
    const reference = { method: 'sefa', layers: 'all', index: 0 } as const;
    const edit = { name: 'first', direction: reference, strength: 3, layers: 'all', muted: false };
    expect(largestDifference(await render({ ...session.defaultRecipe(0), edits: [edit] }), seed0)).toBeGreaterThan(
      0.005,
    );
  });

  test('is the same model once converted to f32, and nearly so in f16', async () => {
    const f32 = await openCheckpoint(converted(opened, 'F32'), 'converted');
    const asFile = { name: 'converted', network: '', generators: [''] };
    expect(f32.summary).toEqual({ ...opened.summary, ...asFile, notes: f32.summary.notes });
    const again = await GeneratorSession.open(engine, f32);
    expect(largestDifference(await render(again.defaultRecipe(0), again), seed0)).toBe(0);
    again.dispose();
    const half = await GeneratorSession.open(engine, await openCheckpoint(converted(opened, 'F16'), 'halved'));
    expect(half.summary.hash).not.toBe(opened.summary.hash);
    const contrast = Math.max(...seed0.map(Math.abs));
    expect(largestDifference(await render(half.defaultRecipe(0), half), seed0)).toBeLessThan(0.05 * contrast);
    half.dispose();
  });
});

test('the pictures of StyleGAN3 move', async () => {
  const bytes = readFileSync(join(folder, 'stylegan3-r-32', 'network-snapshot-000000.pkl'));
  const session = await GeneratorSession.open(engine, await openCheckpoint(bytes, 'moving'));
  const still = await session.render(session.defaultRecipe(0), []);
  const shifted = await session.render({ ...session.defaultRecipe(0), transform: { x: 0.25, y: 0, angle: 0 } }, []);
  // A quarter of the width to the right: StyleGAN3's own claim, away from the edges, for an untrained network loosely.
  const [size, by] = [32, 8];
  let [moved, stayed] = [0, 0];
  for (let y = 8; y < 24; y++) {
    for (let x = by + 4; x < size - 4; x++) {
      moved += ((shifted[y * size + x] ?? NaN) - (still[y * size + x - by] ?? NaN)) ** 2;
      stayed += ((shifted[y * size + x] ?? NaN) - (still[y * size + x] ?? NaN)) ** 2;
    }
  }
  expect(moved).toBeLessThan(0.25 * stayed);
  session.dispose();
});

test('a checkpoint is a pickle of torch, NVIDIA, or safetensors: by its bytes', () => {
  const formats = cases.map(({ bytes, name }) => readCheckpoint(bytes(), name).format);
  expect(new Set(formats)).toEqual(new Set(['nvidia-pickle', 'torch-zip', 'torch-legacy', 'safetensors']));
});
