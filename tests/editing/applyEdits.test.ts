import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEdits, psiOfLayers } from '../../src/editing/applyEdits.js';
import type { Direction } from '../../src/latent/direction.js';
import { defaultRecipe, type Edit, type Recipe } from '../../src/latent/recipe.js';

const sizes = { zDim: 2, wDim: 3, numWs: 4 };

function direction(space: Direction['space'], layers: readonly number[], vectors: readonly number[]): Direction {
  return {
    name: 'd',
    space,
    layers,
    dim: space === 'z' ? 2 : 3,
    vectors: Float32Array.from(vectors),
    unit: 'unit length',
    provenance: { method: 'test', parameters: {}, modelHash: null },
    statistics: {},
  };
}

function edit(strength: number, layers: string, muted = false): Edit {
  return { name: 'e', direction: { method: 'sefa', layers: 'all', index: 0 }, strength, layers, muted };
}

function recipeOf(edits: readonly Edit[], more: Partial<Recipe> = {}): Recipe {
  return { ...defaultRecipe('abc', 0), edits, ...more };
}

const inW = direction('w', [0, 1, 2, 3], [1, 0, -2]);

describe('psiOfLayers', () => {
  it.each([
    [null, [0.5, 0.5, 0.5, 0.5]],
    [0, [1, 1, 1, 1]],
    [2, [0.5, 0.5, 1, 1]],
    [4, [0.5, 0.5, 0.5, 0.5]],
    [18, [0.5, 0.5, 0.5, 0.5]],
  ])('truncates the first layers, cutoff %s', (cutoff, psi) => {
    expect(Array.from(psiOfLayers({ psi: 0.5, cutoff }, 4))).toEqual(psi);
  });

  it.each([
    [NaN, null, 'Psi is NaN.'],
    [1, -1, 'The truncation cutoff is -1.'],
    [1, 1.5, 'The truncation cutoff is 1.5.'],
  ])('refuses psi %s with cutoff %s', (psi, cutoff, message) => {
    expect(() => psiOfLayers({ psi, cutoff }, 4)).toThrow(
      expect.objectContaining({ code: 'invalid-truncation', message: expect.stringContaining(message) as string }),
    );
  });
});

describe('applyEdits', () => {
  it('does nothing without edits', () => {
    expect(applyEdits(recipeOf([]), [], sizes)).toEqual({
      psi: new Float32Array(4).fill(1),
      offset: new Float32Array(12),
      zOffset: null,
    });
  });

  it('shifts the layers of each edit and adds them up', () => {
    const recipe = recipeOf([edit(2, '1-2'), edit(-0.5, '2,3')]);
    const { offset } = applyEdits(recipe, [inW, direction('w', [], [0, 4, 0])], sizes);
    expect(Array.from(offset)).toEqual([0, 0, 0, 2, 0, -4, 2, -2, -4, 0, -2, 0]);
  });

  it('leaves muted edits out', () => {
    const muted = recipeOf([edit(2, 'all', true), edit(1, '0')]);
    const { offset } = applyEdits(muted, [inW, inW], sizes);
    expect(Array.from(offset)).toEqual([1, 0, -2, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('gives each layer of w+ its own row', () => {
    const plus = direction('w+', [1, 3], [1, 2, 3, 4, 5, 6]);
    const { offset } = applyEdits(recipeOf([edit(1, '0-1,3')]), [plus], sizes);
    expect(Array.from(offset)).toEqual([0, 0, 0, 1, 2, 3, 0, 0, 0, 4, 5, 6]);
    expect(Array.from(applyEdits(recipeOf([edit(1, '0,2')]), [plus], sizes).offset)).toEqual(new Array(12).fill(0));
  });

  it('moves z before the mapping', () => {
    const { offset, zOffset } = applyEdits(recipeOf([edit(3, 'all')]), [direction('z', [], [1, -1])], sizes);
    expect(Array.from(zOffset ?? [])).toEqual([3, -3]);
    expect(Array.from(offset)).toEqual(new Array(12).fill(0));
  });

  it('cancels exactly what it adds', () => {
    const number = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 });
    fc.assert(
      fc.property(fc.array(number, { minLength: 3, maxLength: 3 }), number, (vector, strength) => {
        const recipe = recipeOf([edit(strength, '0-2'), edit(-strength, '0-2')]);
        const d = direction('w', [], vector);
        expect(applyEdits(recipe, [d, d], sizes).offset.every((value) => value === 0)).toBe(true);
      }),
    );
  });

  it.each<[string, Recipe, readonly Direction[], string, string]>([
    ['a missing direction', recipeOf([edit(1, 'all')]), [], 'invalid-edit', 'The recipe has 1 edits, but 0 directions'],
    ['a strength', recipeOf([edit(NaN, 'all')]), [inW], 'invalid-edit', 'The edit "e" has the strength NaN.'],
    ['layers', recipeOf([edit(1, '4')]), [inW], 'invalid-layer-range', '"4" is not a range'],
    [
      'a width',
      recipeOf([edit(1, 'all')]),
      [{ ...inW, dim: 2 }],
      'invalid-edit',
      "moves w of 2 numbers. The model's has 3.",
    ],
    [
      'a length',
      recipeOf([edit(1, 'all')]),
      [{ ...inW, space: 'w+' }],
      'invalid-edit',
      'has 3 numbers. Expected 4 × 3.',
    ],
    [
      'z on a stored w',
      recipeOf([edit(1, 'all')], { latent: { space: 'w', values: [1, 2, 3] } }),
      [direction('z', [], [1, 2])],
      'invalid-edit',
      'moves z, but the picture starts from a stored w.',
    ],
  ])('refuses %s that does not fit', (_, recipe, directions, code, message) => {
    expect(() => applyEdits(recipe, directions, sizes)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as string }),
    );
  });
});
