/** What a StyleGAN3 generator's tensors do not say, from wherever the file keeps it. */
import { at } from '../engine/shape.js';
import type { StyleGan3Config } from '../models/stylegan3.js';
import type { StyleGan3Layer } from '../models/stylegan3Layers.js';
import type { StoredNetwork } from './checkpoint.js';
import { badSetting, activation, finite } from './networkReading.js';
import { generatorMetadataKey } from './generatorFamily.js';

export interface StyleGan3Settings extends Pick<
  StyleGan3Config,
  'bandwidth' | 'lreluUpsampling' | 'convClamp' | 'outputScale' | 'mappingActivation' | 'mappingLrMultiplier'
> {
  /** Of each layer's output. */
  readonly samplingRates: readonly number[];
  /** Where they came from, in words. */
  readonly source: string;
}

/** Defaults of stylegan3 training/networks_stylegan3.py; all published files have them. */
const defaults = {
  bandwidth: 2,
  lreluUpsampling: 2,
  convClamp: 256,
  outputScale: 0.25,
  mappingActivation: 'lrelu',
  mappingLrMultiplier: 0.01,
  marginSize: 10,
} as const;

type LayerMap = Pick<StyleGan3Layer, 'name' | 'size'>;

/** @throws GanvasError `unsupported-architecture` when a setting is of another kind than the reference writes. */
export function stylegan3Settings(
  network: StoredNetwork,
  metadata: Readonly<Record<string, string>>,
  layers: readonly LayerMap[],
): StyleGan3Settings {
  const converted = metadata[generatorMetadataKey];
  if (converted !== undefined) return fromJson(converted);
  const isStated = network.attributes.has('synthesis.input.bandwidth');
  return isStated ? fromAttributes(network, layers) : { ...fromSizes(layers) };
}

/** Attributes of the pickled modules (SynthesisNetwork, SynthesisInput, SynthesisLayer, FullyConnectedLayer). */
function fromAttributes({ attributes }: StoredNetwork, layers: readonly LayerMap[]): StyleGan3Settings {
  const number = (key: string, otherwise: number): number => finite(key, attributes.get(key) ?? otherwise);
  const rateOf = (name: string, which: string): number => {
    const key = `synthesis.${name}.${which}_sampling_rate`;
    return finite(key, attributes.get(key));
  };
  const first = at(layers, 0).name;
  const clampKey = `synthesis.${first}.conv_clamp`;
  const clamp = attributes.get(clampKey) ?? null;
  const act = 'mapping.fc0.activation';
  return {
    samplingRates: layers.map(({ name }) => rateOf(name, 'out')),
    bandwidth: number('synthesis.input.bandwidth', defaults.bandwidth),
    lreluUpsampling: rateOf(first, 'tmp') / Math.max(rateOf(first, 'in'), rateOf(first, 'out')),
    convClamp: clamp === null ? null : finite(clampKey, clamp),
    outputScale: number('synthesis.output_scale', defaults.outputScale),
    mappingActivation: activation(act, attributes.get(act) ?? defaults.mappingActivation),
    mappingLrMultiplier: number('mapping.fc0.bias_gain', defaults.mappingLrMultiplier),
    source: "read from the file's module attributes",
  };
}

/** Nothing is stated: the defaults, and rates by the maps' sizes without their margins. */
function fromSizes(layers: readonly LayerMap[]): StyleGan3Settings {
  const { marginSize, ...settings } = defaults;
  const resolution = at(layers, -1).size;
  const samplingRates = layers.map(({ size }, index) =>
    index < layers.length - 2 ? size - 2 * marginSize : resolution,
  );
  return { ...settings, samplingRates, source: 'not stated in the file, so the defaults of the reference' };
}

function fromJson(text: string): StyleGan3Settings {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw badSetting(generatorMetadataKey, text, 'JSON', cause);
  }
  const fields = new Map<string, unknown>(Object.entries(typeof json === 'object' && json !== null ? json : {}));
  const number = (key: string): number => finite(key, fields.get(key));
  const rates = fields.get('samplingRates');
  if (!Array.isArray(rates)) throw badSetting('samplingRates', rates, 'a list of numbers');
  const clamp = fields.get('convClamp') ?? null;
  return {
    samplingRates: rates.map((rate: unknown) => finite('samplingRates', rate)),
    bandwidth: number('bandwidth'),
    lreluUpsampling: number('lreluUpsampling'),
    convClamp: clamp === null ? null : finite('convClamp', clamp),
    outputScale: number('outputScale'),
    mappingActivation: activation('mappingActivation', fields.get('mappingActivation')),
    mappingLrMultiplier: number('mappingLrMultiplier'),
    source: "read from the file's metadata",
  };
}
