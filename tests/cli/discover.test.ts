import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readDirections } from '../../src/checkpoints/directionFile.js';
import { readNpy } from '../../src/checkpoints/npy.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import type { Direction } from '../../src/latent/direction.js';
import { ensureBuilt } from '../setup/build.js';
import { readBytes, refuse, removeFolder, succeed, temporaryFolder } from './ganvas.js';

let folder: string;
beforeAll(async () => {
  await ensureBuilt('cli');
  folder = temporaryFolder();
});
afterAll(() => removeFolder(folder));

async function discovered(...options: readonly string[]): Promise<readonly Direction[]> {
  await succeed(folder, ['discover', 'face64', ...options, '--out', 'found.safetensors']);
  return readDirections(readBytes(folder, 'found.safetensors'));
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
    Array.from(x).reduce((sum, value, k) => sum + value * (y[k] ?? NaN), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

describe('ganvas discover', () => {
  test('GANSpace gives components of w, largest variance first, the same for the same seed', async () => {
    const options = ['--method', 'ganspace', '--samples', '2000', '--count', '3', '--seed', '5', '--layers', '2-4'];
    const found = await discovered(...options);
    const ratios = found.map(({ statistics }) => statistics['varianceRatio'] ?? NaN);
    expect(ratios).toHaveLength(3);
    expect(ratios).toEqual([...ratios].sort((a, b) => b - a));
    for (const { space, layers, provenance } of found) {
      expect([space, layers, provenance.method]).toEqual(['w', [2, 3, 4], 'ganspace']);
    }
    const again = await discovered(...options);
    found.forEach(({ vectors }, index) => expect(again[index]?.vectors).toEqual(vectors));
  });

  test('GANSpace decomposes the activations of a layer', async () => {
    const options = ['--at', 'synthesis.b4.conv1', '--samples', '200', '--count', '2'];
    const found = await discovered('--method', 'ganspace', ...options);
    expect(found.map(({ provenance }) => provenance.parameters['at'])).toEqual([
      'synthesis.b4.conv1',
      'synthesis.b4.conv1',
    ]);
  });

  test('InterFaceGAN finds a boundary for each attribute; alone it goes out as its .npy', async () => {
    const options = ['--method', 'interfacegan', '--samples', '300', '--chosen', '0.2', '--seed', '1'];
    const [yaw, hair] = await discovered(...options, '--attributes', 'yaw, hair_length');
    expect([yaw?.name, hair?.name]).toEqual(['yaw', 'hair_length']);
    expect(yaw?.statistics['validationAccuracy']).toBeGreaterThan(0.85);
    await succeed(folder, ['discover', 'face64', ...options, '--attributes', 'yaw', '--out', 'yaw.npy']);
    const boundary = readNpy(readBytes(folder, 'yaw.npy'));
    expect(boundary.shape).toEqual([1, yaw?.dim]);
    expect(cosine(readTensor(boundary), yaw?.vectors ?? [])).toBeCloseTo(1, 6);
  });

  test('arithmetic gives what tells some seeds from others', async () => {
    const sides = ['--method', 'arithmetic', '--plus', '1,2', '--minus', '3'];
    const [there] = await discovered(...sides, '--name', 'tilt');
    expect(there).toMatchObject({ name: 'tilt', space: 'w', provenance: { method: 'arithmetic' } });
    const [back] = await discovered('--method', 'arithmetic', '--plus', '3', '--minus', '1,2');
    expect(cosine(there?.vectors ?? [], back?.vectors ?? [])).toBeCloseTo(-1, 6);
  });

  test('--rank puts what changes pictures most first, and says how far a slider should go', async () => {
    const found = await discovered('--method', 'sefa', '--count', '3', '--rank');
    const effects = found.map(({ statistics }) => statistics['effect'] ?? NaN);
    expect(effects).toEqual([...effects].sort((a, b) => b - a));
    for (const { statistics } of found) expect(statistics['range']).toBeGreaterThan(0);
  });

  test.each([
    [['--method', 'magic'], 'one of sefa, ganspace, interfacegan'],
    [['--method', 'sefa', '--samples', '10'], '--samples is not for --method sefa'],
    [['--method', 'ganspace', '--attributes', 'yaw'], '--attributes is not for --method ganspace'],
    [['--method', 'interfacegan', '--count', '2'], '--count is not for --method interfacegan'],
    [['--method', 'sefa', '--plus', '1'], '--plus is not for --method sefa'],
    [['--method', 'arithmetic', '--plus', '1'], '--minus'],
    [['--method', 'arithmetic', '--plus', '1', '--minus', '2', '--rank'], '--rank is not for --method arithmetic'],
    [['--method', 'ganspace', '--samples', '1'], 'from 2 to 1000000'],
    [['--method', 'ganspace', '--at', 'attic', '--samples', '10', '--count', '2'], 'attic'],
    [['--method', 'interfacegan', '--attributes', 'wings'], 'no attribute "wings"'],
    [['--method', 'interfacegan', '--chosen', '0.7'], 'at most 0.5'],
    [['--method', 'interfacegan', '--estimator', 'guess'], 'one of svm, mean-difference, logistic'],
    [['--method', 'interfacegan', '--predictor', 'nowhere.safetensors'], 'There is no file'],
  ])('refuses %j', async (options, words) => {
    expect(await refuse(folder, ['discover', 'face64', ...options, '--out', 'never.safetensors'])).toContain(words);
  });

  test('refuses several directions in one .npy, and other endings', async () => {
    const sefa = ['discover', 'face64', '--method', 'sefa', '--count', '2', '--out'];
    expect(await refuse(folder, [...sefa, 'two.npy'])).toContain('2 were found');
    expect(await refuse(folder, [...sefa, 'two.txt'])).toContain('.safetensors or .npy');
  });
});
