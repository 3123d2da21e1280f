import type { Direction } from '../../src/latent/direction.js';
import type { PlantedGenerator } from './plantedGenerator.js';

/** A unit shift of w at every layer of the planted generator. */
export function directionOf(generator: PlantedGenerator, name: string, vector: ArrayLike<number>): Direction {
  return {
    name,
    space: 'w',
    layers: generator.wLayers.map(({ index }) => index),
    dim: generator.wDim,
    vectors: Float32Array.from(vector),
    unit: 'unit length in w',
    provenance: { method: 'planted', parameters: {}, modelHash: null },
    statistics: {},
  };
}
