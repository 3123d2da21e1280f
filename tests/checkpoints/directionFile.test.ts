import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDirections, writeDirections } from '../../src/checkpoints/directionFile.js';
import { readSafetensors, writeSafetensors } from '../../src/checkpoints/safetensors.js';
import type { Direction } from '../../src/latent/direction.js';
import { expectError, expectTypedOutcome } from './expectError.js';

const sefa: Direction = {
  name: 'SeFa 1',
  space: 'w',
  layers: [0, 1, 2],
  dim: 3,
  vectors: new Float32Array([1, 0, -0.5]),
  unit: 'unit length',
  provenance: { method: 'sefa', parameters: { layers: '0-2', index: 0 }, modelHash: 'ab12' },
  statistics: { eigenvalue: 3.25 },
};
const perLayer: Direction = {
  ...sefa,
  name: 'Alter, größer',
  space: 'w+',
  layers: [4, 7],
  vectors: new Float32Array([1, 2, 3, 4, 5, 6]),
  provenance: { method: 'import', parameters: {}, modelHash: null },
  statistics: {},
};
const inZ: Direction = { ...sefa, space: 'z', layers: [] };
const valid = writeDirections([sefa, perLayer, inZ]);

/** The valid file with its JSON changed. */
function withDescription(
  change: (file: { version: unknown; directions: Record<string, unknown>[] }) => void,
): Uint8Array {
  const json = JSON.parse(readSafetensors(valid).metadata['ganvas-directions'] ?? '') as Parameters<typeof change>[0];
  change(json);
  const tensors = [sefa, perLayer, inZ].map(
    ({ vectors, dim }, i) =>
      [`direction.${i}`, { dtype: 'F32', shape: [vectors.length / dim, dim], data: vectors }] as const,
  );
  return writeSafetensors(new Map(tensors), { 'ganvas-directions': JSON.stringify(json) });
}

describe('direction files', () => {
  it('give back what was saved', () => {
    expect(readDirections(valid)).toEqual([sefa, perLayer, inZ]);
    expect(readDirections(writeDirections([]))).toEqual([]);
  });

  it('hold tensors that other tools can read', () => {
    const tensors = readSafetensors(valid).networks[0]?.tensors;
    expect(tensors?.get('direction.1')?.shape).toEqual([2, 3]);
    expect(tensors?.get('direction.1')?.dtype).toBe('f32');
  });

  it('refuse other files and other versions', () => {
    expectError('directions-not-a-direction-file', () => readDirections(writeSafetensors(new Map())));
    expectError('directions-version-unsupported', () => readDirections(withDescription((file) => (file.version = 2))));
    const broken = writeSafetensors(new Map(), { 'ganvas-directions': '{' });
    expectError('directions-invalid', () => readDirections(broken));
  });

  it.each<[string, Record<string, unknown>]>([
    ['space', { space: 's' }],
    ['layers', { layers: [-1] }],
    ['rows', { space: 'w+' }],
    ['name', { name: 3 }],
    ['provenance', { provenance: { method: 'sefa', parameters: { a: [] }, modelHash: null } }],
    ['model hash', { provenance: { method: 'sefa', parameters: {}, modelHash: 3 } }],
    ['statistics', { statistics: { eigenvalue: null } }],
  ])('refuse a malformed %s', (_, change) => {
    const file = withDescription(({ directions }) => Object.assign(directions[0] ?? {}, change));
    expectError('directions-invalid', () => readDirections(file));
  });

  it('refuse missing tensors', () => {
    const file = withDescription(({ directions }) => directions.push({ ...directions[0] }));
    const error = expectError('directions-invalid', () => readDirections(file));
    expect(error.message).toContain('direction.3 is missing');
  });

  it('refuse numbers that are not finite, both ways', () => {
    expectError('directions-invalid', () => writeDirections([{ ...sefa, vectors: new Float32Array([NaN, 0, 0]) }]));
    expectError('directions-invalid', () => writeDirections([{ ...sefa, statistics: { a: Infinity } }]));
    expectError('directions-invalid', () => writeDirections([{ ...perLayer, layers: [1] }]));
    const file = valid.slice();
    // The last four bytes are the last number; all ones is a NaN.
    file.fill(255, file.length - 4);
    expectError('directions-invalid', () => readDirections(file));
  });

  it('fail with a typed error or read, whatever is flipped', () => {
    fc.assert(
      fc.property(fc.nat(valid.length - 1), fc.nat(255), (at, value) => {
        const damaged = valid.slice();
        damaged[at] = value;
        expectTypedOutcome(() => readDirections(damaged));
      }),
      { numRuns: 2000 },
    );
  });
});
