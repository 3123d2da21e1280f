import { GanvasError } from '../engine/errors.js';
import { at } from '../engine/shape.js';
import { Predictor } from '../models/predictor.js';
import { StyleEncoder } from '../models/styleEncoder.js';
import type { Checkpoint } from './checkpoint.js';
import { checkedTensors, weightsOf } from './checkedWeights.js';
import { isPredictor, predictorShapes } from './predictorLayout.js';

/** Metadata: the `modelHash` of the generator, and the shape of W+ as "numWs,wDim". */
const [modelKey, shapeKey] = ['encoder_of', 'encoder_styles'];

/**
 * The style encoder of a file: a network of the kind of the bundled predictor (weights/training/nets.py) whose metadata say
 * which generator it was trained for (`encoder_of`) and the shape of W+ (`encoder_styles`: "10,128").
 * @throws GanvasError `encoder-missing-in-file` when there is no such network, or no such metadata; `weights-missing`,
 *   `weights-shape`, `weights-not-finite` naming the tensor
 */
export function recogniseEncoder({ networks, metadata }: Checkpoint): StyleEncoder {
  const network = networks.find(isPredictor);
  const modelHash = metadata[modelKey];
  const [numWs = NaN, wDim = NaN, ...rest] = (metadata[shapeKey] ?? '').split(',').map(Number);
  if (network === undefined || modelHash === undefined || rest.length > 0 || !(numWs > 0 && wDim > 0)) {
    throw new GanvasError(
      'encoder-missing-in-file',
      `The file holds no style encoder. Expected the layers of a predictor (\`convs.0.weight\` … \`fc1.bias\`), and the metadata \`${modelKey}\` (the model’s hash) and \`${shapeKey}\` ("numWs,wDim").`,
    );
  }
  const tensors = checkedTensors(network, predictorShapes(network), 'of a style encoder');
  const numbers = at(tensors.get('fc1.bias')?.shape ?? [0], 0);
  if (numbers !== numWs * wDim) {
    throw new GanvasError(
      'encoder-missing-in-file',
      `The encoder makes ${numbers} numbers, and its file says that they are ${numWs} styles of ${wDim}. Expected ${numWs * wDim}.`,
      { numbers },
    );
  }
  return new StyleEncoder(modelHash, { numWs, wDim }, new Predictor(weightsOf(tensors)));
}
