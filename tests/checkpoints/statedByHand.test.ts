import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { recogniseWithLayers } from '../../src/checkpoints/layersFileRecognition.js';
import { chooseGenerator, readCheckpoint } from '../../src/checkpoints/open.js';
import type { RecognisedGenerator } from '../../src/checkpoints/recognise.js';
import { expectError } from './expectError.js';

function opened(settings: Readonly<Record<string, unknown>>): RecognisedGenerator {
  const bytes = new Uint8Array(readFileSync('tests/golden/generators/pggan-32/pggan_tiny32.pth'));
  const checkpoint = readCheckpoint(bytes, 'pggan_tiny32.pth');
  return recogniseWithLayers(checkpoint, chooseGenerator(checkpoint), JSON.stringify(settings));
}

describe('settings of a family that came with a file', () => {
  test('are taken, and the others assumed', () => {
    expect(opened({ family: 'pggan' }).config).toMatchObject({ fusedScale: false, finalTanh: false });
    const stated = opened({ family: 'pggan', fusedScale: true, finalTanh: true });
    expect(stated.config).toMatchObject({ fusedScale: true, finalTanh: true, resolution: 32 });
    expect(stated.metadata['ganvas-generator']).toContain('"fusedScale":true');
  });

  test('of another family are refused', () => {
    const error = expectError('layers-file-invalid', () => opened({ family: 'stylegan2', activation: 'lrelu' }));
    expect(error.message).toContain('stylegan2');
    expect(error.message).toContain('pggan');
  });

  test('of another kind are refused by name', () => {
    const error = expectError('unsupported-architecture', () => opened({ family: 'pggan', fusedScale: 'yes' }));
    expect(error.message).toContain('fusedScale');
  });
});
