import { readAnyDirections } from '../checkpoints/foreignDirections.js';
import { GanvasError } from '../engine/errors.js';
import type { Direction } from '../latent/direction.js';
import type { ModelSummary } from '../workbench/api.js';
import { usageError } from './arguments.js';
import { readInput } from './files.js';

/**
 * Reads one direction, "dirs.safetensors#3", counted from 0; without "#" the file must hold just one. Files of other programs
 * are read as well.
 * @param option "--direction"
 * @param anyway takes one that was found on another model
 * @throws GanvasError `usage`, `file-missing`, `file-unreadable`, `direction-other-model`, and those of `readAnyDirections`
 */
export async function readDirection(
  option: string,
  text: string,
  model: ModelSummary,
  anyway: boolean,
): Promise<Direction> {
  const [, path = text, number] = /^(.+)#([^#]*)$/.exec(text) ?? [];
  const { zDim, wDim, numWs, latentSpaces, hash } = model;
  const bytes = await readInput(path, 'a file of directions, as `ganvas discover` writes it');
  const space = latentSpaces.includes('w') ? 'w' : 'z';
  const directions = readAnyDirections(bytes, { name: path, space, zDim, wDim, numWs, latentSpaces });
  if (!anyway) checkBelong(directions, hash);
  const expected = directions.length === 1 ? `${path} or ${path}#0` : `${path}#0 to ${path}#${directions.length - 1}`;
  if (directions.length === 0) throw usageError(`${option} ${path} holds no directions. Expected at least one.`);
  const index = number === undefined && directions.length === 1 ? '0' : number;
  const found = index !== undefined && /^\d+$/.test(index) ? directions[Number(index)] : undefined;
  if (found) return found;
  throw usageError(`${option} is ${JSON.stringify(text)}. Expected ${expected}, counted from 0.`);
}

function checkBelong(directions: readonly Direction[], hash: string): void {
  const stranger = directions.find(({ provenance: { modelHash } }) => modelHash !== null && modelHash !== hash);
  if (stranger === undefined) return;
  throw new GanvasError(
    'direction-other-model',
    `The direction ${JSON.stringify(stranger.name)} was found on another model (${stranger.provenance.modelHash?.slice(0, 8)}…); this one is ${hash.slice(0, 8)}…. Open that model, or add --anyway.`,
    { direction: stranger.name, model: hash },
  );
}
