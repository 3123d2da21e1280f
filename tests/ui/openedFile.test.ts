import { describe, expect, it } from 'vitest';
import { dropPromise, recogniseFile } from '../../src/ui/session/openedFile.js';
import { encodePng, recipeKeyword } from '../../src/workbench/png.js';
import { defaultRecipe, serializeRecipe } from '../../src/latent/recipe.js';

function safetensors(header: unknown): Blob {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = new DataView(new ArrayBuffer(8));
  length.setBigUint64(0, BigInt(text.length), true);
  return new Blob([length.buffer, text]);
}

const recipe = defaultRecipe('abc', 4);
const dot = { width: 1, height: 1, data: Uint8ClampedArray.of(1, 2, 3, 255) };

describe('recogniseFile', () => {
  it('takes a pickle for a checkpoint', async () => {
    expect(await recogniseFile(new File(['x'], 'network.PKL'), true)).toEqual({ kind: 'model' });
  });

  it('tells directions from checkpoints by the metadata of the container', async () => {
    const directions = new File([safetensors({ __metadata__: { 'ganvas-directions': '[]' } })], 'a.safetensors');
    const checkpoint = new File([safetensors({ __metadata__: { format: 'pt' } })], 'b.safetensors');
    expect(await recogniseFile(directions, true)).toEqual({ kind: 'directions' });
    expect(await recogniseFile(checkpoint, true)).toEqual({ kind: 'model' });
  });

  it.each([new Uint8Array(0), new Uint8Array(4), new Uint8Array(64).fill(255)])(
    'leaves a damaged safetensors to the checkpoint reader',
    async (bytes) => expect(await recogniseFile(new File([bytes], 'c.safetensors'), true)).toEqual({ kind: 'model' }),
  );

  it.each([
    [new File(['x'], 'me.JPG')],
    [new File(['x'], 'me', { type: 'image/webp' })],
    [new File([encodePng(dot)], 'me.png')],
    [new File(['x'], 'damaged.png')],
  ])('takes %o for a picture, where pictures can be inverted', async (file) => {
    expect(await recogniseFile(file, true)).toEqual({ kind: 'picture' });
    await expect(recogniseFile(file, false)).rejects.toThrow();
  });

  it('reads the recipe of a saved picture wherever it is dropped', async () => {
    const file = new File([encodePng(dot, { [recipeKeyword]: serializeRecipe(recipe) })], 'face.png');
    expect(await recogniseFile(file, true)).toEqual({ kind: 'recipe', recipe });
    expect(await recogniseFile(file, false)).toEqual({ kind: 'recipe', recipe });
  });

  it('reads a recipe', async () => {
    const file = new File([serializeRecipe(recipe)], 'r.json');
    expect(await recogniseFile(file, true)).toEqual({ kind: 'recipe', recipe });
  });

  it.each([
    [new File(['{'], 'r.json'), 'invalid-recipe'],
    [new File(['{"version":2}'], 'r.json'), 'unsupported-recipe-version'],
    [new File(['hello'], 'notes.txt'), 'unknown-file'],
  ])('refuses %o with a code', async (file, code) => {
    await expect(recogniseFile(file, true)).rejects.toMatchObject({ code });
  });
});

describe('dropPromise', () => {
  it.each([
    [['image/png'], 'invert this picture, or to bring back the recipe'],
    [['image/jpeg'], 'invert this picture'],
    [['application/json'], 'this recipe'],
    [[''], 'checkpoint'],
    [['', ''], 'one file at a time'],
  ])('says for %j what the drop will do', (types, words) => expect(dropPromise(types, true)).toContain(words));

  it('refuses what cannot be opened', () => {
    expect(dropPromise(['video/mp4'], true)).toBeNull();
    expect(dropPromise(['image/jpeg'], false)).toBeNull();
  });
});
