import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeDirectionData } from '../../src/latent/directionData.js';
import { defaultRecipe, type Recipe } from '../../src/latent/recipe.js';
import { parseRecipe } from '../../src/latent/recipeReading.js';
import { recipesEqual, serializeRecipe } from '../../src/latent/recipeForm.js';
import { anyRecipe } from './recipe-arbitrary.js';

const edited: Recipe = {
  ...defaultRecipe('abc', 5),
  edits: [
    {
      name: 'smile',
      direction: { method: 'sefa', layers: '0-3', index: 2 },
      strength: 1.5,
      layers: '0-3',
      muted: false,
    },
  ],
};

const hat = { name: 'hat', layer: 'b8', units: [5], values: [2], strength: 1, mask: null, muted: false };

/** The recipe as JSON with one field replaced; "x.y" goes down, undefined removes. */
function withField(path: string, value: unknown): unknown {
  const json = JSON.parse(serializeRecipe(edited)) as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const target = keys.reduce((node, key) => node[key] as Record<string, unknown>, json);
  if (value === undefined) delete target[last];
  else target[last] = value;
  return json;
}

describe('parseRecipe', () => {
  it('reads back every recipe', () => {
    fc.assert(
      fc.property(anyRecipe, (recipe) => {
        const text = serializeRecipe(recipe);
        const read = parseRecipe(JSON.parse(text));
        expect(read).toEqual(recipe);
        expect(serializeRecipe(read)).toBe(text);
        expect(recipesEqual(read, recipe)).toBe(true);
      }),
    );
  });

  it('accepts the default recipe', () => {
    const recipe = defaultRecipe('abc', 3);
    expect(parseRecipe(JSON.parse(serializeRecipe(recipe)))).toEqual(recipe);
  });

  it.each<[string, unknown, string]>([
    ['model', 7, '"model" in the recipe is 7. Expected a text that is not empty.'],
    ['model', '', '"model" in the recipe is "". Expected a text that is not empty.'],
    ['latent', 'seed', '"latent" in the recipe is "seed". Expected an object.'],
    ['latent.space', 's', '"latent.space" in the recipe is "s". Expected one of "z", "w", "w+".'],
    ['latent.seed', '5', '"latent.seed" in the recipe is "5". Expected a whole number from 0 to 4294967295.'],
    ['latent.seed', 1.5, '"latent.seed" in the recipe is 1.5. Expected a whole number from 0 to 4294967295.'],
    ['latent.seed', undefined, '"latent.values" in the recipe is nothing. Expected this field to be present.'],
    ['latent', { space: 'w', seed: 3 }, '"latent.seed" is not a field of the recipe.'],
    ['latent', { space: 'z', seed: 3, values: [1] }, '"latent.values" is not a field of the recipe.'],
    [
      'latent',
      { space: 'w', values: [] },
      '"latent.values" in the recipe is an array of 0. Expected at least one number.',
    ],
    [
      'latent',
      { space: 'w', values: [1, null] },
      '"latent.values[1]" in the recipe is null. Expected a finite number.',
    ],
    ['latent', { space: 'w+', values: [1] }, '"latent.values[0]" in the recipe is 1. Expected an array.'],
    ['latent', { space: 'w+', values: [[1, 2], [1]] }, 'Expected 2 numbers, as in the first row.'],
    ['class', -1, '"class" in the recipe is -1. Expected a whole number of at least 0.'],
    ['class', undefined, '"class" in the recipe is nothing. Expected this field to be present.'],
    ['truncation.psi', NaN, '"truncation.psi" in the recipe is NaN. Expected a finite number.'],
    ['truncation.psi', Infinity, '"truncation.psi" in the recipe is Infinity. Expected a finite number.'],
    ['truncation.psi', '0.7', '"truncation.psi" in the recipe is "0.7". Expected a finite number.'],
    ['truncation.cutoff', -2, '"truncation.cutoff" in the recipe is -2. Expected a whole number of at least 0.'],
    ['noise.mode', 'loud', '"noise.mode" in the recipe is "loud". Expected one of "const", "random", "none".'],
    ['noise.seed', 2 ** 32, '"noise.seed" in the recipe is 4294967296.'],
    ['edits', {}, '"edits" in the recipe is an object. Expected an array.'],
    ['edits.0.strength', 'much', '"edits[0].strength" in the recipe is "much". Expected a finite number.'],
    ['edits.0.layers', '3-1', '"edits[0].layers" in the recipe is "3-1". Expected layers, such as "0-3,7" or "all".'],
    ['edits.0.muted', 0, '"edits[0].muted" in the recipe is 0. Expected true or false.'],
    ['edits.0.colour', 'red', '"edits[0].colour" is not a field of the recipe.'],
    ['edits.0.direction.method', 'magic', '"edits[0].direction.method" in the recipe is "magic".'],
    ['edits.0.direction.index', -1, '"edits[0].direction.index" in the recipe is -1.'],
    ['edits.0.conditions', [{ name: 'age' }], '"edits[0].conditions[0].direction" in the recipe is nothing.'],
    ['mix', [{ latent: { space: 'z', seed: 1 }, layers: '3-1' }], '"mix[0].layers" in the recipe is "3-1".'],
    ['mix', [{ latent: { space: 'q', seed: 1 }, layers: '3' }], '"mix[0].latent.space" in the recipe is "q".'],
    ['units', [{ ...hat, strength: 2 }], '"units[0].strength" in the recipe is 2.'],
    ['units', [{ ...hat, values: [] }], '"units[0].values"'],
    ['units', [{ ...hat, units: [-1] }], '"units[0].units[0]" in the recipe is -1.'],
    ['units', [{ ...hat, mask: '!' }], '"units[0].mask" in the recipe is "!".'],
    ['extra', 1, '"extra" is not a field of the recipe. Fields here are "version", "model"'],
    ['version', '1', '"version" in the recipe is "1". Expected the number 1.'],
    ['version', undefined, '"version" in the recipe is nothing. Expected the number 1.'],
  ])('refuses %s = %j', (path, value, message) => {
    const json = withField(path, value);
    expect(() => parseRecipe(json)).toThrow(
      expect.objectContaining({ code: 'invalid-recipe', message: expect.stringContaining(message) as string }),
    );
  });

  it.each([null, 3, 'recipe', []])('refuses %j in place of a recipe', (json) => {
    expect(() => parseRecipe(json)).toThrow(expect.objectContaining({ code: 'invalid-recipe' }));
  });

  it('says that a newer version needs a newer program', () => {
    expect(() => parseRecipe({ version: 2, layout: 'new' })).toThrow(
      expect.objectContaining({
        code: 'unsupported-recipe-version',
        message: 'The recipe has version 2. This program reads version 1; a newer one is needed to open it.',
      }),
    );
  });

  it.each(['!!!!', 'AAAA', encodeDirectionData(Float32Array.of(1, NaN))])('refuses the vector %j', (data) => {
    const json = withField('edits.0.direction', { method: 'vector', space: 'w', data });
    expect(() => parseRecipe(json)).toThrow(expect.objectContaining({ code: 'invalid-direction-data' }));
  });

  it('ignores prototypes', () => {
    const json: unknown = JSON.parse(serializeRecipe(edited).replace('"class":null', '"__proto__":{"class":3}'));
    expect(() => parseRecipe(json)).toThrow('"__proto__" is not a field of the recipe.');
  });
});

describe('serializeRecipe', () => {
  it('does not depend on the order of keys', () => {
    const shuffled = Object.fromEntries(Object.entries(edited).reverse()) as unknown as Recipe;
    expect(Object.keys(shuffled)).not.toEqual(Object.keys(edited));
    expect(serializeRecipe(shuffled)).toBe(serializeRecipe(edited));
  });
});
