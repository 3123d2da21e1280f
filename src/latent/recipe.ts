import { GanvasError } from '../engine/errors.js';
import { decodeDirectionData } from './directionData.js';
import { JsonReader } from './jsonReader.js';
import { isLayerRangeText } from './layerRange.js';
import { isIdentityTransform, type PictureTransform } from './pictureTransform.js';
import { MAX_SEED } from './randomState.js';

/** Where a picture starts. Values are plain numbers so that a recipe is plain JSON. */
export type RecipeLatent =
  | { readonly space: 'z'; readonly seed: number }
  | { readonly space: 'z'; readonly values: readonly number[] }
  | { readonly space: 'w'; readonly values: readonly number[] }
  | { readonly space: 'w+'; readonly values: readonly (readonly number[])[] };

/**
 * Names a direction so that any face can rebuild it: SeFa directions are computed again from the weights,
 * anything else carries its own numbers. A `vector` is one row for `z` and `w`, and a row for every layer of W+,
 * zero where the direction does not act, for `w+`.
 */
export type DirectionReference =
  | { readonly method: 'sefa'; readonly layers: string; readonly index: number }
  | {
      readonly method: 'vector';
      readonly space: 'z' | 'w' | 'w+';
      /** base64 of little-endian f32 rows */ readonly data: string;
    };

/** One named, mutable row of the edit stack. */
export interface Edit {
  readonly name: string;
  readonly direction: DirectionReference;
  readonly strength: number;
  /** W+ layers it acts on, as "0-3,7" or "all"; a direction of z moves the whole picture whatever it says here. */
  readonly layers: string;
  readonly muted: boolean;
  /**
   * Directions whose attributes it shall leave alone: it goes along what is left of its own once theirs are projected out
   * (InterFaceGAN, `project_boundary`), at its own length. Left out when there are none.
   */
  readonly conditions?: readonly EditCondition[];
}

export interface EditCondition {
  readonly name: string;
  readonly direction: DirectionReference;
}

/** Layers that take their w from another latent: style mixing. */
export interface StyleMix {
  readonly latent: RecipeLatent;
  /** "0-3,7"; what several mixes name goes to the last. */
  readonly layers: string;
}

/**
 * Units of a feature layer set to values where a mask says so: r ← r·(1 − α·m) + α·m·k (Bau et al. 2019, eq. 3). Zero
 * values erase what the units make, high ones draw it.
 */
export interface UnitEdit {
  readonly name: string;
  /** `FeatureLayer.name` */
  readonly layer: string;
  readonly units: readonly number[];
  /** k of each unit. */
  readonly values: readonly number[];
  /** α, 0…1. */
  readonly strength: number;
  /** m: base64 of one byte a place of the layer's map, row by row, 255 = 1; null everywhere. */
  readonly mask: string | null;
  readonly muted: boolean;
}

export type NoiseMode = 'const' | 'random' | 'none';

/** Everything that decides a picture, given the model. Version 1. */
export interface Recipe {
  readonly version: 1;
  /** `modelHash` of the generator. */
  readonly model: string;
  readonly latent: RecipeLatent;
  /** Class index for a conditional model, else null. */
  readonly class: number | null;
  /** Acts on whatever the latent gives, also on a stored w or w+; the edits come after it. */
  readonly truncation: {
    readonly psi: number;
    /** layers truncated from the first; null = all */ readonly cutoff: number | null;
  };
  readonly noise: { readonly mode: NoiseMode; /** seed of `random` noise */ readonly seed: number };
  /** For generators that take one; left out when it moves nothing, so that other recipes stay as they were. */
  readonly transform?: PictureTransform;
  /** Left out when there are none. */
  readonly mix?: readonly StyleMix[];
  readonly edits: readonly Edit[];
  /** Applied in order, after the edits; left out when there are none. */
  readonly units?: readonly UnitEdit[];
}

const NOISE_MODES = ['const', 'random', 'none'] as const;
const FIELDS = ['version', 'model', 'latent', 'class', 'truncation', 'noise', 'edits'] as const;
const NO_LIMIT = Number.MAX_SAFE_INTEGER;
const reader = new JsonReader('recipe', 'invalid-recipe');

/** The unedited picture of a seed: psi 1, constant noise. A conditional model wants `class` set as well. */
export function defaultRecipe(modelHash: string, seed: number): Recipe {
  return {
    version: 1,
    model: modelHash,
    latent: { space: 'z', seed },
    class: null,
    truncation: { psi: 1, cutoff: null },
    noise: { mode: 'const', seed: 0 },
    edits: [],
  };
}

/**
 * Checks parsed JSON against the recipe's form; nothing is guessed, converted or ignored.
 * What only a model can tell (latent length, class count, number of layers) is not checked here.
 * @throws GanvasError `unsupported-recipe-version` for another version; `invalid-recipe`, naming field, find and
 * expectation, for anything else that does not fit; `invalid-direction-data` for a vector that is not f32 base64.
 */
export function parseRecipe(json: unknown): Recipe {
  checkVersion(json);
  const moves = reader.has(json, '', 'transform');
  const fields = reader.object(json, '', [...FIELDS, ...(moves ? ['transform'] : [])]);
  return {
    version: 1,
    model: reader.string(fields['model'], 'model'),
    latent: parseLatent(fields['latent']),
    class: fields['class'] === null ? null : reader.integer(fields['class'], 'class', 0, NO_LIMIT),
    truncation: parseTruncation(fields['truncation']),
    noise: parseNoise(fields['noise']),
    ...(moves ? transformField(parseTransform(fields['transform'])) : {}),
    edits: reader.array(fields['edits'], 'edits', parseEdit),
  };
}

/** One line of JSON with the keys in a fixed order: equal recipes give equal text. */
export function serializeRecipe(recipe: Recipe): string {
  return JSON.stringify({
    version: recipe.version,
    model: recipe.model,
    latent: orderedLatent(recipe.latent),
    class: recipe.class,
    truncation: { psi: recipe.truncation.psi, cutoff: recipe.truncation.cutoff },
    noise: { mode: recipe.noise.mode, seed: recipe.noise.seed },
    ...transformField(recipe.transform),
    edits: recipe.edits.map((edit) => ({
      name: edit.name,
      direction: orderedReference(edit.direction),
      strength: edit.strength,
      layers: edit.layers,
      muted: edit.muted,
    })),
  } satisfies Recipe);
}

/** The field that says how the picture is moved; none at all when it is not. */
export function transformField(transform: PictureTransform | undefined): Pick<Recipe, 'transform'> {
  if (transform === undefined || isIdentityTransform(transform)) return {};
  return { transform: { x: transform.x, y: transform.y, angle: transform.angle } };
}

/** True when two recipes say the same in every field. */
export function recipesEqual(a: Recipe, b: Recipe): boolean {
  return a === b || serializeRecipe(a) === serializeRecipe(b);
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

function parseLatent(json: unknown): RecipeLatent {
  const space = reader.tag(json, 'latent', 'space', ['z', 'w', 'w+']);
  if (space === 'z' && reader.has(json, 'latent', 'seed')) {
    const { seed } = reader.object(json, 'latent', ['space', 'seed']);
    return { space, seed: reader.integer(seed, 'latent.seed', 0, MAX_SEED) };
  }
  const { values } = reader.object(json, 'latent', ['space', 'values']);
  if (space === 'w+') return { space, values: parseRows(values, 'latent.values') };
  const row = parseRow(values, 'latent.values');
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

function parseEdit(json: unknown, path: string): Edit {
  const fields = reader.object(json, path, ['name', 'direction', 'strength', 'layers', 'muted']);
  return {
    name: reader.string(fields['name'], `${path}.name`),
    direction: parseReference(fields['direction'], `${path}.direction`),
    strength: reader.number(fields['strength'], `${path}.strength`),
    layers: parseLayers(fields['layers'], `${path}.layers`),
    muted: reader.boolean(fields['muted'], `${path}.muted`),
  };
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

function orderedLatent(latent: RecipeLatent): RecipeLatent {
  if ('seed' in latent) return { space: latent.space, seed: latent.seed };
  const { space, values } = latent;
  return { space, values } as RecipeLatent;
}

function orderedReference(reference: DirectionReference): DirectionReference {
  if (reference.method === 'sefa') {
    return { method: reference.method, layers: reference.layers, index: reference.index };
  }
  return { method: reference.method, space: reference.space, data: reference.data };
}
