import { describe, expect, it } from 'vitest';
import { dropPromise, recogniseFile } from '../../src/ui/session/openedFile.js';
import { defaultRecipe, serializeRecipe } from '../../src/latent/recipe.js';

function safetensors(header: unknown): Blob {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = new DataView(new ArrayBuffer(8));
  length.setBigUint64(0, BigInt(text.length), true);
  return new Blob([length.buffer, text]);
}

const recipe = defaultRecipe('abc', 4);

describe('recogniseFile', () => {
  it('takes a pickle for a checkpoint', async () => {
    expect(await recogniseFile(new File(['x'], 'network.PKL'))).toEqual({ kind: 'model' });
  });

  it('tells directions from checkpoints by the metadata of the container', async () => {
    const directions = new File([safetensors({ __metadata__: { 'ganvas-directions': '[]' } })], 'a.safetensors');
    const checkpoint = new File([safetensors({ __metadata__: { format: 'pt' } })], 'b.safetensors');
    expect(await recogniseFile(directions)).toEqual({ kind: 'directions' });
    expect(await recogniseFile(checkpoint)).toEqual({ kind: 'model' });
  });

  it.each([new Uint8Array(0), new Uint8Array(4), new Uint8Array(64).fill(255)])(
    'leaves a damaged safetensors to the checkpoint reader',
    async (bytes) => expect(await recogniseFile(new File([bytes], 'c.safetensors'))).toEqual({ kind: 'model' }),
  );

  it('reads a recipe', async () => {
    const file = new File([serializeRecipe(recipe)], 'r.json');
    expect(await recogniseFile(file)).toEqual({ kind: 'recipe', recipe });
  });

  it.each([
    [new File(['{'], 'r.json'), 'invalid-recipe'],
    [new File(['{"version":2}'], 'r.json'), 'unsupported-recipe-version'],
    [new File(['hello'], 'notes.txt'), 'unknown-file'],
  ])('refuses %o with a code', async (file, code) => {
    await expect(recogniseFile(file)).rejects.toMatchObject({ code });
  });
});

describe('dropPromise', () => {
  it.each([
    [['image/png'], 'recipe saved in this picture'],
    [['application/json'], 'this recipe'],
    [[''], 'checkpoint'],
    [['', ''], 'one file at a time'],
  ])('says for %j what the drop will do', (types, words) => expect(dropPromise(types)).toContain(words));

  it('refuses what cannot be opened', () => expect(dropPromise(['video/mp4'])).toBeNull());
});
