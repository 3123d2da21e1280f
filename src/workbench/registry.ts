import { GanvasError } from '../engine/errors.js';
import { JsonReader } from '../latent/jsonReader.js';
import type { GeneratorFamily } from '../models/generator.js';

/** What is said of every model that is known by name. */
interface KnownModel {
  /** Name that goes wherever a checkpoint goes; lower-case letters, digits and dashes. */
  readonly name: string;
  /** What people see. */
  readonly title: string;
  readonly family: GeneratorFamily;
  /** Pixels of one side. */
  readonly resolution: number;
  readonly licence: string;
}

/** A model that ships with the project. Paths are relative to the folder of `registry.json`. */
export interface BundledModel extends KnownModel {
  readonly kind: 'bundled';
  readonly card: string;
  readonly file: string;
  readonly bytes: number;
  /** Of the file, lower-case hexadecimal. */
  readonly sha256: string;
  /** `modelHash` of its generator. */
  readonly modelHash: string;
}

/** A published model that people fetch themselves, under its own licence. */
export interface ExternalModel extends KnownModel {
  readonly kind: 'external';
  /** Where its authors describe and offer it. */
  readonly page: string;
  /** About how large the file is; null where that is not known. */
  readonly approximateBytes: number | null;
}

export type RegistryModel = BundledModel | ExternalModel;

/** `weights/registry.json`, version 1. */
export interface Registry {
  readonly version: 1;
  readonly models: readonly RegistryModel[];
}

const COMMON = ['kind', 'name', 'title', 'family', 'resolution', 'licence'] as const;
const FAMILIES = [
  'pggan',
  'stylegan',
  'stylegan2',
  'stylegan3',
  'biggan',
  'biggan-deep',
  'dcgan',
] as const satisfies readonly GeneratorFamily[];
const reader = new JsonReader('model registry', 'invalid-registry');

/**
 * Checks the parsed JSON of a registry.
 * @throws GanvasError `invalid-registry`, naming field, find and expectation.
 */
export function parseRegistry(json: unknown): Registry {
  const { version, models } = reader.object(json, '', ['version', 'models']);
  if (version !== 1) throw reader.error('version', version, 'the number 1');
  const parsed = reader.array(models, 'models', parseModel);
  parsed.forEach(({ name }, index) => {
    if (parsed.findIndex((other) => other.name === name) !== index) {
      throw reader.error(`models[${index}].name`, name, 'a name that no other model has');
    }
  });
  return { version: 1, models: parsed };
}

/**
 * The bundled model of a name.
 * @throws GanvasError `unknown-model`, which lists the names there are.
 */
export function bundledModel(registry: Registry, name: string): BundledModel {
  const bundled = registry.models.filter((model) => model.kind === 'bundled');
  const found = bundled.find((model) => model.name === name);
  if (found) return found;
  const names = bundled.map((model) => `"${model.name}"`).join(', ');
  throw new GanvasError('unknown-model', `There is no bundled model "${name}". Expected one of ${names}.`, { name });
}

function parseModel(json: unknown, path: string): RegistryModel {
  const kind = reader.tag(json, path, 'kind', ['bundled', 'external']);
  if (kind === 'external') {
    const sized = reader.has(json, path, 'approximateBytes');
    const fields = reader.object(json, path, [...COMMON, 'page', ...(sized ? ['approximateBytes'] : [])]);
    const bytes = fields['approximateBytes'];
    return {
      kind,
      ...parseKnown(fields, path),
      page: matching(fields['page'], `${path}.page`, /^https:\/\/\S+$/, 'an https address'),
      approximateBytes: sized ? reader.integer(bytes, `${path}.approximateBytes`, 1, Number.MAX_SAFE_INTEGER) : null,
    };
  }
  const fields = reader.object(json, path, [...COMMON, 'card', 'file', 'bytes', 'sha256', 'modelHash']);
  return {
    kind,
    ...parseKnown(fields, path),
    card: relativePath(fields['card'], `${path}.card`),
    file: relativePath(fields['file'], `${path}.file`),
    bytes: reader.integer(fields['bytes'], `${path}.bytes`, 1, Number.MAX_SAFE_INTEGER),
    sha256: hexDigest(fields['sha256'], `${path}.sha256`),
    modelHash: hexDigest(fields['modelHash'], `${path}.modelHash`),
  };
}

function parseKnown(fields: Readonly<Record<string, unknown>>, path: string): KnownModel {
  return {
    name: matching(fields['name'], `${path}.name`, /^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case letters, digits and dashes'),
    title: reader.string(fields['title'], `${path}.title`),
    family: reader.oneOf(fields['family'], `${path}.family`, FAMILIES),
    resolution: reader.integer(fields['resolution'], `${path}.resolution`, 4, 1 << 16),
    licence: reader.string(fields['licence'], `${path}.licence`),
  };
}

function hexDigest(value: unknown, path: string): string {
  return matching(value, path, /^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits');
}

/** A path that stays below the registry's folder. */
function relativePath(value: unknown, path: string): string {
  return matching(
    value,
    path,
    /^(?!.*(^|\/)\.\.?(\/|$))[\w.-]+(\/[\w.-]+)*$/,
    'a path below the folder of the registry',
  );
}

function matching(value: unknown, path: string, pattern: RegExp, expected: string): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw reader.error(path, value, expected);
  return value;
}
