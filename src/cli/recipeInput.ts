import { GanvasError } from '../engine/errors.js';
import { parseRecipe } from '../latent/recipeReading.js';
import type { Recipe } from '../latent/recipe.js';
import { recipeFromHash } from '../latent/recipeLink.js';
import { readPngText, recipeKeyword } from '../workbench/png.js';
import { readInput } from './files.js';

const EXPECTED = 'a recipe: a JSON file, a PNG saved by ganvas, or a link with "#r1="';
const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47];

/**
 * Reads a recipe from a link, a JSON file, a PNG that carries one, or a file that holds a link.
 * @throws GanvasError `invalid-recipe`, `invalid-recipe-link`, `unsupported-recipe-version`, `png-without-recipe`,
 * `file-missing`, `file-unreadable`
 */
export async function readRecipe(text: string): Promise<Recipe> {
  const linked = fromLink(text);
  if (linked) return linked;
  const bytes = await readInput(text, EXPECTED);
  if (PNG_SIGNATURE.every((byte, index) => bytes[index] === byte)) return fromPng(text, bytes);
  const content = new TextDecoder().decode(bytes).trim();
  return fromLink(content) ?? fromJson(text, content);
}

/** An address is a recipe by its hash; a bare "#r1=…" or "r1=…" is one too. */
function fromLink(text: string): Recipe | null {
  const hash = /^(?:https?:\/\/[^#]*)?(#?r\d+=\S*)$/.exec(text)?.[1];
  return hash === undefined ? null : recipeFromHash(hash);
}

function fromPng(path: string, bytes: Uint8Array): Recipe {
  const text = readPngText(bytes)[recipeKeyword];
  if (text !== undefined) return fromJson(path, text);
  throw new GanvasError('png-without-recipe', `${path} carries no recipe. Expected a PNG saved by ganvas.`, { path });
}

function fromJson(path: string, text: string): Recipe {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new GanvasError('invalid-recipe', `${path} is not JSON. Expected ${EXPECTED}.`, { path }, { cause });
  }
  return parseRecipe(json);
}
