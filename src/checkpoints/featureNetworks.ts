import { GanvasError } from '../engine/errors.js';
import { formatShape } from '../engine/shape.js';
import { AlexNet } from '../models/alexnet.js';
import type { FeatureNetwork } from '../models/featureNetwork.js';
import { Predictor } from '../models/predictor.js';
import { SqueezeNet } from '../models/squeezenet.js';
import { Vgg16 } from '../models/vgg16.js';
import type { Weights } from '../models/weights.js';
import type { Checkpoint, StoredTensor } from './checkpoint.js';
import { weightsOf } from './checkedWeights.js';
import { checkedFeatureTensors, findFeatureLayout, type FeatureLayout } from './featureLayouts.js';
import { inertNotes } from './notes.js';

/** A network for perceptual losses, ready to be traced. */
export interface RecognisedFeatureNetwork {
  readonly network: FeatureNetwork;
  /** In a sentence: "torchvision’s VGG16". */
  readonly title: string;
  /** The tensors that it uses, by their names in the file. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** What was recognised or inert, in sentences. */
  readonly notes: readonly string[];
}

type FeatureNetworkClass = new (weights: Weights) => FeatureNetwork;

const CLASSES: Readonly<Record<FeatureLayout['name'], FeatureNetworkClass>> = {
  vgg16: Vgg16,
  alexnet: AlexNet,
  squeezenet: SqueezeNet,
  predictor: Predictor,
};

/**
 * The feature network of a file: torchvision's VGG16, AlexNet or SqueezeNet 1.1, or the attribute predictor that comes
 * with face64. It is told by names and shapes; classifiers are never read.
 *
 * @throws GanvasError `features-missing` when the file holds none of these, `weights-unexpected`, `weights-missing`,
 *   `weights-shape`, `weights-not-finite` naming the first tensor that is wrong and what was expected.
 */
export function recogniseFeatureNetwork(checkpoint: Checkpoint): RecognisedFeatureNetwork {
  const found = findFeatureLayout(checkpoint);
  if (!found) throw noFeatures(checkpoint);
  const { layout, stored } = found;
  const tensors = checkedFeatureTensors(stored, layout);
  return {
    network: new CLASSES[layout.name](weightsOf(tensors)),
    title: layout.title,
    tensors,
    notes: [`This is ${layout.title}.`, ...inertNotes(checkpoint)],
  };
}

function noFeatures({ networks }: Checkpoint): GanvasError {
  const [first] = networks.flatMap(({ tensors }) => [...tensors]);
  const [key, tensor] = first ?? [];
  const beginning = tensor ? `it begins with \`${key ?? ''}\` ${formatShape(tensor.shape)}` : 'it holds no tensor';
  return new GanvasError(
    'features-missing',
    `The file holds no network for perceptual losses: ${beginning}. Expected torchvision’s VGG16 ` +
      '(`features.0.weight` [64, 3, 3, 3] …), AlexNet (`features.0.weight` [64, 3, 11, 11] …) or SqueezeNet 1.1 ' +
      '(`features.3.squeeze.weight` [16, 64, 1, 1] …).',
    key === undefined ? {} : { key },
  );
}
