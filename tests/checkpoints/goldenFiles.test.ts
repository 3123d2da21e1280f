/**
 * Every tensor of every network of the reference's own snapshot files, in every pickle protocol the folder has. The
 * folder is `GOLDEN_DIR`, by default `tests/golden`.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { StoredNetwork } from '../../src/checkpoints/checkpoint.js';
import { modelHash } from '../../src/checkpoints/modelHash.js';
import { chooseGenerator, readCheckpoint } from '../../src/checkpoints/open.js';
import { readSafetensors, writeSafetensors } from '../../src/checkpoints/safetensors.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';

interface Manifest {
  readonly config: { readonly G_kwargs?: Record<string, unknown>; readonly common_kwargs?: Record<string, unknown> };
  readonly checkpoint_files: Readonly<Record<string, unknown>>;
  readonly checkpoint_tensors: Readonly<
    Record<string, Readonly<Record<string, { readonly shape: readonly number[]; readonly sha256: string }>>>
  >;
}

const folder = join(process.env['GOLDEN_DIR'] ?? fileURLToPath(new URL('../golden', import.meta.url)), 'generators');

interface GoldenFile {
  readonly label: string;
  readonly path: string;
  readonly manifest: Manifest;
}

function goldenFiles(): GoldenFile[] {
  const cases = existsSync(folder) ? readdirSync(folder) : [];
  return cases.flatMap((name) => {
    const manifestPath = join(folder, name, 'manifest.json');
    if (!existsSync(manifestPath)) return [];
    const manifest = JSON.parse(readFileSync(manifestPath, 'utf8')) as Manifest;
    const files = Object.keys(manifest.checkpoint_files).filter((file) => file.endsWith('.pkl'));
    return files
      .map((file) => ({ label: `${name}/${file}`, path: join(folder, name, file), manifest }))
      .filter(({ path }) => existsSync(path));
  });
}

function sha256(values: Float32Array): string {
  return createHash('sha256')
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest('hex');
}

function hashes({ tensors }: StoredNetwork): Record<string, { shape: readonly number[]; sha256: string }> {
  return Object.fromEntries(
    [...tensors].map(([name, tensor]) => [name, { shape: tensor.shape, sha256: sha256(readTensor(tensor)) }]),
  );
}

const files = goldenFiles();

it(`finds snapshots in ${folder}`, () => {
  expect(files.length).toBeGreaterThan(0);
});

describe.each(files)('$label', ({ path, manifest }) => {
  const bytes = new Uint8Array(readFileSync(path));
  const checkpoint = readCheckpoint(bytes, 'snapshot.pkl');

  it('holds every tensor of every network, bit for bit', () => {
    const byName = new Map(checkpoint.networks.map((network) => [network.name, network]));
    for (const [name, expected] of Object.entries(manifest.checkpoint_tensors)) {
      const network = byName.get(name);
      const tensors = Object.entries(expected).map(([key, { shape, sha256: digest }]) => [
        key,
        { shape, sha256: digest },
      ]);
      expect(network && hashes(network)).toEqual(Object.fromEntries(tensors));
    }
    expect(checkpoint.inertGlobals).toEqual([]);
  });

  it('names the generator’s settings', () => {
    const generator = chooseGenerator(checkpoint);
    expect(generator.name).toBe('G_ema');
    expect(generator.className).toBe('Generator');
    const { class_name: className, ...kwargs } = { ...manifest.config.G_kwargs, ...manifest.config.common_kwargs };
    expect(className).toBeTypeOf('string');
    expect(generator.initKwargs).toMatchObject(kwargs);
    expect(generator.attributes.get('z_dim')).toBe(kwargs['z_dim']);
    expect(generator.attributes.get('mapping.fc0.activation')).toBe('lrelu');
    const gain = generator.attributes.get('mapping.fc0.weight_gain');
    expect(gain).toBeTypeOf('number');
    expect(gain).toBeCloseTo(0.01 / Math.sqrt(generator.tensors.get('mapping.fc0.weight')?.shape[1] ?? NaN), 15);
  });

  it('hashes like the safetensors file made from it', async () => {
    const { tensors } = chooseGenerator(checkpoint);
    const converted = writeSafetensors(
      new Map(
        [...tensors].map(([name, tensor]) => [name, { dtype: 'F32', shape: tensor.shape, data: readTensor(tensor) }]),
      ),
      { source: 'snapshot.pkl' },
    );
    const [network] = readSafetensors(converted).networks;
    expect(network && (await modelHash(network.tensors))).toBe(await modelHash(tensors));
  });
});
