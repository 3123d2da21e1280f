import { deflateSync, strFromU8, strToU8 } from 'fflate';
import { GanvasError } from '../engine/errors.js';
import { base64UrlToBytes, bytesToBase64Url } from './base64.js';
import { inflateBounded } from './boundedInflate.js';
import { decodeDirectionData, encodeDirectionData } from './directionData.js';
import { parseRecipe } from './recipeReading.js';
import { transformField } from './recipeForm.js';
import type { DirectionReference, Edit, Recipe, RecipeLatent, UnitEdit } from './recipe.js';

/** Largest recipe a link may expand to; a W+ latent of 18 × 512 numbers with several vectors stays far below. */
const MAX_LINK_JSON_BYTES = 16 * 1024 * 1024;
const LINK = /^#?r(\d+)=(.*)$/s;

/*
 * Form 1: base64url of the raw-deflated JSON of
 *   [model, latent, class, psi, cutoff, noise mode, noise seed, edits], then, as far as the last one that says something,
 *   [x, y, angle] where a picture is moved | null, mix, units
 *   latent  seed | [space, numbers] with numbers = base64 of f32 when that loses nothing, else plain
 *   mix     [[latent, layers], …]
 *   edit    [name, reference, strength, layers, muted], and [[name, reference], …] where there are conditions
 *   units   [[name, layer, units, values, strength, mask, muted], …]
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
    ...packExtras(recipe),
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

/** What most recipes have not, without the empty end. */
function packExtras({ transform, mix = [], units = [] }: Recipe): readonly unknown[] {
  const { transform: moved } = transformField(transform);
  const extras = [
    moved === undefined ? null : [moved.x, moved.y, moved.angle],
    mix.map(({ latent, layers }) => [packLatent(latent), layers]),
    units.map(packUnits),
  ];
  const isSaid = (extra: unknown): boolean => Array.isArray(extra) && extra.length > 0;
  return extras.slice(0, extras.findLastIndex(isSaid) + 1);
}

function packUnits({ name, layer, units, values, strength, mask, muted }: UnitEdit): unknown {
  return [name, layer, units, values, strength, mask, muted ? 1 : 0];
}

function packEdit({ name, direction, strength, layers, muted, conditions = [] }: Edit): unknown {
  const plain = [name, packReference(direction), strength, layers, muted ? 1 : 0];
  if (conditions.length === 0) return plain;
  return [...plain, conditions.map((condition) => [condition.name, packReference(condition.direction)])];
}

function packReference(reference: DirectionReference): unknown {
  return reference.method === 'sefa'
    ? ['sefa', reference.layers, reference.index]
    : ['vector', reference.space, reference.data];
}

function unpackRecipe(compact: unknown): Recipe {
  const [model, latent, classIndex, psi, cutoff, mode, seed, edits, transform = null, mix = [], units = []] = tuple(
    compact,
    8,
    11,
  );
  return parseRecipe({
    version: 1,
    model,
    latent: unpackLatent(latent),
    class: classIndex,
    truncation: { psi, cutoff },
    noise: { mode, seed },
    ...(transform === null ? {} : { transform: unpackTransform(transform) }),
    mix: unpackList(mix, unpackMix),
    edits: unpackList(edits, unpackEdit),
    units: unpackList(units, unpackUnits),
  });
}

/** What is no list is left for `parseRecipe` to refuse. */
function unpackList(list: unknown, unpack: (item: unknown) => unknown): unknown {
  return Array.isArray(list) ? list.map(unpack) : list;
}

function unpackMix(mix: unknown): unknown {
  const [latent, layers] = tuple(mix, 2);
  return { latent: unpackLatent(latent), layers };
}

function unpackUnits(edit: unknown): unknown {
  const [name, layer, units, values, strength, mask, muted] = tuple(edit, 7);
  return { name, layer, units, values, strength, mask, muted: muted === 1 };
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
  const [name, direction, strength, layers, muted, conditions] = tuple(edit, 5, 6);
  const plain = { name, direction: unpackReference(direction), strength, layers, muted: muted === 1 };
  return conditions === undefined ? plain : { ...plain, conditions: unpackList(conditions, unpackCondition) };
}

function unpackCondition(condition: unknown): unknown {
  const [name, direction] = tuple(condition, 2);
  return { name, direction: unpackReference(direction) };
}

function unpackReference(reference: unknown): unknown {
  const [method, second, third] = tuple(reference, 3);
  return method === 'sefa' ? { method, layers: second, index: third } : { method, space: second, data: third };
}

function tuple(value: unknown, length: number, most = length): readonly unknown[] {
  if (!Array.isArray(value) || value.length < length || value.length > most) throw damagedLink();
  return value;
}
