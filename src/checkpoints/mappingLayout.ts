/** The mapping network of StyleGAN2 and StyleGAN3 with NVIDIA's PyTorch names: sizes off the shapes, and back. */
import { GanvasError } from '../engine/errors.js';
import type { Shape } from '../engine/shape.js';
import type { StoredNetwork } from './checkpoint.js';
import { missingTensor, shapeOf } from './networkReading.js';
import { nameInFile } from './translatedNetwork.js';

export interface MappingSizes {
  readonly zDim: number;
  readonly wDim: number;
  readonly cDim: number;
  readonly mappingLayers: number;
}

/**
 * @param wDim what the synthesis reads
 * @throws GanvasError `weights-missing` when a layer lies beyond a gap, `weights-shape` when sizes contradict each other
 */
export function mappingSizes(network: StoredNetwork, wDim: number): MappingSizes {
  let mappingLayers = 0;
  while (network.tensors.has(`mapping.fc${mappingLayers}.weight`)) mappingLayers++;
  checkNothingBeyond(network, mappingLayers);
  const embed = network.tensors.get('mapping.embed.weight')?.shape;
  const [cDim, embedFeatures] = embed === undefined ? [0, 0] : [embed[1] ?? 0, embed[0] ?? 0];
  const inFeatures = mappingLayers === 0 ? wDim : (shapeOf(network, 'mapping.fc0.weight')[1] ?? 0);
  const zDim = inFeatures - embedFeatures;
  if (zDim < 0) {
    const key = nameInFile(network, 'mapping.embed.weight');
    throw new GanvasError(
      'weights-shape',
      `The mapping takes ${inFeatures} numbers, fewer than the ${embedFeatures} that \`${key}\` makes of a class; they must hold those and z.`,
      { key, found: embedFeatures, expected: `at most ${inFeatures}` },
    );
  }
  return { zDim, wDim, cDim, mappingLayers };
}

/** A layer after a gap means that one is missing, not that the network is shorter. */
function checkNothingBeyond(network: StoredNetwork, mappingLayers: number): void {
  for (const name of network.tensors.keys()) {
    const index = /^mapping\.fc(\d+)\./.exec(name)?.[1];
    if (index === undefined || Number(index) < mappingLayers) continue;
    const missing = nameInFile(network, `mapping.fc${mappingLayers}.weight`);
    throw missingTensor(missing, `\`${nameInFile(network, name)}\` is there, which comes after it`);
  }
}

/** Names and shapes of the mapping's tensors, w_avg among them where it is there. */
export function mappingShapes(network: StoredNetwork, config: MappingSizes): Map<string, Shape> {
  const shapes = new Map<string, Shape>();
  let features = config.zDim;
  if (config.cDim > 0) {
    const embedFeatures = shapeOf(network, 'mapping.embed.weight')[0] ?? 0;
    shapes.set('mapping.embed.weight', [embedFeatures, config.cDim]);
    shapes.set('mapping.embed.bias', [embedFeatures]);
    features += embedFeatures;
  }
  for (let index = 0; index < config.mappingLayers; index++) {
    const outFeatures =
      index === config.mappingLayers - 1 ? config.wDim : (shapeOf(network, `mapping.fc${index}.weight`)[0] ?? 0);
    shapes.set(`mapping.fc${index}.weight`, [outFeatures, features]);
    shapes.set(`mapping.fc${index}.bias`, [outFeatures]);
    features = outFeatures;
  }
  if (network.tensors.has('mapping.w_avg')) shapes.set('mapping.w_avg', [config.wDim]);
  return shapes;
}
