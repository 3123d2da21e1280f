/**
 * Every tensor of every network of the reference's own files, in every pickle protocol and torch container the folder
 * has. The folder is `GOLDEN_DIR`, by default `tests/golden`.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { StoredNetwork, StoredTensor } from '../../src/checkpoints/checkpoint.js';
import { modelHash } from '../../src/checkpoints/modelHash.js';
import { chooseGenerator, readCheckpoint } from '../../src/checkpoints/open.js';
import { readSafetensors, writeSafetensors } from '../../src/checkpoints/safetensors.js';
import { elementCount, readTensor } from '../../src/checkpoints/storedTensor.js';

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
    const files = Object.keys(manifest.checkpoint_files).filter((file) => /\.(pkl|pth|pt|bin)$/.test(file));
    return files
      .map((file) => ({ label: `${name}/${file}`, path: join(folder, name, file), manifest }))
      .filter(({ path }) => existsSync(path));
  });
}

/** Over the elements in the file's own type, row-major. */
function sha256(tensor: StoredTensor): string {
  const { buffer, byteOffset, byteLength } = tensor.strides === null ? tensor.bytes : readTensor(tensor);
  return createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex');
}

type Hashes = Readonly<Record<string, { readonly shape: readonly number[]; readonly sha256: string }>>;

function hashes({ tensors }: StoredNetwork): Hashes {
  return Object.fromEntries(
    [...tensors].map(([name, tensor]) => [name, { shape: tensor.shape, sha256: sha256(tensor) }]),
  );
}

/** What the manifest says of a network; a legacy rosinality file lacks its noise maps, as the oldest ones do. */
function expectedHashes(manifest: Manifest, network: string, path: string): Hashes {
  const tensors = Object.entries(manifest.checkpoint_tensors[network] ?? {});
  const withoutNoise = path.endsWith('stylegan2-tiny.legacy.pt');
  return Object.fromEntries(
    tensors
      .filter(([key]) => !(withoutNoise && key.startsWith('noises.')))
      .map(([key, { shape, sha256: digest }]) => [key, { shape, sha256: digest }]),
  );
}

const files = goldenFiles();

it(`finds checkpoints in ${folder}`, () => {
  expect(files.length).toBeGreaterThan(0);
});

describe.each(files)('$label', ({ path, manifest }) => {
  const checkpoint = readCheckpoint(new Uint8Array(readFileSync(path)), 'a file');

  it('holds every tensor of every network, bit for bit', () => {
    const byName = new Map(checkpoint.networks.map((network) => [network.name, network]));
    const checked = Object.keys(manifest.checkpoint_tensors).filter((name) => {
      // A training checkpoint has no average beside its networks.
      if (name === '(top level)' && path.endsWith('010000.pt')) return false;
      const network = byName.get(name === 'state_dict' || name === '(top level)' ? '' : name);
      expect(network && hashes(network)).toEqual(expectedHashes(manifest, name, path));
      return true;
    });
    expect(checked).not.toEqual([]);
    expect(checkpoint.inertGlobals).toEqual([]);
  });

  it('holds no tensor that cannot be read', () => {
    for (const { tensors } of checkpoint.networks) {
      for (const tensor of tensors.values()) expect(readTensor(tensor).length).toBe(elementCount(tensor.shape));
    }
  });

  it('hashes like the safetensors file made from it', async () => {
    const { tensors } = chooseGenerator(checkpoint);
    const converted = writeSafetensors(
      new Map(
        [...tensors].map(([name, tensor]) => [name, { dtype: 'F32', shape: tensor.shape, data: readTensor(tensor) }]),
      ),
      { source: 'a file' },
    );
    const [network] = readSafetensors(converted).networks;
    expect(network && (await modelHash(network.tensors))).toBe(await modelHash(tensors));
  });
});

describe.each(files.filter(({ path }) => path.endsWith('.pkl')))('$label', ({ path, manifest }) => {
  it('names the generator’s settings', () => {
    const generator = chooseGenerator(readCheckpoint(new Uint8Array(readFileSync(path)), 'snapshot.pkl'));
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
});
