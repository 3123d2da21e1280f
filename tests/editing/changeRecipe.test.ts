import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChangeContext } from '../../src/editing/changeContext.js';
import { changeRecipe } from '../../src/editing/changeRecipe.js';
import type { RecipeChange } from '../../src/editing/recipeChange.js';
import { defaultRecipe, type Recipe, type UnitEdit } from '../../src/latent/recipe.js';
import { parseRecipe } from '../../src/latent/recipeReading.js';
import { serializeRecipe } from '../../src/latent/recipeForm.js';
import { parseLayerRange } from '../../src/latent/layerRange.js';

const context: ChangeContext = {
  zDim: 4,
  wDim: 3,
  numWs: 10,
  cDim: 5,
  latentSpaces: ['z', 'w', 'w+'],
  featureLayers: new Map([['b8', { channels: 6, resolution: 2 }]]),
  takesTransform: true,
  directions: new Map([
    ['a', { reference: { method: 'sefa', layers: '0-3', index: 0 }, name: 'turn', layers: '0-3' }],
    ['b', { reference: { method: 'sefa', layers: 'all', index: 1 }, name: 'light', layers: 'all' }],
  ]),
};

function changed(recipe: Recipe, ...changes: readonly RecipeChange[]): Recipe {
  return changes.reduce((current, change) => changeRecipe(current, change, context), recipe);
}

const plain = defaultRecipe('abc', 0);
const two = changed(
  plain,
  { kind: 'add-edit', directionId: 'a', strength: 2 },
  { kind: 'add-edit', directionId: 'b', strength: -1 },
);
const hat: UnitEdit = {
  name: 'hat',
  layer: 'b8',
  units: [5],
  values: [2],
  strength: 1,
  mask: 'AP8A/w==',
  muted: false,
};
const names = (recipe: Recipe): string[] => recipe.edits.map(({ name }) => name);

describe('changeRecipe', () => {
  it('changes where the picture starts', () => {
    expect(changed(plain, { kind: 'seed', seed: 7 }).latent).toEqual({ space: 'z', seed: 7 });
    expect(changed(plain, { kind: 'class', class: 4 }).class).toBe(4);
    expect(changed(plain, { kind: 'truncation', psi: -0.5, cutoff: 10 }).truncation).toEqual({ psi: -0.5, cutoff: 10 });
    const bent = changed(plain, { kind: 'truncation', psi: 0.25 });
    expect(changed(bent, { kind: 'truncation', cutoff: 3 }).truncation).toEqual({ psi: 0.25, cutoff: 3 });
    expect(changed(plain, { kind: 'noise', mode: 'random', seed: 9 }).noise).toEqual({ mode: 'random', seed: 9 });
  });

  it('makes an edit of a direction', () => {
    expect(two.edits).toEqual([
      {
        name: 'turn',
        direction: { method: 'sefa', layers: '0-3', index: 0 },
        strength: 2,
        layers: '0-3',
        muted: false,
      },
      {
        name: 'light',
        direction: { method: 'sefa', layers: 'all', index: 1 },
        strength: -1,
        layers: 'all',
        muted: false,
      },
    ]);
  });

  it('changes one edit', () => {
    const edit = changed(
      two,
      { kind: 'edit-strength', index: 1, strength: 3.5 },
      { kind: 'edit-layers', index: 1, layers: '7, 2-3,4' },
      { kind: 'edit-name', index: 1, name: '  lamp ' },
      { kind: 'edit-muted', index: 1, muted: true },
    ).edits[1];
    expect(edit).toEqual({
      name: 'lamp',
      direction: { method: 'sefa', layers: 'all', index: 1 },
      strength: 3.5,
      layers: '2-4,7',
      muted: true,
    });
  });

  it('removes, copies, moves and clears', () => {
    const three = changed(two, { kind: 'duplicate-edit', index: 0 });
    expect(names(three)).toEqual(['turn', 'turn', 'light']);
    expect(names(changed(three, { kind: 'move-edit', from: 2, to: 0 }))).toEqual(['light', 'turn', 'turn']);
    expect(names(changed(three, { kind: 'move-edit', from: 0, to: 2 }))).toEqual(['turn', 'light', 'turn']);
    expect(names(changed(two, { kind: 'move-edit', from: 1, to: 1 }))).toEqual(['turn', 'light']);
    expect(names(changed(two, { kind: 'remove-edit', index: 0 }))).toEqual(['light']);
    expect(changed(two, { kind: 'clear-edits' }).edits).toEqual([]);
  });

  it('conditions an edit on directions of the list, each once, and lets go of them', () => {
    const conditioned = changed(two, { kind: 'edit-conditions', index: 0, directionIds: ['b', 'b'] });
    expect(conditioned.edits[0]?.conditions).toEqual([
      { name: 'light', direction: { method: 'sefa', layers: 'all', index: 1 } },
    ]);
    expect(changed(conditioned, { kind: 'edit-conditions', index: 0, directionIds: [] })).toEqual(two);
  });

  it('starts from a latent of its own, with styles mixed into it until a seed is chosen', () => {
    const w = { space: 'w', values: [1, 2, 3] } as const;
    const mix = [{ latent: { space: 'z', seed: 4 }, layers: '3-5, 4' }] as const;
    const mixed = changed(plain, { kind: 'latent', latent: w, mix });
    expect(mixed).toEqual({ ...plain, latent: w, mix: [{ latent: { space: 'z', seed: 4 }, layers: '3-5' }] });
    expect(changed(mixed, { kind: 'mix', mix: [] })).toEqual({ ...plain, latent: w });
    expect(changed(mixed, { kind: 'seed', seed: 1 })).toEqual(defaultRecipe('abc', 1));
  });

  it('changes units', () => {
    const painted = changed(plain, { kind: 'add-units', edit: hat }, { kind: 'add-units', edit: hat });
    expect(painted.units).toEqual([hat, hat]);
    const weaker = changed(
      painted,
      { kind: 'units-strength', index: 1, strength: 0.5 },
      { kind: 'units-muted', index: 1, muted: true },
      { kind: 'remove-units', index: 0 },
    );
    expect(weaker.units).toEqual([{ ...hat, strength: 0.5, muted: true }]);
    expect(changed(painted, { kind: 'clear-units' })).toEqual(plain);
  });

  it.each<[RecipeChange, string, string]>([
    [{ kind: 'edit-conditions', index: 2, directionIds: [] }, 'invalid-change', 'There is no edit 2.'],
    [{ kind: 'edit-conditions', index: 0, directionIds: ['c'] }, 'invalid-change', 'There is no direction "c".'],
    [{ kind: 'edit-conditions', index: 0, directionIds: ['a'] }, 'invalid-change', '"turn" cannot leave itself alone.'],
    [
      { kind: 'latent', latent: { space: 'w', values: [1] } },
      'invalid-change',
      "Expected 3 finite numbers, as this model's w has.",
    ],
    [{ kind: 'latent', latent: { space: 'w+', values: [[1, 2, 3]] } }, 'invalid-change', 'Expected 10 rows of 3'],
    [{ kind: 'latent', latent: { space: 'z', values: [1, 2, 3, NaN] } }, 'invalid-change', 'Expected 4 finite'],
    [{ kind: 'mix', mix: [{ latent: { space: 'z', seed: -1 }, layers: '0' }] }, 'invalid-seed', 'The seed is -1.'],
    [{ kind: 'mix', mix: [{ latent: { space: 'z', seed: 1 }, layers: '10' }] }, 'invalid-layer-range', '"10"'],
    [{ kind: 'add-units', edit: { ...hat, layer: 'b4' } }, 'invalid-change', 'no layer "b4"'],
    [{ kind: 'add-units', edit: { ...hat, units: [6] } }, 'invalid-change', 'Expected some of 0 to 5, each once.'],
    [{ kind: 'add-units', edit: { ...hat, units: [5, 5], values: [1, 2] } }, 'invalid-change', 'are 5, 5.'],
    [{ kind: 'add-units', edit: { ...hat, units: [], values: [] } }, 'invalid-change', 'The units of b8 are none.'],
    [{ kind: 'add-units', edit: { ...hat, values: [] } }, 'invalid-change', '1 units have 0 values.'],
    [{ kind: 'add-units', edit: { ...hat, strength: 1.5 } }, 'invalid-change', 'The strength is 1.5.'],
    [{ kind: 'add-units', edit: { ...hat, mask: 'AA==' } }, 'invalid-change', 'The mask has 1 places.'],
    [{ kind: 'units-muted', index: 0, muted: true }, 'invalid-change', 'The recipe changes no units.'],
    [{ kind: 'seed', seed: -1 }, 'invalid-seed', 'The seed is -1.'],
    [{ kind: 'noise', mode: 'const', seed: 0.5 }, 'invalid-seed', 'The seed is 0.5.'],
    [{ kind: 'class', class: 5 }, 'invalid-change', 'The class is 5. Expected a whole number from 0 to 4.'],
    [{ kind: 'truncation', psi: NaN, cutoff: null }, 'invalid-change', 'The psi is NaN. Expected a finite number.'],
    [{ kind: 'truncation', psi: 1, cutoff: 11 }, 'invalid-change', 'The truncation cutoff is 11.'],
    [{ kind: 'truncation', psi: 1, cutoff: -1 }, 'invalid-change', 'The truncation cutoff is -1.'],
    [{ kind: 'add-edit', directionId: 'c', strength: 1 }, 'invalid-change', 'There is no direction "c".'],
    [{ kind: 'add-edit', directionId: 'a', strength: Infinity }, 'invalid-change', 'The strength is Infinity.'],
    [{ kind: 'remove-edit', index: 2 }, 'invalid-change', 'There is no edit 2. Expected 0 to 1.'],
    [{ kind: 'duplicate-edit', index: -1 }, 'invalid-change', 'There is no edit -1.'],
    [{ kind: 'move-edit', from: 0, to: 2 }, 'invalid-change', 'There is no edit 2.'],
    [{ kind: 'move-edit', from: 0.5, to: 0 }, 'invalid-change', 'There is no edit 0.5.'],
    [{ kind: 'edit-strength', index: 0, strength: NaN }, 'invalid-change', 'The strength is NaN.'],
    [{ kind: 'edit-layers', index: 0, layers: '0-10' }, 'invalid-layer-range', '"0-10" is not a range of layers'],
    [{ kind: 'edit-name', index: 0, name: '  ' }, 'invalid-change', 'The name of the edit is empty.'],
    [{ kind: 'edit-muted', index: 9, muted: true }, 'invalid-change', 'There is no edit 9.'],
  ])('refuses %j', (change, code, message) => {
    expect(() => changeRecipe(two, change, context)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as string }),
    );
  });

  it('has no class to choose on an unconditional model', () => {
    expect(() => changeRecipe(plain, { kind: 'class', class: 0 }, { ...context, cDim: 0 })).toThrow('no classes');
    expect(() => changeRecipe(plain, { kind: 'remove-edit', index: 0 }, context)).toThrow('The recipe has no edits.');
  });

  it('moves the picture of a model that takes a transform, and forgets a movement of nothing', () => {
    const moved = changed(plain, { kind: 'transform', x: 0.25 }, { kind: 'transform', angle: 30 });
    expect(moved.transform).toEqual({ x: 0.25, y: 0, angle: 30 });
    expect(changed(moved, { kind: 'transform', x: 0, angle: 0 })).toEqual(plain);
    expect(() => changeRecipe(plain, { kind: 'transform', y: NaN }, context)).toThrow('The shift is NaN.');
    const still = { ...context, takesTransform: false };
    expect(() => changeRecipe(plain, { kind: 'transform', x: 1 }, still)).toThrow('cannot be moved');
  });

  it('leaves the recipe as it was and makes only valid ones', () => {
    const index = fc.integer({ min: -1, max: 4 });
    const number = fc.double();
    const anyChange: fc.Arbitrary<RecipeChange> = fc.oneof(
      fc.record({ kind: fc.constant('seed' as const), seed: fc.oneof(fc.nat(), number) }),
      fc.record({ kind: fc.constant('class' as const), class: index }),
      fc.record({
        kind: fc.constant('truncation' as const),
        psi: number,
        cutoff: fc.option(fc.integer({ min: -2, max: 14 })),
      }),
      fc.record({ kind: fc.constant('transform' as const), x: number, angle: number }),
      fc.record({
        kind: fc.constant('add-edit' as const),
        directionId: fc.constantFrom('a', 'b', 'c'),
        strength: number,
      }),
      fc.record({ kind: fc.constant('remove-edit' as const), index }),
      fc.record({ kind: fc.constant('move-edit' as const), from: index, to: index }),
      fc.record({ kind: fc.constant('duplicate-edit' as const), index }),
      fc.record({ kind: fc.constant('edit-strength' as const), index, strength: number }),
      fc.record({
        kind: fc.constant('edit-layers' as const),
        index,
        layers: fc.constantFrom('all', '3', '0-9', '8-12', ''),
      }),
      fc.record({ kind: fc.constant('edit-muted' as const), index, muted: fc.boolean() }),
      fc.record({
        kind: fc.constant('edit-conditions' as const),
        index,
        directionIds: fc.subarray(['a', 'b', 'c']),
      }),
      fc.record({
        kind: fc.constant('add-units' as const),
        edit: fc.record({
          name: fc.constant('hat'),
          layer: fc.constantFrom('b8', 'b4'),
          units: fc.array(index, { minLength: 1, maxLength: 2 }),
          values: fc.array(number, { minLength: 1, maxLength: 2 }),
          strength: fc.oneof(number, fc.double({ min: 0, max: 1 })),
          mask: fc.constantFrom(null, 'AP8A/w==', '?'),
          muted: fc.boolean(),
        }),
      }),
      fc.record({ kind: fc.constant('units-strength' as const), index, strength: number }),
      fc.record({ kind: fc.constant('remove-units' as const), index }),
    );
    fc.assert(
      fc.property(fc.array(anyChange, { maxLength: 30 }), (changes) => {
        let recipe = two;
        for (const change of changes) {
          const before = serializeRecipe(recipe);
          let next = recipe;
          try {
            next = changeRecipe(recipe, change, context);
          } catch (error) {
            expect(error).toHaveProperty('name', 'GanvasError');
          }
          expect(serializeRecipe(recipe)).toBe(before);
          recipe = next;
        }
        expect(serializeRecipe(parseRecipe(JSON.parse(serializeRecipe(recipe))))).toBe(serializeRecipe(recipe));
        recipe.edits.forEach(({ layers }) => parseLayerRange(layers, context.numWs));
      }),
    );
  });
});
