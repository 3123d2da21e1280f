import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readSafetensors } from '../../src/checkpoints/safetensors.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';

/** The golden folder: `GOLDEN_DIR`, or the subset in the repository. */
export const goldenDir = resolve(process.env['GOLDEN_DIR'] ?? 'tests/golden');
const filter = process.env['GOLDEN_FILTER'] ?? '';

export interface Tolerance {
  readonly rel_l2: number;
  readonly max_abs: number;
}

export interface Manifest {
  readonly case: string;
  readonly family: string;
  readonly checkpoint_files: Readonly<Record<string, unknown>>;
  readonly config: {
    readonly G_kwargs?: { readonly class_name: string };
    /** What these hold differs from project to project: see `goldenForms`. */
    readonly run: unknown;
    readonly alternatives?: Readonly<Record<string, unknown>> | null;
  };
  readonly io: {
    readonly file: string;
    readonly tensors: Readonly<Record<string, { readonly tol: Tolerance }>>;
    readonly aliases?: Readonly<Record<string, string>>;
  };
}

export interface GoldenCase {
  readonly name: string;
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Every generator case of the folder whose name holds the filter; some are there for their files only, without results. */
export function generatorCases(): GoldenCase[] {
  const root = join(goldenDir, 'generators');
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => name.includes(filter) && existsSync(join(root, name, 'manifest.json')))
    .map((name) => {
      const folder = join(root, name);
      const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest;
      return { name, folder, manifest };
    })
    .filter(({ folder, manifest }) => existsSync(join(folder, manifest.io.file)));
}

/** A stored tensor with its tolerance. */
export interface Golden {
  readonly shape: readonly number[];
  readonly values: Float32Array<ArrayBuffer>;
}

export function readIo({ folder, manifest }: GoldenCase): Map<string, Golden> {
  const [network] = readSafetensors(new Uint8Array(readFileSync(join(folder, manifest.io.file)))).networks;
  if (network === undefined) throw new Error(`${folder}: no tensors`);
  return new Map(
    [...network.tensors].map(([name, tensor]) => [
      name,
      { shape: tensor.shape, values: Float32Array.from(readTensor(tensor)) },
    ]),
  );
}

export function get(io: ReadonlyMap<string, Golden>, name: string): Golden {
  const golden = io.get(name);
  if (golden === undefined) throw new Error(`the golden file has no ${name}`);
  return golden;
}

/** Says how `actual` misses `golden`, or null when it is within `tolerance` in both norms. */
export function mismatch(name: string, actual: Float32Array, golden: Golden, tolerance: Tolerance): string | null {
  if (actual.length !== golden.values.length)
    return `${name}: ${actual.length} values, expected ${golden.values.length}`;
  let difference = 0;
  let norm = 0;
  let maxAbs = 0;
  actual.forEach((value, index) => {
    const expected = golden.values[index] ?? NaN;
    difference += (value - expected) ** 2;
    norm += expected ** 2;
    maxAbs = Math.max(maxAbs, Math.abs(value - expected));
  });
  const relative = Math.sqrt(difference) / Math.max(Math.sqrt(norm), Number.MIN_VALUE);
  const fits = relative <= tolerance.rel_l2 && maxAbs <= tolerance.max_abs;
  if (fits || (difference === 0 && norm === 0)) return null;
  return `${name}: rel L2 ${relative.toExponential(2)} (at most ${tolerance.rel_l2}), max abs ${maxAbs.toExponential(2)} (at most ${tolerance.max_abs})`;
}
