import type { Shape } from '../engine/shape.js';
import { predictorConvolutions } from '../models/predictor.js';
import type { StoredNetwork } from './checkpoint.js';
import { shapeOf } from './networkReading.js';

/** Whether a network is meant to be of the kind of the bundled predictor; its shapes may still be wrong. */
export function isPredictor({ tensors }: StoredNetwork): boolean {
  return tensors.has('convs.0.weight') && tensors.has('fc0.weight');
}

/**
 * Shapes of a predictor (weights/training/nets.py: Predictor, its batch norms folded into the convolutions). Widths and the
 * side of its pictures are those that the file has; how the layers read one another is given.
 * @throws GanvasError `weights-missing`
 */
export function predictorShapes(network: StoredNetwork): Map<string, Shape> {
  const shapes = new Map<string, Shape>();
  const width = (name: string): number => shapeOf(network, `${name}.weight`)[0] ?? 0;
  let channels = shapeOf(network, 'convs.0.weight')[1] ?? 0;
  for (const index of predictorConvolutions) {
    const name = `convs.${index}`;
    shapes.set(`${name}.weight`, [width(name), channels, 3, 3]).set(`${name}.bias`, [width(name)]);
    channels = width(name);
  }
  // The hidden layer reads every place of the last map, which is square.
  const read = shapeOf(network, 'fc0.weight')[1] ?? 0;
  const side = Math.max(1, Math.round(Math.sqrt(read / channels)));
  shapes.set('fc0.weight', [width('fc0'), channels * side ** 2]).set('fc0.bias', [width('fc0')]);
  return shapes.set('fc1.weight', [width('fc1'), width('fc0')]).set('fc1.bias', [width('fc1')]);
}
