import { GanvasError } from '../engine/errors.js';
import { JsonReader } from '../latent/jsonReader.js';
import { networkInput, type Layer, type LayerKind } from '../models/layeredNetwork.js';
import { activationNames } from '../ops/activations.js';
import type { StoredNetwork } from './checkpoint.js';
import { missingTensor } from './networkReading.js';

/** What a described network is for. */
const layersKinds = ['generator', 'predictor', 'segmenter', 'encoder'] as const;
export type LayersKind = (typeof layersKinds)[number];

/** A `layers.json` (docs/layers-json.md), held to the tensors that it names. */
export interface LayersFile {
  readonly kind: LayersKind;
  /** Of one sample. */
  readonly input: readonly number[];
  readonly layers: readonly Layer[];
  /** What a predictor's numbers are called, if the file says so. */
  readonly attributes: readonly string[] | null;
}

/** Says that a JSON file is one of these. */
const layersFormat = 'ganvas-layers';
const layersVersion = 1;

const invalid = 'layers-file-invalid';
const read = new JsonReader('layers file', invalid);

const MOST_LAYERS = 1000;
const LARGEST_EXTENT = 65536;
const LARGEST_STRIDE = 64;

/**
 * Reads the file strictly and looks the tensors up that it names.
 * @throws GanvasError `layers-file-invalid` naming the field, `weights-missing` naming the tensor
 */
export function parseLayersFile(text: string, network: StoredNetwork): LayersFile {
  const json = parsedJson(text);
  // Before anything else: another JSON file is best told that it is none of these.
  read.tag(json, '', 'format', [layersFormat]);
  const named = read.has(json, '', 'attributes') ? ['attributes'] : [];
  const file = read.object(json, '', ['format', 'version', 'kind', 'input', 'layers', ...named]);
  read.integer(file['version'], 'version', layersVersion, layersVersion);
  const kind = read.oneOf(file['kind'], 'kind', layersKinds);
  const attributes = named.length > 0 ? attributeNames(file['attributes'], kind) : null;
  const input = extents(file['input'], 'input');
  if (kind !== 'generator' && input.length !== 3) {
    throw read.error('input', file['input'], `[channels, height, width], which a ${kind} reads`);
  }
  const parser = new LayerParser(network);
  const layers = read.array(file['layers'], 'layers', (value, path) => parser.layer(value, path));
  if (layers.length === 0 || layers.length > MOST_LAYERS) {
    throw read.error('layers', file['layers'], `1 to ${MOST_LAYERS} layers`);
  }
  return { kind, input, layers, attributes };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GanvasError(invalid, `The layers file is not JSON: ${reason}.`, {}, { cause });
  }
}

function extents(value: unknown, path: string): readonly number[] {
  const found = read.array(value, path, (extent, at) => read.integer(extent, at, 1, LARGEST_EXTENT));
  if (found.length < 1 || found.length > 3) throw read.error(path, value, 'one to three sizes, without the batch');
  return found;
}

/** Whether there are as many as the network gives numbers is seen when it is built. */
function attributeNames(value: unknown, kind: LayersKind): readonly string[] {
  const path = 'attributes';
  if (kind !== 'predictor') throw read.error(path, value, `no such field, which only a predictor has`);
  const names = read.array(value, path, (name, at) => read.string(name, at));
  if (names.length > 0 && names.every((name) => name !== '') && new Set(names).size === names.length) return names;
  throw read.error(path, value, 'one name for each number that the predictor makes, each once');
}

/** Tensors by their role, and where they are written down. */
type Keys = Readonly<Record<string, string | null>>;

const layerTypes = [
  'conv',
  'convTransposed',
  'dense',
  'batchNorm',
  'activation',
  'pool',
  'upsample',
  'reshape',
  'scale',
  'add',
  'concat',
] as const;

/** Reads the layers in order, since they may only name those before them. */
class LayerParser {
  private readonly names = new Set([networkInput]);

  constructor(private readonly network: StoredNetwork) {}

  layer(value: unknown, path: string): Layer {
    const type = read.tag(value, path, 'type', layerTypes);
    const fields = new LayerFields(value, path);
    const given = fields.optional('input', (found, at) => this.known(found, at));
    const layer = this.kind(type, fields);
    const weights = fields.raw('weights');
    const unnamed = typeof weights === 'string' ? weights : `${type} ${this.names.size}`;
    const name = fields.optional('name', (found, at) => read.string(found, at)) ?? unnamed;
    if (this.names.has(name)) {
      throw read.error(`${path}.name`, name, 'a name that no layer before it has');
    }
    fields.checkAllRead();
    this.names.add(name);
    return { ...layer, name, input: given };
  }

  private kind(type: (typeof layerTypes)[number], fields: LayerFields): LayerKind {
    switch (type) {
      case 'conv':
        return { type, ...this.convolution(fields) };
      case 'convTransposed':
        return { type, ...this.convolution(fields), outputPadding: fields.whole('outputPadding', 0, 0) };
      case 'dense':
        return { type, keys: this.weighted(fields) };
      case 'batchNorm':
        return { type, keys: this.batchNorm(fields), epsilon: fields.number('epsilon', 1e-5) };
      case 'activation':
        return activationKind(fields);
      case 'pool':
        return poolKind(fields);
      case 'upsample': {
        const mode = fields.optional('mode', (found, at) => read.oneOf(found, at, ['nearest', 'bilinear']));
        return { type, mode: mode ?? 'nearest', factor: fields.whole('factor', 2, 2) };
      }
      case 'reshape':
        return { type, shape: fields.required('shape', extents) };
      case 'scale':
        return { type, factor: fields.numbers('factor', 1), offset: fields.numbers('offset', 0) };
      case 'add':
        return { type, other: fields.required('with', (found, at) => this.known(found, at)) };
      case 'concat': {
        const others = fields.required('with', (found, at) =>
          read.array(found, at, (name, place) => this.known(name, place)),
        );
        return { type, others };
      }
    }
  }

  private known(value: unknown, path: string): string {
    const name = read.string(value, path);
    if (this.names.has(name)) return name;
    throw read.error(path, value, `"${networkInput}", or the name of a layer before this one`);
  }

  private convolution(fields: LayerFields): Omit<Extract<LayerKind, { type: 'conv' }>, 'type'> {
    return {
      keys: this.weighted(fields),
      stride: fields.whole('stride', 1, 1),
      padding: fields.whole('padding', 0, 0),
      groups: fields.whole('groups', 1, 1, LARGEST_EXTENT),
    };
  }

  private weighted(fields: LayerFields): { readonly weight: string; readonly bias: string | null } {
    const keys = this.keys(fields, { weight: 'weight' }, { bias: 'bias' });
    return { weight: keys['weight'] ?? '', bias: keys['bias'] ?? null };
  }

  private batchNorm(fields: LayerFields): Extract<LayerKind, { type: 'batchNorm' }>['keys'] {
    const statistics = { mean: 'running_mean', variance: 'running_var' };
    const keys = this.keys(fields, statistics, { weight: 'weight', bias: 'bias' });
    const { mean, variance, weight, bias } = keys;
    return { mean: mean ?? '', variance: variance ?? '', weight: weight ?? null, bias: bias ?? null };
  }

  /**
   * Names of tensors: a prefix under which they have torch's names, or one by one. `needed` and `possible` give torch's
   * name of each role.
   */
  private keys(fields: LayerFields, needed: Readonly<Record<string, string>>, possible: typeof needed): Keys {
    return fields.required('weights', (value, path) => {
      if (typeof value === 'string') return this.keysUnder(read.string(value, path), path, needed, possible);
      const roles = [...Object.keys(needed), ...Object.keys(possible)];
      const stated = roles.filter((role) => role in needed || read.has(value, path, role));
      const found = read.object(value, path, stated);
      return Object.fromEntries(
        stated.map((role) => [role, this.tensor(read.string(found[role], `${path}.${role}`), path)]),
      );
    });
  }

  private keysUnder(prefix: string, path: string, needed: Keys, possible: Keys): Keys {
    const required = Object.entries(needed).map(([role, name]) => [role, this.tensor(`${prefix}.${name ?? ''}`, path)]);
    const others = Object.entries(possible).map(([role, name]) => [role, this.find(`${prefix}.${name ?? ''}`)]);
    return Object.fromEntries<string | null>([...required, ...others] as [string, string | null][]);
  }

  private tensor(key: string, path: string): string {
    const found = this.find(key);
    if (found === null) throw missingTensor(key, `"${path}" in the layers file reads it`);
    return found;
  }

  /** Keys may be written as in the file, where torch.nn.DataParallel puts `module.` before them. */
  private find(key: string): string | null {
    const { tensors } = this.network;
    return [key, key.replace(/^module\./, '')].find((name) => tensors.has(name)) ?? null;
  }
}

/** The fields of one layer; each is asked for by what the layer is, and what nobody asked for is an error. */
class LayerFields {
  private readonly asked = new Set(['type']);

  constructor(
    private readonly value: unknown,
    private readonly path: string,
  ) {}

  raw(name: string): unknown {
    return new Map(Object.entries(typeof this.value === 'object' && this.value !== null ? this.value : {})).get(name);
  }

  optional<T>(name: string, parse: (value: unknown, path: string) => T): T | null {
    this.asked.add(name);
    return read.has(this.value, this.path, name) ? parse(this.raw(name), `${this.path}.${name}`) : null;
  }

  required<T>(name: string, parse: (value: unknown, path: string) => T): T {
    this.asked.add(name);
    if (!read.has(this.value, this.path, name)) {
      throw read.error(`${this.path}.${name}`, undefined, 'this field to be present');
    }
    return parse(this.raw(name), `${this.path}.${name}`);
  }

  whole(name: string, fallback: number, least: number, most = LARGEST_STRIDE): number {
    return this.optional(name, (value, path) => read.integer(value, path, least, most)) ?? fallback;
  }

  number(name: string, fallback: number): number {
    return this.optional(name, (value, path) => read.number(value, path)) ?? fallback;
  }

  /** One number, or one a channel. */
  numbers(name: string, fallback: number): readonly number[] {
    const parse = (value: unknown, path: string): readonly number[] =>
      Array.isArray(value) && value.length > 0
        ? read.array(value, path, (item, at) => read.number(item, at))
        : [read.number(value, path)];
    return this.optional(name, parse) ?? [fallback];
  }

  /** @throws GanvasError `layers-file-invalid` for a field that this kind of layer does not have */
  checkAllRead(): void {
    read.object(
      this.value,
      this.path,
      [...this.asked].filter((name) => read.has(this.value, this.path, name)),
    );
  }
}

function activationKind(fields: LayerFields): LayerKind {
  const activation = fields.required('activation', (value, path) => read.oneOf(value, path, activationNames));
  const parse = (value: unknown, path: string): number => read.number(value, path);
  // torch and StyleGAN differ in the slope that they mean by default, so it has to be said.
  const slope = activation === 'lrelu' ? fields.required('slope', parse) : 0;
  return { type: 'activation', activation, slope };
}

function poolKind(fields: LayerFields): LayerKind {
  const mode = fields.required('mode', (value, path) => read.oneOf(value, path, ['max', 'average']));
  const window = (value: unknown, path: string): number => read.integer(value, path, 1, LARGEST_STRIDE);
  if (mode === 'average') return { type: 'pool', mode, kernel: fields.optional('kernel', window) };
  const kernel = fields.required('kernel', window);
  return { type: 'pool', mode, kernel, stride: fields.whole('stride', kernel, 1) };
}
