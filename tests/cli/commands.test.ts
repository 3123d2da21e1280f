import { readdirSync } from 'node:fs';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { version } from '../../package.json';
import { writeNpy } from '../../src/checkpoints/npy.js';
import { readDirections } from '../../src/checkpoints/directionFile.js';
import { readSafetensors } from '../../src/checkpoints/safetensors.js';
import { recipeToHash } from '../../src/latent/recipeLink.js';
import { parseRecipe } from '../../src/latent/recipeReading.js';
import { readPngText } from '../../src/workbench/png.js';
import { ensureBuilt } from '../setup/build.js';
import {
  ganvas,
  goldenFile,
  readArray,
  readBytes,
  readPng,
  refuse,
  removeFolder,
  start,
  succeed,
  temporaryFolder,
} from './ganvas.js';

const resnet = goldenFile('stylegan2-ada-16-resnet');

let folder: string;
beforeAll(async () => {
  await ensureBuilt('cli');
  folder = temporaryFolder();
});
afterAll(() => removeFolder(folder));

test('--version prints the version of the package', async () => {
  expect(await succeed(folder, ['--version'])).toBe(`${version}\n`);
});

test('--help names every command, and each of them explains itself with an example', async () => {
  const help = await succeed(folder, ['--help']);
  for (const command of [
    'info',
    'generate',
    'convert',
    'discover',
    'dissect',
    'edit',
    'mix',
    'walk',
    'invert',
    'measure',
    'realness',
    'bench',
    'tune',
  ]) {
    expect(help).toMatch(new RegExp(`^ {2}${command} +\\S`, 'm'));
    const own = await succeed(folder, [command, '--help']);
    expect(own).toContain(`Usage: ganvas ${command} `);
    expect(own).toMatch(new RegExp(`Examples?\\n {2}ganvas ${command}`));
  }
});

describe('info', () => {
  test('--json gives sizes, configuration and networks', async () => {
    const report: unknown = JSON.parse(await succeed(folder, ['info', resnet, '--json']));
    expect(report).toMatchObject({
      name: 'network-snapshot-000000.pkl',
      format: 'nvidia-pickle',
      family: 'stylegan2',
      network: 'G_ema',
      resolution: 16,
      imgChannels: 3,
      zDim: 32,
      wDim: 32,
      cDim: 0,
      numWs: 6,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      config: { architecture: 'resnet', convClamp: 1.5 },
      inertGlobals: [],
    });
    const { networks } = report as { networks: readonly { name: string }[] };
    expect(networks.map(({ name }) => name).sort()).toEqual(['D', 'G', 'G_ema']);
  });

  test('--network takes another network, or says which there are', async () => {
    const hashOf = async (...args: string[]): Promise<unknown> => {
      const report = JSON.parse(await succeed(folder, ['info', resnet, '--json', ...args])) as Record<string, unknown>;
      expect(report).toMatchObject({ network: args[1] ?? 'G_ema', generators: ['G', 'G_ema'] });
      return report.hash;
    };
    expect(await hashOf('--network', 'G')).not.toBe(await hashOf());
    expect(await refuse(folder, ['info', resnet, '--network', 'H'])).toMatch(/no network "H"\. It has G, D, G_ema\./);
    await succeed(folder, ['convert', resnet, 'trained.safetensors', '--network', 'G']);
    expect(JSON.parse(await succeed(folder, ['info', 'trained.safetensors', '--json']))).toMatchObject({
      hash: await hashOf('--network', 'G'),
    });
  });

  test('the text says the same in words', async () => {
    const text = await succeed(folder, ['info', resnet]);
    expect(text).toMatch(/^family +stylegan2$/m);
    expect(text).toMatch(/^picture +3 × 16 × 16$/m);
    expect(text).toMatch(/G_ema \(Generator\): \d+ tensors, [\d ]+ numbers, used$/m);
    expect(text).toMatch(/G \(Generator\): [^;]+, used with --network G;/);
    expect(text).toContain('b16.torgb');
  });

  test('counts the parameters of face64 as its card does', async () => {
    const report = JSON.parse(await succeed(folder, ['info', 'face64', '--json'])) as {
      parameters: number;
      hash: string;
    };
    expect(report.parameters).toBeGreaterThan(700_000);
    expect(report.parameters).toBeLessThan(850_000);
    const registry = readBytes(import.meta.dirname, '..', '..', 'weights', 'registry.json');
    expect(new TextDecoder().decode(registry)).toContain(report.hash);
  });

  test('a name of a published model says where to get it', async () => {
    expect(await refuse(folder, ['info', 'ffhq'])).toContain('https://');
  });
});

describe('convert', () => {
  test('the converted file is the same model and makes the same pictures, clamps included', async () => {
    await succeed(folder, ['convert', resnet, 'small.safetensors']);
    await succeed(folder, ['generate', resnet, '--seeds', '0-1', '--out', 'from-pkl.npy']);
    await succeed(folder, ['generate', 'small.safetensors', '--seeds', '0-1', '--out', 'from-safetensors.npy']);
    expect(readBytes(folder, 'from-safetensors.npy')).toEqual(readBytes(folder, 'from-pkl.npy'));
    const before = JSON.parse(await succeed(folder, ['info', resnet, '--json'])) as Record<string, unknown>;
    const after = JSON.parse(await succeed(folder, ['info', 'small.safetensors', '--json'])) as Record<string, unknown>;
    for (const key of ['hash', 'config', 'parameters']) expect(after[key]).toEqual(before[key]);
  });

  test('f16 halves the file and stays close', async () => {
    await succeed(folder, ['convert', resnet, 'half.safetensors', '--dtype', 'f16']);
    const [network] = readSafetensors(readBytes(folder, 'half.safetensors')).networks;
    expect(new Set([...(network?.tensors.values() ?? [])].map(({ dtype }) => dtype))).toEqual(new Set(['f16']));
    await succeed(folder, ['generate', 'half.safetensors', '--seeds', '0', '--out', 'half.npy']);
    await succeed(folder, ['generate', resnet, '--seeds', '0', '--out', 'full.npy']);
    const full = readArray(folder, 'full.npy').values;
    const half = readArray(folder, 'half.npy').values;
    const norm = Math.hypot(...full);
    const error = Math.hypot(...full.map((value, index) => value - (half[index] ?? NaN))) / norm;
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(0.02);
  });
});

describe('discover and edit', () => {
  beforeAll(() =>
    succeed(folder, [
      ...['discover', 'face64', '--method', 'sefa', '--layers', '0-3', '--count', '5', '--out', 'dirs.safetensors'],
    ]),
  );

  test('directions are unit vectors of the layers, strongest first', () => {
    const directions = readDirections(readBytes(folder, 'dirs.safetensors'));
    expect(directions.map(({ provenance }) => provenance.parameters)).toEqual(
      [0, 1, 2, 3, 4].map((index) => ({ layers: '0-3', index })),
    );
    const eigenvalues = directions.map(({ statistics }) => statistics['eigenvalue'] ?? NaN);
    expect(eigenvalues).toEqual([...eigenvalues].sort((a, b) => b - a));
    for (const { vectors, layers } of directions) {
      expect(layers).toEqual([0, 1, 2, 3]);
      expect(Math.hypot(...vectors)).toBeCloseTo(1, 5);
    }
  });

  test('strength moves the picture, 0 leaves it, and a negative one goes the other way', async () => {
    const pictures = new Map<string, Uint8Array>();
    for (const strength of ['0', '3', '-3']) {
      const options = ['--seed', '1', '--direction', 'dirs.safetensors#2', '--strength', strength];
      await succeed(folder, ['edit', 'face64', ...options, '--out', 'edit.png']);
      pictures.set(strength, Uint8Array.from(readPng(folder, 'edit.png').data));
    }
    await succeed(folder, ['generate', 'face64', '--seeds', '1', '--out', 'plain.png']);
    const plain = Uint8Array.from(readPng(folder, 'plain.png').data);
    expect(pictures.get('0')).toEqual(plain);
    expect(pictures.get('3')).not.toEqual(plain);
    expect(pictures.get('-3')).not.toEqual(plain);
    expect(pictures.get('3')).not.toEqual(pictures.get('-3'));
  });

  test('conditions take from the direction what it shares with them', async () => {
    const row = (values: readonly number[]): Float32Array =>
      Float32Array.from({ length: 128 }, (_, index) => values[index] ?? 0);
    await writeFile(join(folder, 'a.npy'), writeNpy([1, 128], row([3, 4])));
    await writeFile(join(folder, 'b.npy'), writeNpy([1, 128], row([1])));
    await writeFile(join(folder, 'c.npy'), writeNpy([1, 128], row([0, 5])));
    await writeFile(join(folder, 'd.npy'), writeNpy([1, 128], row([0, 0, 1])));
    const edit = (options: readonly string[], out: string): Promise<string> =>
      succeed(folder, ['edit', 'face64', '--seed', '2', '--strength', '2', ...options, '--out', out]);
    await edit(['--direction', 'a.npy', '--condition', 'b.npy', '--condition', 'd.npy#0'], 'conditioned.png');
    await edit(['--direction', 'c.npy'], 'left.png');
    expect(readPng(folder, 'conditioned.png').data).toEqual(readPng(folder, 'left.png').data);
    await succeed(folder, ['edit', 'face64', '--recipe', 'conditioned.png', '--out', 'conditioned-again.png']);
    expect(readBytes(folder, 'conditioned-again.png')).toEqual(readBytes(folder, 'conditioned.png'));
    const parallel = ['--direction', 'a.npy', '--condition', 'a.npy', '--seed', '2', '--strength', '2'];
    expect(await refuse(folder, ['edit', 'face64', ...parallel, '--out', 'never.png'])).toContain(
      'lies within its condition',
    );
  });

  test('every form of its recipe reproduces an edited picture', async () => {
    const options = ['--seed', '3', '--psi', '0.8', '--direction', 'dirs.safetensors#1', '--strength', '2.5'];
    await succeed(folder, ['edit', 'face64', ...options, '--layers', '1-2,5', '--out', 'made.png']);
    const json = readPngText(readBytes(folder, 'made.png'))['ganvas-recipe'] ?? '';
    const recipe = parseRecipe(JSON.parse(json));
    expect(recipe.edits).toEqual([
      expect.objectContaining({
        direction: { method: 'sefa', layers: '0-3', index: 1 },
        strength: 2.5,
        layers: '1-2,5',
      }),
    ]);
    await writeFile(join(folder, 'recipe.json'), JSON.stringify(recipe, null, 2));
    await writeFile(join(folder, 'link.txt'), `https://example.org/editor/${recipeToHash(recipe)}\n`);
    for (const form of ['made.png', 'recipe.json', 'link.txt', recipeToHash(recipe)]) {
      await succeed(folder, ['edit', 'face64', '--recipe', form, '--out', 'again.png']);
      expect(readBytes(folder, 'again.png')).toEqual(readBytes(folder, 'made.png'));
    }
  });

  test('the still picture of the page is its first face', async () => {
    const [link = ''] = /#r1=[\w-]+/.exec(await readFile('index.html', 'utf8')) ?? [];
    await succeed(folder, ['edit', 'face64', '--recipe', link, '--out', 'first.png']);
    const still = readPng('weights/face64', 'poster.png').data;
    const differences = Array.from(readPng(folder, 'first.png').data, (value, index) =>
      Math.abs(value - (still[index] ?? NaN)),
    );
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
  });

  test('a direction found on another model moves this one by its numbers when told to', async () => {
    const [skip, other] = [goldenFile('stylegan2-ada-32-skip'), goldenFile('stylegan2-ada-32-cond5')];
    await succeed(folder, ['discover', other, '--method', 'sefa', '--count', '1', '--out', 'other.safetensors']);
    const options = ['--seed', '0', '--direction', 'other.safetensors', '--strength', '1'];
    expect(await refuse(folder, ['edit', skip, ...options, '--out', 'never.png'])).toContain('add --anyway');
    await succeed(folder, ['edit', skip, ...options, '--anyway', '--out', 'moved.png']);
    expect(readPngText(readBytes(folder, 'moved.png'))['ganvas-recipe']).toContain('"method":"vector"');
    await succeed(folder, ['edit', skip, '--recipe', 'moved.png', '--out', 'moved-again.png']);
    expect(readBytes(folder, 'moved-again.png')).toEqual(readBytes(folder, 'moved.png'));
  });
});

describe('a checkpoint from an address', () => {
  let server: Server;
  let address: string;
  beforeAll(async () => {
    const bytes = readBytes(resnet);
    server = createServer((request, response) => {
      response.statusCode = request.url === '/model.pkl' ? 200 : 404;
      response.end(request.url === '/model.pkl' ? bytes : 'no');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  test('is the same model', async () => {
    const report = JSON.parse(await succeed(folder, ['info', `${address}/model.pkl`, '--json'])) as { name: string };
    expect(report.name).toBe('model.pkl');
  });

  test('that has none is refused with the answer', async () => {
    expect(await refuse(folder, ['info', `${address}/other.pkl`])).toContain('404');
  });

  test('that does not answer is a failure', async () => {
    await new Promise((resolve) => server.close(resolve));
    expect(await refuse(folder, ['info', `${address}/model.pkl`], 1)).toContain('could not be downloaded');
  });
});

test('bench prints the adapter and writes the figures', async () => {
  const text = await succeed(folder, ['bench', '--suite', 'models', '--json', 'bench.json']);
  expect(text).toMatch(/^Adapter: \S/);
  expect(text).toContain('face64');
  const report: unknown = JSON.parse(new TextDecoder().decode(readBytes(folder, 'bench.json')));
  expect(report).toMatchObject({ version: 2, results: [{ suite: 'models', dispatches: expect.any(Number) }] });
  const again = ['bench', '--suite', 'models', '--samples', '1', '--compare', 'bench.json'];
  expect(await succeed(folder, [...again, '--peak-gflops', '10', '--peak-gbs', '5'])).toMatch(
    /Peak \(given\): 10.0 GFLOP\/s, 5.0 GB\/s[^]*\nface64 frame .*×/,
  );
  expect(await refuse(folder, ['bench', '--peak-gflops', '10'])).toContain('go together');
  await writeFile(join(folder, 'other.json'), '{}');
  expect(await refuse(folder, [...again.slice(0, -1), 'other.json'], 1)).toContain('other.json is no report');
});

test('a signal ends the work, with the code shells expect and no file', async () => {
  const running = start(folder, ['bench', '--suite', 'ops', '--json', 'never.json']);
  setTimeout(() => running.child.kill('SIGTERM'), 1000);
  expect(await running.outcome).toEqual({ code: 128 + 15, stdout: '', stderr: '' });
  expect(readdirSync(folder).filter((name) => name.includes('never'))).toEqual([]);
});

test('a bundled name wins over a file of that name, and ./ means the file', async () => {
  await copyFile(resnet, join(folder, 'face64'));
  const bundled = JSON.parse(await succeed(folder, ['info', 'face64', '--json'])) as { resolution: number };
  const file = JSON.parse(await succeed(folder, ['info', './face64', '--json'])) as { resolution: number };
  expect([bundled.resolution, file.resolution]).toEqual([64, 16]);
});

test('an output is replaced as a whole, and nothing is left beside it', async () => {
  await writeFile(join(folder, 'twice.png'), 'old');
  await succeed(folder, ['generate', resnet, '--seeds', '0', '--out', 'twice.png']);
  expect(readPng(folder, 'twice.png').width).toBe(16);
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
});

test('--debug shows where an error came from, and only then', async () => {
  const { code, stderr } = await ganvas(folder, ['info', 'missing.pkl', '--debug']);
  expect(code).toBe(2);
  expect(stderr).toMatch(/^ganvas: There is no file missing\.pkl/);
  expect(stderr).toMatch(/\n {4}at /);
});
