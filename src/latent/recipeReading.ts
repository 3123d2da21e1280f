import { GanvasError } from '../engine/errors.js';
import { base64ToBytes } from './base64.js';
import { decodeDirectionData } from './directionData.js';
import { JsonReader } from './jsonReader.js';
import { isLayerRangeText } from './layerRange.js';
import type { PictureTransform } from './pictureTransform.js';
import { MAX_SEED } from './randomState.js';
import type { DirectionReference, Edit, EditCondition, Recipe, RecipeLatent, StyleMix, UnitEdit } from './recipe.js';
import { conditionsField, mixField, transformField, unitsField } from './recipeForm.js';

const NOISE_MODES = ['const', 'random', 'none'] as const;
const FIELDS = ['version', 'model', 'latent', 'class', 'truncation', 'noise', 'edits'] as const;
/** Left out when they say nothing. */
const OPTIONAL_FIELDS = ['transform', 'mix', 'units'] as const;
const EDIT_FIELDS = ['name', 'direction', 'strength', 'layers', 'muted'] as const;
const UNIT_FIELDS = ['name', 'layer', 'units', 'values', 'strength', 'mask', 'muted'] as const;
const NO_LIMIT = Number.MAX_SAFE_INTEGER;
const reader = new JsonReader('recipe', 'invalid-recipe');

/**
 * Checks parsed JSON against the recipe's form; nothing is guessed, converted or ignored.
 * What only a model can tell (latent length, class count, number of layers, their units) is not checked here.
 * @throws GanvasError `unsupported-recipe-version` for another version; `invalid-recipe`, naming field, find and
 * expectation, for anything else that does not fit; `invalid-direction-data` for a vector that is not f32 base64.
 */
export function parseRecipe(json: unknown): Recipe {
  checkVersion(json);
  const given = OPTIONAL_FIELDS.filter((name) => reader.has(json, '', name));
  const fields = reader.object(json, '', [...FIELDS, ...given]);
  const list = <T>(name: (typeof given)[number], item: (value: unknown, path: string) => T): readonly T[] =>
    given.includes(name) ? reader.array(fields[name], name, item) : [];
  return {
    version: 1,
    model: reader.string(fields['model'], 'model'),
    latent: parseLatent(fields['latent'], 'latent'),
    class: fields['class'] === null ? null : reader.integer(fields['class'], 'class', 0, NO_LIMIT),
    truncation: parseTruncation(fields['truncation']),
    noise: parseNoise(fields['noise']),
    ...(given.includes('transform') ? transformField(parseTransform(fields['transform'])) : {}),
    ...mixField(list('mix', parseMix)),
    edits: reader.array(fields['edits'], 'edits', parseEdit),
    ...unitsField(list('units', parseUnits)),
  };
}

function checkVersion(json: unknown): void {
  if (!reader.has(json, '', 'version')) throw reader.error('version', undefined, 'the number 1');
  const version: unknown = (json as { version: unknown }).version;
  if (version === 1) return;
  if (typeof version === 'number' && Number.isInteger(version) && version > 1) {
    throw new GanvasError(
      'unsupported-recipe-version',
      `The recipe has version ${version}. This program reads version 1; a newer one is needed to open it.`,
      { found: version, expected: 1 },
    );
  }
  throw reader.error('version', version, 'the number 1');
}

function parseLatent(json: unknown, path: string): RecipeLatent {
  const space = reader.tag(json, path, 'space', ['z', 'w', 'w+']);
  if (space === 'z' && reader.has(json, path, 'seed')) {
    const { seed } = reader.object(json, path, ['space', 'seed']);
    return { space, seed: reader.integer(seed, `${path}.seed`, 0, MAX_SEED) };
  }
  const { values } = reader.object(json, path, ['space', 'values']);
  if (space === 'w+') return { space, values: parseRows(values, `${path}.values`) };
  const row = parseRow(values, `${path}.values`);
  return space === 'z' ? { space, values: row } : { space, values: row };
}

function parseRow(json: unknown, path: string): readonly number[] {
  const row = reader.array(json, path, (value, at) => reader.number(value, at));
  if (row.length === 0) throw reader.error(path, json, 'at least one number');
  return row;
}

function parseRows(json: unknown, path: string): readonly (readonly number[])[] {
  const rows = reader.array(json, path, parseRow);
  const width = rows[0]?.length;
  if (width === undefined) throw reader.error(path, json, 'a row for every layer of W+');
  const odd = rows.findIndex((row) => row.length !== width);
  if (odd >= 0) throw reader.error(`${path}[${odd}]`, rows[odd], `${width} numbers, as in the first row`);
  return rows;
}

function parseTruncation(json: unknown): Recipe['truncation'] {
  const { psi, cutoff } = reader.object(json, 'truncation', ['psi', 'cutoff']);
  return {
    psi: reader.number(psi, 'truncation.psi'),
    cutoff: cutoff === null ? null : reader.integer(cutoff, 'truncation.cutoff', 0, NO_LIMIT),
  };
}

function parseNoise(json: unknown): Recipe['noise'] {
  const { mode, seed } = reader.object(json, 'noise', ['mode', 'seed']);
  return {
    mode: reader.oneOf(mode, 'noise.mode', NOISE_MODES),
    seed: reader.integer(seed, 'noise.seed', 0, MAX_SEED),
  };
}

function parseTransform(json: unknown): PictureTransform {
  const fields = reader.object(json, 'transform', ['x', 'y', 'angle']);
  const number = (key: keyof PictureTransform): number => reader.number(fields[key], `transform.${key}`);
  return { x: number('x'), y: number('y'), angle: number('angle') };
}

function parseMix(json: unknown, path: string): StyleMix {
  const { latent, layers } = reader.object(json, path, ['latent', 'layers']);
  return { latent: parseLatent(latent, `${path}.latent`), layers: parseLayers(layers, `${path}.layers`) };
}

function parseEdit(json: unknown, path: string): Edit {
  const isConditioned = reader.has(json, path, 'conditions');
  const fields = reader.object(json, path, [...EDIT_FIELDS, ...(isConditioned ? ['conditions'] : [])]);
  const conditions = isConditioned
    ? reader.array(fields['conditions'], `${path}.conditions`, parseCondition)
    : undefined;
  return {
    name: reader.string(fields['name'], `${path}.name`),
    direction: parseReference(fields['direction'], `${path}.direction`),
    strength: reader.number(fields['strength'], `${path}.strength`),
    layers: parseLayers(fields['layers'], `${path}.layers`),
    muted: reader.boolean(fields['muted'], `${path}.muted`),
    ...conditionsField(conditions),
  };
}

function parseCondition(json: unknown, path: string): EditCondition {
  const { name, direction } = reader.object(json, path, ['name', 'direction']);
  return {
    name: reader.string(name, `${path}.name`),
    direction: parseReference(direction, `${path}.direction`),
  };
}

function parseUnits(json: unknown, path: string): UnitEdit {
  const fields = reader.object(json, path, UNIT_FIELDS);
  const units = reader.array(fields['units'], `${path}.units`, (unit, at) => reader.integer(unit, at, 0, NO_LIMIT));
  if (units.length === 0) throw reader.error(`${path}.units`, fields['units'], 'at least one unit');
  if (new Set(units).size < units.length) throw reader.error(`${path}.units`, fields['units'], 'each unit once');
  const values = reader.array(fields['values'], `${path}.values`, (value, at) => reader.number(value, at));
  if (values.length !== units.length) {
    throw reader.error(`${path}.values`, fields['values'], `${units.length} numbers, one for each unit`);
  }
  const strength = reader.number(fields['strength'], `${path}.strength`);
  if (strength < 0 || strength > 1) throw reader.error(`${path}.strength`, strength, 'a number from 0 to 1');
  return {
    name: reader.string(fields['name'], `${path}.name`),
    layer: reader.string(fields['layer'], `${path}.layer`),
    units,
    values,
    strength,
    mask: fields['mask'] === null ? null : parseMask(fields['mask'], `${path}.mask`),
    muted: reader.boolean(fields['muted'], `${path}.muted`),
  };
}

/** base64 of a square of bytes. */
function parseMask(json: unknown, path: string): string {
  const text = reader.string(json, path);
  const side = Math.sqrt(base64ToBytes(text)?.length ?? NaN);
  if (Number.isInteger(side) && side > 0) return text;
  throw reader.error(path, json, 'base64 of one byte for each place of a square map');
}

function parseReference(json: unknown, path: string): DirectionReference {
  const method = reader.tag(json, path, 'method', ['sefa', 'vector']);
  if (method === 'sefa') {
    const { layers, index } = reader.object(json, path, ['method', 'layers', 'index']);
    return {
      method,
      layers: parseLayers(layers, `${path}.layers`),
      index: reader.integer(index, `${path}.index`, 0, NO_LIMIT),
    };
  }
  const { space, data } = reader.object(json, path, ['method', 'space', 'data']);
  const text = reader.string(data, `${path}.data`);
  decodeDirectionData(text);
  return { method, space: reader.oneOf(space, `${path}.space`, ['z', 'w', 'w+']), data: text };
}

function parseLayers(json: unknown, path: string): string {
  if (typeof json !== 'string' || !isLayerRangeText(json))
    throw reader.error(path, json, 'layers, such as "0-3,7" or "all"');
  return json;
}
