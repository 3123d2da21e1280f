import { GanvasError } from '../../engine/errors.js';
import { isDescription } from './describedModel.js';
import { parseRecipe } from '../../latent/recipeReading.js';
import type { Recipe } from '../../latent/recipe.js';

/** What a file turned out to be. */
export type OpenedFile =
  | { readonly kind: 'model' }
  | { readonly kind: 'directions' }
  | { readonly kind: 'picture' }
  | { readonly kind: 'recipe'; readonly recipe: Recipe };

/** Files of directions are small: a row for each layer. */
const largestDirections = 64e6;

/** The largest safetensors header that is looked at; ours are a few kilobytes. */
const headerLimit = 1 << 20;

/**
 * Decides by name and, for safetensors, by the header, what a dropped or chosen file is. A PNG is the recipe that it
 * carries, else a picture like any other, if the editor `invertsPictures`.
 */
export async function recogniseFile(file: File, invertsPictures: boolean): Promise<OpenedFile> {
  const name = file.name.toLowerCase();
  if (name.endsWith('.json')) return { kind: 'recipe', recipe: recipeOf(await file.text(), file.name) };
  if (name.endsWith('.png') || file.type === 'image/png') return openedPng(file, invertsPictures);
  if (invertsPictures && isPicture(file)) return { kind: 'picture' };
  if (name.endsWith('.safetensors') && (await holdsDirections(file))) return { kind: 'directions' };
  if (name.endsWith('.npy')) return { kind: 'directions' };
  if (/\.(pkl|pickle|pth?|bin|ckpt|safetensors|npz)$/.test(name)) return { kind: 'model' };
  throw new GanvasError(
    'unknown-file',
    `${file.name} is not a kind of file the editor opens. It opens checkpoints (.pkl, .pt, .pth, .bin, .safetensors, .npz), directions (.safetensors, .npy, .npz, .pt), recipes (.json) and ${invertsPictures ? 'pictures' : 'pictures saved here (.png)'}.`,
    { file: file.name },
  );
}

/** Whether a file that holds no generator may hold directions: GANSpace's `.npz`, rosinality's `factor.pt`. */
export function mayHoldDirections({ name, size }: Pick<File, 'name' | 'size'>): boolean {
  return size <= largestDirections && /\.(pt|pth|npz|pkl)$/i.test(name);
}

function recipeOf(text: string, name: string): Recipe {
  if (isDescription(text)) {
    throw new GanvasError(
      'description-alone',
      `${name} describes a network. Drop it together with the checkpoint that it describes.`,
      { file: name },
    );
  }
  return parseRecipe(readJson(text, name));
}

function readJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new GanvasError(
      'invalid-recipe',
      `${name} is not JSON. A recipe saved by ganvas was expected.`,
      { file: name },
      { cause },
    );
  }
}

function isPicture({ name, type }: File): boolean {
  return type.startsWith('image/') || /\.(jpe?g|webp|avif|gif|bmp)$/i.test(name);
}

async function openedPng(file: File, invertsPictures: boolean): Promise<OpenedFile> {
  // Loaded on demand: most visits never read a PNG.
  const { readPngText, recipeKeyword } = await import('../../workbench/png.js');
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text: string | undefined;
  try {
    text = readPngText(bytes)[recipeKeyword];
  } catch (error) {
    // The picture's own decoder knows better what is wrong with it, and the browser reads some that we do not.
    if (!invertsPictures) throw error;
  }
  if (text !== undefined) return { kind: 'recipe', recipe: parseRecipe(readJson(text, file.name)) };
  if (!invertsPictures) {
    throw new GanvasError(
      'png-without-recipe',
      `${file.name} holds no recipe. Only pictures saved with ganvas carry one.`,
      {
        file: file.name,
      },
    );
  }
  return { kind: 'picture' };
}

/** Directions are told from checkpoints by the container's metadata, so that either may have any name. */
async function holdsDirections(file: File): Promise<boolean> {
  if (file.size < 8) return false;
  const length = Number(new DataView(await file.slice(0, 8).arrayBuffer()).getBigUint64(0, true));
  if (!(length > 0 && length <= headerLimit && length + 8 <= file.size)) return false;
  try {
    const header = JSON.parse(await file.slice(8, 8 + length).text()) as { __metadata__?: Record<string, unknown> };
    return Object.entries(header.__metadata__ ?? {}).some(
      ([key, value]) => key === 'ganvas-directions' || value === 'ganvas-directions',
    );
  } catch {
    return false; // A damaged header is the checkpoint reader's to explain.
  }
}
