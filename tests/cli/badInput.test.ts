import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeNpy } from '../../src/checkpoints/npy.js';
import { readSafetensors, writeSafetensors, type TensorToWrite } from '../../src/checkpoints/safetensors.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import {
  bytes,
  call,
  persistentModule,
  parameter,
  tensor,
  text,
  writePickle,
  dict,
} from '../checkpoints/pickleWriter.js';
import { ensureBuilt } from '../setup/build.js';
import { testGpu } from '../setup/gpu.js';
import { ganvas, goldenFile, readBytes, refuse, removeFolder, succeed, temporaryFolder } from './ganvas.js';

const resnet = goldenFile('stylegan2-ada-16-resnet');
const conditional = goldenFile('stylegan2-ada-32-cond5');

let folder: string;
beforeAll(async () => {
  await ensureBuilt('cli');
  folder = temporaryFolder();
});
afterAll(() => removeFolder(folder));

function write(name: string, content: Uint8Array | string): void {
  writeFileSync(join(folder, name), content);
}

function expectNoOutput(): void {
  expect(readdirSync(folder).filter((name) => name.startsWith('never') || name.endsWith('.part'))).toEqual([]);
}

/** The small generator as safetensors with some tensors replaced. */
function writeChanged(name: string, change: (tensors: Map<string, TensorToWrite>) => void): void {
  const { networks, metadata } = readSafetensors(readBytes(folder, 'good.safetensors'));
  const tensors = new Map<string, TensorToWrite>();
  for (const [key, stored] of networks[0]?.tensors ?? []) {
    tensors.set(key, { dtype: 'F32', shape: stored.shape, data: Float32Array.from(readTensor(stored)) });
  }
  change(tensors);
  write(name, writeSafetensors(tensors, metadata));
}

describe('a checkpoint that cannot be used', () => {
  beforeAll(() => succeed(folder, ['convert', resnet, 'good.safetensors']));

  /** Refused by `generate`, which does most: one line, and no file. */
  async function refused(checkpoint: string): Promise<string> {
    const line = await refuse(folder, ['generate', checkpoint, '--seeds', '0', '--out', 'never.png']);
    expectNoOutput();
    return line;
  }

  test('is refused alike by every command', async () => {
    write('cut.pkl', readBytes(resnet).subarray(0, 10_000));
    const line = await refused('cut.pkl');
    expect(line).toContain('cut.pkl');
    expect(await refuse(folder, ['info', 'cut.pkl'])).toBe(line);
    expect(await refuse(folder, ['convert', 'cut.pkl', 'never.safetensors'])).toBe(line);
    const discover = ['discover', 'cut.pkl', '--method', 'sefa', '--out', 'never.safetensors'];
    expect(await refuse(folder, discover)).toBe(line);
    const edit = ['edit', 'cut.pkl', '--recipe', '#r1=AAAA', '--out', 'never.png'];
    expect(await refuse(folder, edit)).toBe(line);
    expectNoOutput();
  });

  test('is missing', async () => {
    expect(await refused('nowhere.pkl')).toContain('There is no file nowhere.pkl');
  });

  test('is a folder', async () => {
    mkdirSync(join(folder, 'a-folder'));
    expect(await refused('a-folder')).toContain('it is a folder');
  });

  test('is empty', async () => {
    write('empty.pkl', '');
    expect(await refused('empty.pkl')).toContain('empty.pkl is empty');
  });

  test.each([100, 300_000])('is a pickle cut off after %d bytes', async (length) => {
    write('cut.pkl', readBytes(resnet).subarray(0, length));
    expect(await refused('cut.pkl')).toContain('cut.pkl');
  });

  test('is a safetensors file cut off', async () => {
    write('cut.safetensors', readBytes(folder, 'good.safetensors').subarray(0, 50_000));
    expect(await refused('cut.safetensors')).toContain('truncated');
  });

  test('is no pickle', async () => {
    write('notes.pkl', 'Dear diary,\n');
    expect(await refused('notes.pkl')).toContain('notes.pkl is neither');
  });

  test('is a pickle that asks to run a command', async () => {
    write('attack.pkl', writePickle(dict({ G_ema: call('os', 'system', text('touch never-run')) })));
    expect(await refused('attack.pkl')).toContain('os.system');
    expect(readdirSync(folder)).not.toContain('never-run');
  });

  test('names things that would steer a terminal', async () => {
    write('escape.pkl', writePickle(dict({ G_ema: call('os', 'sys\u001b[31m\ntem', bytes(Uint8Array.of(1))) })));
    const line = await refused('escape.pkl');
    expect(line).toContain('[31m');
    expect(line).not.toContain('\u001b');
  });

  test('holds another architecture, and the key that tells', async () => {
    const network = persistentModule('Generator', { parameters: { odd_weight: parameter(tensor([1, 2], [2], [1])) } });
    write('other.pkl', writePickle(dict({ G_ema: network })));
    expect(await refused('other.pkl')).toContain(
      'no generator that ganvas knows. It is like none of them: it has a tensor `odd_weight`',
    );
  });

  test('has a weight that is not a number', async () => {
    writeChanged('nan.safetensors', (tensors) => {
      (tensors.get('synthesis.b8.conv0.weight')?.data as Float32Array)[7] = NaN;
    });
    expect(await refused('nan.safetensors')).toContain('`synthesis.b8.conv0.weight`');
  });

  test('has a weight of the wrong shape', async () => {
    writeChanged('shape.safetensors', (tensors) => {
      tensors.set('synthesis.b8.conv0.bias', { dtype: 'F32', shape: [3], data: new Float32Array(3) });
    });
    expect(await refused('shape.safetensors')).toContain('`synthesis.b8.conv0.bias`');
  });

  test('lacks a weight', async () => {
    writeChanged('lacking.safetensors', (tensors) => void tensors.delete('synthesis.b16.conv0.affine.bias'));
    expect(await refused('lacking.safetensors')).toContain('`synthesis.b16.conv0.affine.bias`');
  });
});

describe('a model that the adapter cannot hold', () => {
  const resolution = 2048;
  const planeBytes = resolution ** 2 * 4;

  /** A generator of one channel, but for the last block, whose activations are larger than one binding may be. */
  function writeTooLarge(name: string, channels: number): void {
    const tensors = new Map<string, TensorToWrite>();
    const set = (key: string, ...shape: readonly number[]): void => {
      const count = shape.reduce((product, extent) => product * extent, 1);
      tensors.set(key, { dtype: 'F32', shape, data: new Float32Array(count).fill(0.25) });
    };
    const layer = (path: string, outChannels: number, inChannels: number, kernel: number): void => {
      set(`${path}.weight`, outChannels, inChannels, kernel, kernel);
      set(`${path}.bias`, outChannels);
      set(`${path}.affine.weight`, inChannels, 2);
      set(`${path}.affine.bias`, inChannels);
    };
    set('synthesis.b4.const', 1, 4, 4);
    layer('synthesis.b4.conv1', 1, 1, 3);
    for (let size = 8; size <= resolution; size *= 2) {
      const outChannels = size === resolution ? channels : 1;
      set(`synthesis.b${size}.resample_filter`, 4);
      layer(`synthesis.b${size}.conv0`, outChannels, 1, 3);
      layer(`synthesis.b${size}.conv1`, outChannels, outChannels, 3);
    }
    layer(`synthesis.b${resolution}.torgb`, 3, channels, 1);
    write(name, writeSafetensors(tensors));
  }

  test('is refused before anything is allocated, with the limit, the needed and the available bytes', async () => {
    const adapter = await testGpu().requestAdapter();
    const { maxStorageBufferBindingSize = 0, maxBufferSize = 0 } = adapter?.limits ?? {};
    const available = Math.min(maxStorageBufferBindingSize, maxBufferSize);
    expect(available).toBeGreaterThan(0);
    writeTooLarge('large.safetensors', Math.floor(available / planeBytes) + 1);
    const line = await refuse(folder, ['generate', 'large.safetensors', '--seeds', '0', '--out', 'never.png']);
    const [, needed, limit, offered] = /needs (\d+) bytes in one buffer .*adapter's (\w+) is (\d+)\./.exec(line) ?? [];
    expect(Number(needed)).toBeGreaterThan(available);
    expect(['maxStorageBufferBindingSize', 'maxBufferSize']).toContain(limit);
    expect(Number(offered)).toBe(available);
    expectNoOutput();
  });
});

describe('latents that do not fit', () => {
  const generate = (...options: readonly string[]): readonly string[] => [
    'generate',
    resnet,
    ...options,
    '--out',
    'l.npy',
  ];

  test.each([
    ['z of the wrong length', '--z', [1, 31], '[N, 32]'],
    ['z of one axis', '--z', [32], '[N, 32]'],
    ['no z at all', '--z', [0, 32], 'N at least 1'],
    ['w of the wrong length', '--w', [1, 33], '[N, 32] or [N, 6, 32]'],
    ['w of the wrong number of layers', '--w', [1, 7, 32], '[N, 32] or [N, 6, 32]'],
  ] as const)('%s', async (_, option, shape, expected) => {
    const size = shape.reduce((product: number, length) => product * length, 1);
    write('latent.npy', writeNpy(shape, new Float32Array(size)));
    const line = await refuse(folder, generate(option, 'latent.npy'));
    expect(line).toContain(`[${shape.join(', ')}]`);
    expect(line).toContain(expected);
  });

  test('a latent that is not finite', async () => {
    write('nan.npy', writeNpy([1, 32], new Float32Array(32).fill(NaN, 5, 6)));
    expect(await refuse(folder, generate('--z', 'nan.npy'))).toContain('NaN at position 5');
  });

  test('a latent that is not an array', async () => {
    write('text.npy', 'x');
    expect(await refuse(folder, generate('--z', 'text.npy'))).toContain('text.npy');
    expect(await refuse(folder, generate('--z', 'nowhere.npy'))).toContain('There is no file nowhere.npy');
  });

  test('a psi so large that the picture is not finite', async () => {
    const options = ['--seeds', '0', '--psi', '3e38', '--out', 'l.npy'];
    expect(await refuse(folder, ['generate', 'face64', ...options])).toContain('not finite');
    expect(readdirSync(folder)).not.toContain('l.npy');
  });
});

describe('a wrong command line', () => {
  const generate = ['generate', resnet, '--seeds', '0', '--out', 'never.png'];
  const edit = ['edit', 'face64', '--seed', '0', '--out', 'never.png'];
  const along = [...edit, '--direction', 'dirs.safetensors#0'];
  const discover = ['discover', 'face64', '--out', 'never.safetensors'];

  beforeAll(() =>
    succeed(folder, ['discover', 'face64', '--method', 'sefa', '--count', '2', '--out', 'dirs.safetensors']),
  );

  const cases: readonly (readonly [argv: readonly string[], expected: string])[] = [
    [[], 'A command is missing'],
    [['paint'], 'no command "paint"'],
    [['--paint'], 'no option "--paint"'],
    [['generate'], 'CHECKPOINT is missing'],
    [['convert', resnet], 'OUT.safetensors is missing'],
    [[...generate, 'more'], '"more" is one argument too many'],
    [[...generate, '--paint'], 'has no option --paint'],
    [[...generate, '--psi'], '--psi has no value'],
    [[...generate, '--psi', '--noise', 'none'], '--psi has no value'],
    [[...generate, '--psi', '1', '--psi', '2'], '--psi is given twice'],
    [[...generate, '--psi', 'abc'], '--psi is "abc". Expected a finite number'],
    [[...generate, '--psi', 'NaN'], '--psi is "NaN". Expected a finite number'],
    [[...generate, '--psi', '1e999'], 'Expected a finite number'],
    [[...generate, '--psi', '0x10'], 'Expected a finite number'],
    [[...generate, '--cutoff', '-1'], 'Expected a whole number of at least 0'],
    [[...generate, '--cutoff', '7'], 'from 0 to 6'],
    [[...generate, '--noise', 'loud'], 'Expected one of const, random, none'],
    [[...generate, '--noise-seed', '1'], '--noise random'],
    [[...generate, '--class', '0'], 'has no classes'],
    [[...generate, '--mix', '7'], 'Expected a seed and its layers, such as 7:4-9'],
    [[...generate, '--mix', '7:99'], 'layers from 0 to '],
    [[...generate, '--z', 'z.npy'], '--seeds and --z exclude one another'],
    [['generate', resnet, '--out', 'never.png'], 'Expected --seeds 0-3,7, --z z.npy or --w w.npy'],
    [['generate', resnet, '--seeds', '0'], '--out is missing'],
    [['generate', resnet, '--seeds', '3-1', '--out', 'never.png'], '"3-1" is not a list of seeds'],
    [['generate', resnet, '--seeds', '0-1', '--out', 'never.png'], 'holds one picture, and 2 were asked for'],
    [['generate', resnet, '--seeds', '0', '--out', 'never.jpg'], 'Expected a folder, x.png or x.npy'],
    [['generate', conditional, '--seeds', '0', '--out', 'never.png'], 'Expected a class from 0 to 4'],
    [['generate', conditional, '--seeds', '0', '--class', '5', '--out', 'never.png'], 'Expected a class from 0 to 4'],
    [['convert', resnet, 'never.pt'], 'ends with .safetensors'],
    [['convert', resnet, 'never.safetensors', '--dtype', 'f8'], 'Expected one of f32, f16'],
    [[...discover, '--method', 'magic'], 'Expected one of sefa'],
    [discover, '--method is missing'],
    [[...discover, '--method', 'sefa', '--layers', '0-99'], 'layers from 0 to 9'],
    [[...discover, '--method', 'sefa', '--count', '0'], 'of at least 1'],
    [['edit', 'face64', '--out', 'never.png'], '--recipe r.json, or --seed N'],
    [edit, '--direction is missing'],
    [along, '--strength is missing'],
    [[...along, '--strength', 'NaN'], '--strength is "NaN". Expected a finite number'],
    [[...along, '--strength', '1', '--layers', '3-12'], 'layers from 0 to 9'],
    [[...along, '--strength', '1', '--layers', 'top'], '"top" is not a range of layers'],
    [[...edit, '--direction', 'dirs.safetensors#2', '--strength', '1'], 'dirs.safetensors#0 to dirs.safetensors#1'],
    [[...edit, '--direction', 'dirs.safetensors', '--strength', '1'], 'counted from 0'],
    [[...edit, '--direction', 'nowhere.safetensors#0', '--strength', '1'], 'There is no file nowhere.safetensors'],
    [
      ['edit', resnet, '--seed', '0', '--direction', 'dirs.safetensors#0', '--strength', '1', '--out', 'never.png'],
      '32',
    ],
    [[...along, '--strength', '1', '--condition', 'nowhere.npy'], 'There is no file nowhere.npy'],
    [[...along, '--strength', '1', '--condition', 'dirs.safetensors#0'], 'lies within its condition'],
    [[...edit, '--recipe', 'r.json'], '--recipe and --seed exclude one another'],
  ];

  test.each(cases)('ganvas %j', async (argv, expected) => {
    expect(await refuse(folder, argv)).toContain(expected);
    expectNoOutput();
  });
});

describe('a recipe that cannot be used', () => {
  const recipe = (path: string): readonly string[] => ['edit', 'face64', '--recipe', path, '--out', 'never.png'];

  test('is missing, not JSON, or damaged', async () => {
    expect(await refuse(folder, recipe('nowhere.json'))).toContain('There is no file nowhere.json');
    write('text.json', 'hello');
    expect(await refuse(folder, recipe('text.json'))).toContain('text.json is not JSON');
    write('array.json', '{"version": 1}');
    expect(await refuse(folder, recipe('array.json'))).toContain('Expected');
    expect(await refuse(folder, recipe('#r1=AAAA'))).toContain('cut off or damaged');
  });

  test('belongs to another model', async () => {
    await succeed(folder, ['generate', resnet, '--seeds', '0', '--out', 'other-model.png']);
    expect(await refuse(folder, recipe('other-model.png'))).toContain('belongs to');
  });
});

describe('a place that cannot be written', () => {
  test.each([
    ['a file in a folder that is not there', 'nowhere/x.png', 'there is no folder nowhere'],
    ['a file below a file', 'plain.txt/x.png', 'plain.txt'],
    ['a folder below a file', 'plain.txt/pictures', 'is a file'],
    ['a folder in place of a file', 'taken.png', 'it is a folder'],
  ])('%s', async (_, out, expected) => {
    write('plain.txt', 'text');
    mkdirSync(join(folder, 'taken.png'), { recursive: true });
    expect(await refuse(folder, ['generate', resnet, '--seeds', '0', '--out', out])).toContain(expected);
  });
});

test('without a working Vulkan driver it fails in one line, with nothing from the loader', async () => {
  const outcome = await ganvas(folder, ['generate', resnet, '--seeds', '0', '--out', 'never.png'], {
    VK_DRIVER_FILES: join(folder, 'no-driver.json'),
    VK_ICD_FILENAMES: join(folder, 'no-driver.json'),
  });
  expect(outcome).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(/^ganvas: [^\n]+\n$/) });
  expect(readdirSync(folder)).not.toContain('never.png');
});
