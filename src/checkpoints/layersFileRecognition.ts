import { GanvasError } from '../engine/errors.js';
import { configFileKey } from './bigganDeepLayout.js';
import type { Checkpoint, StoredNetwork } from './checkpoint.js';
import { generatorMetadataKey, layersFileKey } from './generatorFamily.js';
import { recogniseGenerator, type RecognisedGenerator } from './recognise.js';

/**
 * A generator that its weights do not determine, by the JSON that came with it: a layers file or the settings of a family
 * (docs/layers-json.md), or the `config.json` of a BigGAN-deep of Hugging Face.
 * @throws GanvasError `layers-file-invalid`, `layers-shape`, and those of `recogniseGenerator`
 */
export function recogniseWithLayers(
  checkpoint: Checkpoint,
  network: StoredNetwork,
  layersJson: string,
): RecognisedGenerator {
  const recognised = recogniseGenerator(withDescription(checkpoint, layersJson), network);
  const { family } = recognised.generator;
  const described = describedFamily(layersJson);
  if (described === family) return recognised;
  throw new GanvasError(
    'layers-file-invalid',
    `The description is of the family ${described}, and the checkpoint of the family ${family}. Leave the description out.`,
    { family, described },
  );
}

/** The checkpoint together with the JSON that describes it, from where recognition takes it. */
export function withDescription(checkpoint: Checkpoint, json: string): Checkpoint {
  return { ...checkpoint, metadata: { ...checkpoint.metadata, [keyOf(json)]: json } };
}

/** Whether a text is the `config.json` of a BigGAN-deep of Hugging Face. */
export function isBigGanConfig(json: string): boolean {
  return fieldsOf(json).has('attention_layer_position');
}

function keyOf(json: string): string {
  if (isBigGanConfig(json)) return configFileKey;
  return fieldsOf(json).has('family') ? generatorMetadataKey : layersFileKey;
}

function describedFamily(json: string): string {
  if (isBigGanConfig(json)) return 'biggan-deep';
  const family = fieldsOf(json).get('family');
  return typeof family === 'string' ? family : 'layers';
}

/** What is no JSON object has none; as a layers file it is refused in words. */
function fieldsOf(json: string): ReadonlyMap<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return new Map(Object.entries(typeof value === 'object' && value !== null ? value : {}));
  } catch {
    return new Map();
  }
}
