import { describe, expect, it } from 'vitest';
import { conditionedDirection } from '../../src/latent/conditionedDirection.js';
import type { Direction } from '../../src/latent/direction.js';
import { expectError } from '../checkpoints/expectError.js';
import { cosine, dot, plantedNormal } from '../discovery/planted.js';

const [dim, numWs] = [64, 4];
const all = { layers: 'all', numWs };

function direction(
  name: string,
  space: Direction['space'],
  layers: readonly number[],
  vectors: Float64Array,
): Direction {
  return {
    name,
    space,
    layers,
    dim,
    vectors: Float32Array.from(vectors),
    unit: 'raw',
    statistics: {},
    provenance: { method: 'test', parameters: {}, modelHash: null },
  };
}

const inW = (name: string, seed: number): Direction => direction(name, 'w', [0, 1, 2, 3], plantedNormal(dim, seed));

describe('a conditioned direction', () => {
  it('is perpendicular to every condition, and as long as it was', () => {
    const [smile, age, pose] = [inW('smile', 1), inW('age', 2), inW('pose', 3)];
    const found = conditionedDirection(smile, [age, pose], all);
    expect(found).toMatchObject({ name: 'smile', space: 'w', layers: [0, 1, 2, 3] });
    expect(Math.abs(cosine(found.vectors, age.vectors))).toBeLessThan(1e-6);
    expect(Math.abs(cosine(found.vectors, pose.vectors))).toBeLessThan(1e-6);
    expect(dot(found.vectors, found.vectors)).toBeCloseTo(dot(smile.vectors, smile.vectors), 5);
  });

  it('is the direction itself without conditions', () => {
    const smile = inW('smile', 1);
    expect(conditionedDirection(smile, [], all)).toBe(smile);
  });

  it('compares the rows of the edited layers where one is of w+', () => {
    const smile = inW('smile', 1);
    const rows = plantedNormal(2 * dim, 5);
    const upper = direction('light', 'w+', [2, 3], rows);
    const found = conditionedDirection(smile, [upper], { layers: '1-2', numWs });
    expect(found).toMatchObject({ space: 'w+', layers: [1, 2] });
    // Layer 1 has no row of the condition: only layer 2 is turned, and both are scaled alike.
    const light = Float32Array.from([...new Float32Array(dim), ...rows.subarray(0, dim)]);
    expect(Math.abs(cosine(found.vectors, light))).toBeLessThan(1e-6);
    expect(cosine(found.vectors.subarray(0, dim), smile.vectors)).toBeCloseTo(1, 6);
    expect(dot(found.vectors, found.vectors)).toBeCloseTo(2 * dot(smile.vectors, smile.vectors), 4);
  });

  it('says that spaces do not go together, that nothing is left, and that layers are missing', () => {
    const [smile, z] = [inW('smile', 1), direction('age', 'z', [0], plantedNormal(dim, 2))];
    expectError('condition-space', () => conditionedDirection(smile, [z], all));
    expectError('condition-space', () => conditionedDirection(z, [smile], all));
    expectError('condition-parallel', () => conditionedDirection(smile, [{ ...smile, name: 'grin' }], all));
    const upper = direction('light', 'w+', [2], plantedNormal(dim, 5));
    expectError('invalid-layer-range', () => conditionedDirection(smile, [upper], { layers: '4', numWs }));
  });
});
