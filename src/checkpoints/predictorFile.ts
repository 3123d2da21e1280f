/** Attribute predictors out of files: the bundled one, and any network that a layers file describes. */
import { GanvasError } from '../engine/errors.js';
import { formatShape } from '../engine/shape.js';
import type { AttributePredictor } from '../models/attributePredictor.js';
import { LayeredPredictor } from '../models/layeredPredictor.js';
import { NamedPredictor } from '../models/namedPredictor.js';
import { Predictor } from '../models/predictor.js';
import type { Checkpoint, StoredNetwork } from './checkpoint.js';
import { weightsOf } from './checkedWeights.js';
import { checkedFeatureTensors, findFeatureLayout } from './featureLayouts.js';
import { layersFileKey } from './generatorFamily.js';
import { recogniseLayeredNetwork } from './layersFileLayout.js';

/** Metadata key under which a file of the bundled predictor's kind names its numbers. */
const namesKey = 'outputs';

/**
 * The attribute predictor of a file.
 * @param description text of the layers file that came with it (docs/layers-json.md, kind `predictor`); null for one that
 * carries its own, or for the bundled predictor. What the file does not name is "attribute 0", "attribute 1", …
 * @throws GanvasError `predictor-missing-in-file` when there is neither, `predictor-names`, `unsupported-architecture` for a
 * description of something else, `layers-shape` when it does not take square pictures, those of `recogniseLayeredNetwork`,
 * and of weights (`weights-missing`, `weights-shape`, `weights-unexpected`, `weights-not-finite`)
 */
export function recognisePredictor(checkpoint: Checkpoint, description: string | null): AttributePredictor {
  const text = description ?? checkpoint.metadata[layersFileKey] ?? null;
  return text === null ? bundledPredictor(checkpoint) : describedPredictor(onlyNetwork(checkpoint), text);
}

function bundledPredictor(checkpoint: Checkpoint): AttributePredictor {
  const found = findFeatureLayout(checkpoint);
  if (found?.layout.name !== 'predictor') throw noPredictor(checkpoint);
  const tensors = checkedFeatureTensors(found.stored, found.layout);
  const predictor = new Predictor(weightsOf(tensors));
  const [numbers = 0] = tensors.get('fc1.bias')?.shape ?? [];
  return new NamedPredictor(predictor, namesOf(checkpoint.metadata[namesKey] ?? null, numbers));
}

function describedPredictor(stored: StoredNetwork, text: string): AttributePredictor {
  const { kind, network, attributes } = recogniseLayeredNetwork(stored, text);
  if (kind !== 'predictor') {
    throw new GanvasError(
      'unsupported-architecture',
      `The layers file describes a ${kind}. Expected a predictor, which makes a number for each attribute of a picture.`,
      { kind },
    );
  }
  const [, height, width] = network.description.input;
  if (height !== width) {
    throw new GanvasError(
      'layers-shape',
      `The predictor reads pictures of ${formatShape(network.description.input)}. Expected square ones: [channels, side, side].`,
      { found: formatShape(network.description.input) },
    );
  }
  return new LayeredPredictor(network, attributes ?? numbered(network.output[0] ?? 0));
}

function onlyNetwork({ networks }: Checkpoint): StoredNetwork {
  const [first] = networks;
  if (first !== undefined) return first;
  throw new GanvasError('predictor-missing-in-file', 'The file holds no network. Choose the file of a predictor.');
}

/** @throws GanvasError `predictor-names` for what is no list of as many distinct names */
function namesOf(text: string | null, numbers: number): readonly string[] {
  if (text === null) return numbered(numbers);
  const names = parsed(text);
  const isList = Array.isArray(names) && names.every((name): name is string => typeof name === 'string' && name !== '');
  if (isList && names.length === numbers && new Set(names).size === numbers) return names;
  throw new GanvasError(
    'predictor-names',
    `The predictor makes ${numbers} numbers, and its file does not name them: "${namesKey}" of its metadata must be a JSON list of ${numbers} different names.`,
    { numbers },
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const numbered = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `attribute ${index}`);

function noPredictor({ networks }: Checkpoint): GanvasError {
  const [first] = networks.flatMap(({ tensors }) => [...tensors]);
  const beginning = first ? `it begins with \`${first[0]}\` ${formatShape(first[1].shape)}` : 'it holds no tensor';
  return new GanvasError(
    'predictor-missing-in-file',
    `The file holds no attribute predictor that is known: ${beginning}. Describe yours by a layers file of kind "predictor" and give it along.`,
    first ? { key: first[0] } : {},
  );
}
