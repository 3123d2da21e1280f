import { describe, expect, it } from 'vitest';
import { describedModel } from '../../src/ui/session/describedModel.js';
import { dropPromise } from '../../src/ui/session/acceptedFiles.js';
import { mayHoldDirections, recogniseFile } from '../../src/ui/session/openedFile.js';
import { encodePng, recipeKeyword } from '../../src/workbench/png.js';
import { defaultRecipe } from '../../src/latent/recipe.js';
import { serializeRecipe } from '../../src/latent/recipeForm.js';

function safetensors(header: unknown): Blob {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = new DataView(new ArrayBuffer(8));
  length.setBigUint64(0, BigInt(text.length), true);
  return new Blob([length.buffer, text]);
}

const recipe = defaultRecipe('abc', 4);
const dot = { width: 1, height: 1, data: Uint8ClampedArray.of(1, 2, 3, 255) };

describe('recogniseFile', () => {
  it.each(['network.PKL', 'stylegan.pt', 'net.pth', 'pytorch_model.bin'])('takes %s for a checkpoint', async (name) => {
    expect(await recogniseFile(new File(['x'], name), true)).toEqual({ kind: 'model' });
  });

  it('takes an array for a direction; an archive of arrays may be a checkpoint first', async () => {
    expect(await recogniseFile(new File(['x'], 'Smile.NPY'), true)).toEqual({ kind: 'directions' });
    expect(await recogniseFile(new File(['x'], 'pca.npz'), true)).toEqual({ kind: 'model' });
    for (const name of ['pca.npz', 'factor.pt']) expect(mayHoldDirections({ name, size: 1e6 })).toBe(true);
    expect(mayHoldDirections({ name: 'stylegan2.pkl', size: 381e6 })).toBe(false);
    expect(mayHoldDirections({ name: 'me.safetensors', size: 100 })).toBe(false);
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
    [new File(['{"format":"ganvas-layers","layers":[]}'], 'layers.json'), 'description-alone'],
    [new File(['hello'], 'notes.txt'), 'unknown-file'],
  ])('refuses %o with a code', async (file, code) => {
    await expect(recogniseFile(file, true)).rejects.toMatchObject({ code });
  });
});

describe('describedModel', () => {
  const checkpoint = new File(['x'], 'net.pth');
  const layers = new File(['{"format":"ganvas-layers","layers":[]}'], 'my.json');

  it('puts a checkpoint and its description together, in either order', async () => {
    const described = { file: checkpoint, description: await layers.text() };
    expect(await describedModel([checkpoint, layers])).toEqual(described);
    expect(await describedModel([layers, checkpoint])).toEqual(described);
  });

  it('leaves all else alone', async () => {
    const saved = new File([serializeRecipe(recipe)], 'r.json');
    for (const files of [[], [checkpoint], [checkpoint, saved], [layers, layers], [checkpoint, checkpoint, layers]]) {
      expect(await describedModel(files)).toBeNull();
    }
  });
});

describe('dropPromise', () => {
  it.each([
    [['image/png'], 'invert this picture, or to bring back the recipe'],
    [['image/jpeg'], 'invert this picture'],
    [['application/json'], 'this recipe'],
    [[''], 'checkpoint'],
    [['', ''], 'the JSON that describes it'],
  ])('says for %j what the drop will do', (types, words) => expect(dropPromise(types, true)).toContain(words));

  it('refuses what cannot be opened', () => {
    expect(dropPromise(['video/mp4'], true)).toBeNull();
    expect(dropPromise(['image/jpeg'], false)).toBeNull();
  });
});
