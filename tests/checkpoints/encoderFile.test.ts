import { describe, expect, it } from 'vitest';
import { recogniseEncoder } from '../../src/checkpoints/encoderFile.js';
import { readSafetensors } from '../../src/checkpoints/safetensors.js';
import { inputTensor } from '../../src/engine/tensor.js';
import { checkEncoderFits } from '../../src/models/styleEncoder.js';
import { encoderFile } from './encoderWriter.js';
import { expectError } from './expectError.js';

const form = { modelHash: 'a'.repeat(64), numWs: 6, wDim: 8, resolution: 32 };
type Replaced = NonNullable<Parameters<typeof encoderFile>[1]>;
const read = (replaced?: Replaced): ReturnType<typeof recogniseEncoder> =>
  recogniseEncoder(readSafetensors(encoderFile(form, replaced)));

describe('a style encoder of a file', () => {
  it('gives W+ of the model that its metadata name, for pictures of any size', () => {
    const encoder = read();
    expect([encoder.modelHash, encoder.numWs, encoder.wDim]).toEqual([form.modelHash, 6, 8]);
    expect(encoder.styles(inputTensor('picture', [2, 3, 32, 32])).shape).toEqual([2, 6, 8]);
    expect(encoder.styles(inputTensor('picture', [1, 3, 64, 64])).shape).toEqual([1, 6, 8]);
  });

  it('is held to its model', () => {
    checkEncoderFits(read(), { hash: form.modelHash });
    const { message } = expectError('encoder-mismatch', () => checkEncoderFits(read(), { hash: 'b'.repeat(64) }));
    expect(message).toContain('aaaaaaaaaaaa…');
    expect(message).toContain('bbbbbbbbbbbb…');
  });

  it.each<[string, Replaced, string]>([
    ['no metadata', { metadata: {} }, 'encoder-missing-in-file'],
    ['no shape of styles', { metadata: { encoder_of: 'a' } }, 'encoder-missing-in-file'],
    ['a shape that is none', { metadata: { encoder_of: 'a', encoder_styles: '6,8,1' } }, 'encoder-missing-in-file'],
    ['a shape of more', { metadata: { encoder_of: 'a', encoder_styles: '6,9' } }, 'encoder-missing-in-file'],
    ['layers that do not follow', { tensors: new Map([['convs.2.weight', [6, 4, 3, 3]]]) }, 'weights-shape'],
    ['a hidden layer of no square', { tensors: new Map([['fc0.weight', [8, 7 * 5]]]) }, 'weights-shape'],
  ])('is refused with %s', (_, replaced, code) => {
    expectError(code, () => read(replaced));
  });
});
