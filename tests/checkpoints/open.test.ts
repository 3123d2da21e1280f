import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../src/checkpoints/checkpoint.js';
import { chooseGenerator, readCheckpoint } from '../../src/checkpoints/open.js';
import { writeSafetensors } from '../../src/checkpoints/safetensors.js';
import { expectError, expectTypedOutcome } from './expectError.js';
import * as p from './pickleWriter.js';

const fromText = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

describe('readCheckpoint', () => {
  it('goes by the bytes, not by the name', () => {
    const weight = { dtype: 'F32', shape: [1], data: new Float32Array(1) } as const;
    expect(readCheckpoint(writeSafetensors(new Map([['a', weight]])), 'x.pkl').format).toBe('safetensors');
    expect(readCheckpoint(p.tinySnapshot(), 'x.safetensors').format).toBe('nvidia-pickle');
  });

  it('says that a file is empty or cut off, by its name', () => {
    expect(expectError('checkpoint-empty', () => readCheckpoint(new Uint8Array(), 'a.pkl')).message).toContain(
      'a.pkl is empty',
    );
    const error = expectError('pickle-truncated', () => readCheckpoint(p.tinySnapshot().subarray(0, 500), 'a.pkl'));
    expect(error.message).toMatch(/^a\.pkl: The pickle is truncated/);
    expect(error.details['name']).toBe('a.pkl');
  });

  it.each<[string, string]>([
    ['\x89HDF\r\n\x1a\n....', 'HDF5'],
    ['\x93NUMPY\x01\x00', '.npy'],
    ['\x89PNG\r\n\x1a\n', 'PNG'],
    ['\xff\xd8\xff\xe0', 'JPEG'],
    ['RIFF....WEBPVP8 ', 'WebP'],
    ['\x1f\x8b\x08', 'gzip'],
    ['version https://git-lfs.github.com/spec/v1\n', 'Git LFS'],
    ['\n<!DOCTYPE html><html>', 'web page'],
  ])('recognises what it cannot read: %j', (bytes, words) => {
    const error = expectError('checkpoint-format-unsupported', () => readCheckpoint(fromText(bytes), 'model.pkl'));
    expect(error.message).toContain(words);
  });

  it.each<[string, string]>([
    ['PK\x03\x04....', 'zip-truncated'],
    ['\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.', 'pickle-truncated'],
  ])('reads torch files by their beginning: %j', (bytes, code) => {
    expectError(code, () => readCheckpoint(fromText(bytes), 'model.pkl'));
  });

  it('says when it does not know a file at all', () => {
    for (const bytes of ['hello world', '\x00\x01\x02', '{}', '   ']) {
      expectError('checkpoint-format-unknown', () => readCheckpoint(fromText(bytes), 'x.pkl'));
    }
  });

  it.each([
    ['protocol 0', fromText("cos\nsystem\n(S'touch ran'\ntR.")],
    ['protocol 4', p.writePickle(p.call('posix', 'system', p.text('touch ran')))],
  ])('names os.system and runs nothing: %s', (_, bytes) => {
    const error = expectError('checkpoint-no-generator', () => readCheckpoint(bytes, 'evil.pkl'));
    expect(error.message).toBe(
      'evil.pkl: This file asks to run `os.system`. ganvas never runs code from a file; 0 tensors were read, no generator was found in them.',
    );
  });

  it('names what reaches out of a program first', () => {
    const calls = ['a.A', 'b.B', 'c.C', 'd.D', 'subprocess.Popen'].map((name) =>
      p.call(...(name.split('.') as [string, string])),
    );
    const error = expectError('checkpoint-no-generator', () => readCheckpoint(p.writePickle(p.list(...calls)), 'x'));
    expect(error.message).toContain('`subprocess.Popen`, `a.A`, `b.B` and 2 more');
  });

  it('answers any bytes with a checkpoint or a typed error', () => {
    const starts = ['', '\x80\x04', '\x80\x02', '(', 'PK', '\x08\x00\x00\x00\x00\x00\x00\x00{'].map(fromText);
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 64 }), (start, rest) => {
        expectTypedOutcome(() => readCheckpoint(Uint8Array.from([...start, ...rest]), 'x'));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('chooseGenerator', () => {
  const withNetworks = (...names: string[]): Checkpoint => ({
    format: 'nvidia-pickle',
    networks: names.map((name) => ({
      name,
      className: null,
      initKwargs: {},
      attributes: new Map(),
      tensors: new Map(),
    })),
    metadata: {},
    inertGlobals: [],
  });

  it.each([
    [['G', 'D', 'G_ema'], 'G_ema'],
    [['g', 'd', 'g_ema'], 'g_ema'],
    [['discriminator', 'generator', 'generator_smooth'], 'generator_smooth'],
    [[''], ''],
    [['D', 'G'], 'G'],
    [['', 'generator', 'discriminator'], 'generator'],
    [['netG', 'netD', ''], 'netG'],
  ])('of %j takes %s', (names, expected) => {
    expect(chooseGenerator(withNetworks(...names)).name).toBe(expected);
  });

  it('takes the only one under any name, once it is described', () => {
    expect(chooseGenerator(withNetworks('model'), null, true).name).toBe('model');
    for (const [names, isDescribed] of [
      [['model'], false],
      [['model', 'other'], true],
    ] as const) {
      expectError('checkpoint-no-generator', () => chooseGenerator(withNetworks(...names), null, isDescribed));
    }
  });

  it('takes the one that is asked for, or says which there are', () => {
    expect(chooseGenerator(withNetworks('G', 'G_ema'), 'G').name).toBe('G');
    const missing = expectError('checkpoint-network-missing', () => chooseGenerator(withNetworks('G', 'D'), 'H'));
    expect(missing.message).toContain('It has G, D.');
    const none = expectError('checkpoint-no-generator', () => chooseGenerator(withNetworks('D')));
    expect(none.message).toContain('The networks in it are D.');
  });
});
