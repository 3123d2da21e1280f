import fc from 'fast-check';
import { deflateSync, strToU8 } from 'fflate';
import { describe, expect, it } from 'vitest';
import { bytesToBase64Url } from '../../src/latent/base64.js';
import { defaultRecipe, type Recipe } from '../../src/latent/recipe.js';
import { recipeFromHash, recipeToHash } from '../../src/latent/recipeLink.js';
import { latentFromSeed } from '../../src/latent/randomState.js';
import { anyRecipe } from './recipe-arbitrary.js';

const model = '2054adf1c5a83f98922d53ba8f5ef24637d3a61952a3b8420f5b1e6f8e254d42';

function linkOf(compact: unknown): string {
  return `#r1=${bytesToBase64Url(deflateSync(strToU8(JSON.stringify(compact))))}`;
}

describe('recipeToHash', () => {
  it('is read back exactly, with and without "#"', () => {
    fc.assert(
      fc.property(anyRecipe, (recipe) => {
        const hash = recipeToHash(recipe);
        expect(hash).toMatch(/^#r1=[A-Za-z0-9_-]+$/);
        expect(recipeFromHash(hash)).toEqual(recipe);
        expect(recipeFromHash(hash.slice(1))).toEqual(recipe);
      }),
    );
  });

  it('survives a URL unchanged', () => {
    const url = new URL('https://example.org/edit');
    url.hash = recipeToHash(defaultRecipe(model, 4));
    expect(recipeFromHash(new URL(url.href).hash)).toEqual(defaultRecipe(model, 4));
  });

  it('is short', () => {
    const recipe: Recipe = {
      ...defaultRecipe(model, 1234),
      truncation: { psi: 0.7, cutoff: 8 },
      edits: [0, 1, 2].map((index) => ({
        name: `SeFa ${index + 1} (layers 0-3)`,
        direction: { method: 'sefa', layers: '0-3', index },
        strength: 1.8 - index,
        layers: '0-3',
        muted: false,
      })),
    };
    expect(recipeToHash(defaultRecipe(model, 0)).length).toBeLessThan(120);
    expect(recipeToHash(recipe).length).toBeLessThan(220);
    const values = Array.from(latentFromSeed(0, 128));
    expect(recipeToHash({ ...recipe, latent: { space: 'w', values } }).length).toBeLessThan(1200);
  });
});

describe('recipeFromHash', () => {
  it.each(['', '#', '#about', '#r=1', 'x#r1=abc'])('finds no recipe in %j', (hash) => {
    expect(recipeFromHash(hash)).toBeNull();
  });

  it('reads any cut-off or altered link without a surprise', () => {
    const hash = recipeToHash(defaultRecipe(model, 4));
    for (let length = 4; length < hash.length; length++) {
      expect(() => recipeFromHash(hash.slice(0, length))).toThrow(
        expect.objectContaining({
          code: expect.stringMatching(/^invalid-(recipe|recipe-link|direction-data)$/) as string,
        }),
      );
    }
    fc.assert(
      fc.property(fc.nat(hash.length - 5), fc.constantFrom(...'Az09-_'), (at, character) => {
        const altered = hash.slice(0, at + 4) + character + hash.slice(at + 5);
        try {
          expect(recipeFromHash(altered)?.version).toBe(1);
        } catch (error) {
          expect(error).toHaveProperty('code', expect.stringMatching(/^invalid-|^unsupported-recipe-version$/));
        }
      }),
    );
  });

  it.each<[string, unknown, string]>([
    ['not a list', { version: 1 }, 'invalid-recipe-link'],
    ['too few parts', [model, 0], 'invalid-recipe-link'],
    ['an unknown noise', [model, 0, null, 1, null, 'loud', 0, []], 'invalid-recipe'],
    ['psi that is no number', [model, 0, null, '1', null, 'const', 0, []], 'invalid-recipe'],
    ['edits that are no list', [model, 0, null, 1, null, 'const', 0, 'x'], 'invalid-recipe'],
    ['a latent that is not base64', [model, ['w', '??'], null, 1, null, 'const', 0, []], 'invalid-direction-data'],
    [
      'an unknown method',
      [model, 0, null, 1, null, 'const', 0, [['a', ['x', 'z', 'AAAAAA=='], 1, 'all', 0]]],
      'invalid-recipe',
    ],
  ])('refuses %s', (_, compact, code) => {
    expect(() => recipeFromHash(linkOf(compact))).toThrow(expect.objectContaining({ code }));
  });

  it('says that a later form needs a newer program', () => {
    expect(() => recipeFromHash('#r2=abc')).toThrow(expect.objectContaining({ code: 'unsupported-recipe-version' }));
  });

  it('does not unpack a bomb', () => {
    const bomb = deflateSync(new Uint8Array(64 * 1024 * 1024));
    expect(() => recipeFromHash(`#r1=${bytesToBase64Url(bomb)}`)).toThrow(
      expect.objectContaining({ code: 'invalid-recipe-link' }),
    );
  });
});
