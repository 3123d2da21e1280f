import { deflateSync, strFromU8, strToU8 } from 'fflate';
import { GanvasError } from '../engine/errors.js';
import { base64UrlToBytes, bytesToBase64Url } from './base64.js';
import { inflateBounded } from './boundedInflate.js';
import { decodeDirectionData, encodeDirectionData } from './directionData.js';
import {
  parseRecipe,
  transformField,
  type DirectionReference,
  type Edit,
  type Recipe,
  type RecipeLatent,
} from './recipe.js';

/** Largest recipe a link may expand to; a W+ latent of 18 × 512 numbers with several vectors stays far below. */
const MAX_LINK_JSON_BYTES = 16 * 1024 * 1024;
const LINK = /^#?r(\d+)=(.*)$/s;

/*
 * Form 1: base64url of the raw-deflated JSON of
 *   [model, latent, class, psi, cutoff, noise mode, noise seed, edits], and [x, y, angle] where a picture is moved
 *   latent  seed | [space, numbers] with numbers = base64 of f32 when that loses nothing, else plain
 *   edit    [name, reference, strength, layers, muted]
 *   reference  ["sefa", layers, index] | ["vector", space, data]
 * It leaves out the field names and nothing else, and is read back through `parseRecipe`.
 */

/** The recipe as the hash of a link, "#r1=…", of URL-safe characters only; nothing is rounded. */
export function recipeToHash(recipe: Recipe): string {
  const compact = [
    recipe.model,
    packLatent(recipe.latent),
    recipe.class,
    recipe.truncation.psi,
    recipe.truncation.cutoff,
    recipe.noise.mode,
    recipe.noise.seed,
    recipe.edits.map(packEdit),
    ...Object.values(transformField(recipe.transform)).map(({ x, y, angle }) => [x, y, angle]),
  ];
  return `#r1=${bytesToBase64Url(deflateSync(strToU8(JSON.stringify(compact)), { level: 9 }))}`;
}

/**
 * Reads the hash of a link, with or without its "#". Null when the hash is not a recipe at all ("", "#about").
 * @throws GanvasError `unsupported-recipe-version` for a later form; `invalid-recipe-link` when the text is cut off
 * or damaged; `invalid-recipe` or `invalid-direction-data` when what it holds is not a recipe.
 */
export function recipeFromHash(hash: string): Recipe | null {
  const match = LINK.exec(hash);
  if (!match) return null;
  const [, form = '', payload = ''] = match;
  if (form !== '1') {
    throw new GanvasError(
      'unsupported-recipe-version',
      `The link holds a recipe of form ${form}. This program reads form 1; a newer one is needed to open it.`,
      { found: form, expected: 1 },
    );
  }
  return unpackRecipe(readPayload(payload));
}

function readPayload(payload: string): unknown {
  const compressed = base64UrlToBytes(payload);
  const bytes = compressed && inflateBounded(compressed, 'deflate', MAX_LINK_JSON_BYTES);
  if (!bytes) throw damagedLink();
  try {
    return JSON.parse(strFromU8(bytes));
  } catch {
    throw damagedLink();
  }
}

function damagedLink(): GanvasError {
  return new GanvasError(
    'invalid-recipe-link',
    'The recipe in the link is cut off or damaged. Copy the whole link again; it starts with "#r1=".',
  );
}

function packLatent(latent: RecipeLatent): unknown {
  if ('seed' in latent) return latent.seed;
  return [latent.space, latent.space === 'w+' ? latent.values.map(packRow) : packRow(latent.values)];
}

/** Latents come from f32 most often; base64 of f32 is then exact and a third as long as decimals. */
function packRow(row: readonly number[]): unknown {
  return row.every((value) => Math.fround(value) === value) ? encodeDirectionData(Float32Array.from(row)) : row;
}

function packEdit(edit: Edit): unknown {
  return [edit.name, packReference(edit.direction), edit.strength, edit.layers, edit.muted ? 1 : 0];
}

function packReference(reference: DirectionReference): unknown {
  return reference.method === 'sefa'
    ? ['sefa', reference.layers, reference.index]
    : ['vector', reference.space, reference.data];
}

function unpackRecipe(compact: unknown): Recipe {
  const moves = Array.isArray(compact) && compact.length === 9;
  const [model, latent, classIndex, psi, cutoff, mode, seed, edits, transform] = tuple(compact, moves ? 9 : 8);
  return parseRecipe({
    version: 1,
    model,
    latent: unpackLatent(latent),
    class: classIndex,
    truncation: { psi, cutoff },
    noise: { mode, seed },
    ...(moves ? { transform: unpackTransform(transform) } : {}),
    edits: Array.isArray(edits) ? edits.map(unpackEdit) : edits,
  });
}

function unpackLatent(latent: unknown): unknown {
  if (typeof latent === 'number') return { space: 'z', seed: latent };
  const [space, numbers] = tuple(latent, 2);
  return { space, values: space === 'w+' && Array.isArray(numbers) ? numbers.map(unpackRow) : unpackRow(numbers) };
}

function unpackRow(row: unknown): unknown {
  return typeof row === 'string' ? Array.from(decodeDirectionData(row)) : row;
}

function unpackTransform(transform: unknown): unknown {
  const [x, y, angle] = tuple(transform, 3);
  return { x, y, angle };
}

function unpackEdit(edit: unknown): unknown {
  const [name, direction, strength, layers, muted] = tuple(edit, 5);
  return { name, direction: unpackReference(direction), strength, layers, muted: muted === 1 };
}

function unpackReference(reference: unknown): unknown {
  const [method, second, third] = tuple(reference, 3);
  return method === 'sefa' ? { method, layers: second, index: third } : { method, space: second, data: third };
}

function tuple(value: unknown, length: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length !== length) throw damagedLink();
  return value;
}
