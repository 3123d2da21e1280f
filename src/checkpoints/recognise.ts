import { GanvasError } from '../engine/errors.js';
import { auxiliaryKind } from './auxiliary.js';
import type { Checkpoint, StoredNetwork } from './checkpoint.js';
import { withoutDataParallel } from './dataParallel.js';
import { generatorFamilies } from './generatorFamilies.js';
import { layersFileKey, type GeneratorDescription, type GeneratorFamilyReader } from './generatorFamily.js';
import { describeLayers } from './layersFileLayout.js';
import { describedGenerator, tensorsBeside, type RecognisedGenerator } from './recognisedGenerator.js';
import { unknownNetwork } from './unknownNetwork.js';

export type { RecognisedGenerator } from './recognisedGenerator.js';

/**
 * Finds family and configuration from structure and shapes, and checks every weight.
 * @throws GanvasError `unsupported-architecture` naming the nearest family and the first difference, `weights-missing`,
 * `weights-shape` or `weights-not-finite` naming the tensor.
 */
export function recogniseGenerator(checkpoint: Checkpoint, stored: StoredNetwork): RecognisedGenerator {
  return describedGenerator(checkpoint, stored, describe(checkpoint, withoutDataParallel(stored)));
}

/**
 * Names of the networks that can be run: those of a known family, and those that are built like `chosen`, which may be
 * known by its description alone. Nothing but names and shapes is looked at.
 */
export function generatorNames({ networks }: Checkpoint, chosen: StoredNetwork): readonly string[] {
  return networks
    .filter((network) => isBuiltLike(network, chosen) || familyOf(withoutDataParallel(network)) !== undefined)
    .map(({ name }) => name);
}

function isBuiltLike({ tensors }: StoredNetwork, other: StoredNetwork): boolean {
  if (tensors.size !== other.tensors.size) return false;
  return [...tensors].every(([name, { shape }]) => other.tensors.get(name)?.shape.join() === shape.join());
}

/** By what came with the file to describe it, else by the family that its tensors are of. */
function describe(checkpoint: Checkpoint, network: StoredNetwork): GeneratorDescription {
  const layers = checkpoint.metadata[layersFileKey];
  if (layers !== undefined) return describeLayers(network, layers);
  const family = familyOf(network);
  if (family === undefined) throw unsupported(checkpoint, network);
  return family.describe(network, checkpoint.metadata, tensorsBeside(checkpoint, network));
}

function familyOf(network: StoredNetwork): GeneratorFamilyReader | undefined {
  return generatorFamilies.find(({ recognises }) => recognises(network));
}

function unsupported(checkpoint: Checkpoint, network: StoredNetwork): GanvasError {
  const auxiliary = auxiliaryKind(checkpoint);
  if (auxiliary) {
    return new GanvasError(
      'unsupported-architecture',
      `This is ${auxiliary.description}, and not a generator. \`ganvas invert\` takes it with ${auxiliary.option}.`,
      { option: auxiliary.option },
    );
  }
  return unknownNetwork(network);
}
