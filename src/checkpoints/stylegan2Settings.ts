import type { StyleGan2Config } from '../models/stylegan2.js';
import type { StoredNetwork } from './checkpoint.js';
import { generatorMetadataKey } from './generatorFamily.js';
import { activation, badSetting, finite, oneOf } from './networkReading.js';

type SettingName =
  | 'convClamp'
  | 'activation'
  | 'mappingActivation'
  | 'mappingLrMultiplier'
  | 'labelNormalisation'
  | 'demodulatedWeights';

/** What leaves no trace in the shapes. */
export type StyleGan2Settings = Required<Pick<StyleGan2Config, SettingName>>;

export interface SourcedSettings {
  readonly settings: StyleGan2Settings;
  /** Where they came from, in words. */
  readonly source: string;
}

const labelNormalisations = ['separate', 'joint'] as const;
const demodulatedWeights = ['stored', 'scaled'] as const;

/** Arguments that stylegan2-ada-pytorch's training/networks.py takes when nothing else is said. */
const defaults: StyleGan2Settings = {
  convClamp: null,
  activation: 'lrelu',
  mappingActivation: 'lrelu',
  mappingLrMultiplier: 0.01,
  labelNormalisation: 'separate',
  demodulatedWeights: 'stored',
};

/** What all projects do that modulate weights already scaled by 1/√fan_in and normalise z and the label as one. */
export const otherProjectsDefaults: StyleGan2Settings = {
  ...defaults,
  labelNormalisation: 'joint',
  demodulatedWeights: 'scaled',
};

/**
 * Settings of a network with the common names: from metadata (converted files), or module attributes (NVIDIA pickles).
 * @throws GanvasError `unsupported-architecture` naming a setting that is of a kind we do not know.
 */
export function readSettings(network: StoredNetwork, metadata: Readonly<Record<string, string>>): SourcedSettings {
  const converted = metadata[generatorMetadataKey];
  if (converted !== undefined) return settingsFromJson(converted);
  if (network.attributes.has('synthesis.b4.conv1.activation')) return settingsFromAttributes(network);
  return settingsFromMetadata(metadata);
}

/** What `convert` writes beside the tensors, so that the converted file renders the same pictures. */
export function settingsMetadata(config: StyleGan2Settings): Record<string, string> {
  const { activation, convClamp, mappingActivation, mappingLrMultiplier, labelNormalisation } = config;
  const settings = {
    family: 'stylegan2',
    activation,
    convClamp,
    mappingActivation,
    mappingLrMultiplier,
    labelNormalisation,
    demodulatedWeights: config.demodulatedWeights,
  };
  return { [generatorMetadataKey]: JSON.stringify(settings) };
}

/** Attributes of the pickled modules (SynthesisLayer, FullyConnectedLayer). */
function settingsFromAttributes({ attributes }: StoredNetwork): SourcedSettings {
  const clamp = attributes.get('synthesis.b4.conv1.conv_clamp') ?? null;
  const multiplier = attributes.get('mapping.fc0.bias_gain') ?? defaults.mappingLrMultiplier;
  const mappingActivation = attributes.get('mapping.fc0.activation') ?? defaults.mappingActivation;
  return {
    settings: {
      ...defaults,
      convClamp: clamp === null ? null : finite('synthesis.b4.conv1.conv_clamp', clamp),
      activation: activation('synthesis.b4.conv1.activation', attributes.get('synthesis.b4.conv1.activation')),
      mappingActivation: activation('mapping.fc0.activation', mappingActivation),
      mappingLrMultiplier: finite('mapping.fc0.bias_gain', multiplier),
    },
    source: "read from the file's module attributes",
  };
}

/** Plain metadata of a safetensors file (`conv_clamp`, `mapping_lr_multiplier`), else the reference's defaults. */
function settingsFromMetadata(metadata: Readonly<Record<string, string>>): SourcedSettings {
  const { conv_clamp: clamp, mapping_lr_multiplier: multiplier } = metadata;
  const isStated = clamp !== undefined || multiplier !== undefined;
  return {
    settings: {
      ...defaults,
      convClamp: clamp === undefined || clamp === 'none' ? null : finite('conv_clamp', Number(clamp)),
      mappingLrMultiplier: finite('mapping_lr_multiplier', Number(multiplier ?? defaults.mappingLrMultiplier)),
    },
    source: isStated ? "read from the file's metadata" : 'not stated in the file, so the defaults of the reference',
  };
}

/** Files converted before a setting existed lack it, and were of networks that have its default. */
function settingsFromJson(text: string): SourcedSettings {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw badSetting(generatorMetadataKey, text, 'JSON', cause);
  }
  const fields = new Map<string, unknown>(Object.entries(typeof json === 'object' && json !== null ? json : {}));
  const clamp = fields.get('convClamp') ?? null;
  const normalisation = fields.get('labelNormalisation') ?? defaults.labelNormalisation;
  const demodulated = fields.get('demodulatedWeights') ?? defaults.demodulatedWeights;
  return {
    settings: {
      convClamp: clamp === null ? null : finite('convClamp', clamp),
      activation: activation('activation', fields.get('activation')),
      mappingActivation: activation('mappingActivation', fields.get('mappingActivation')),
      mappingLrMultiplier: finite('mappingLrMultiplier', fields.get('mappingLrMultiplier')),
      labelNormalisation: oneOf('labelNormalisation', normalisation, labelNormalisations),
      demodulatedWeights: oneOf('demodulatedWeights', demodulated, demodulatedWeights),
    },
    source: "read from the file's metadata",
  };
}
