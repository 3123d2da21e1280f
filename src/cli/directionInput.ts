import { readDirections } from '../checkpoints/directionFile.js';
import type { Direction } from '../latent/direction.js';
import { usageError } from './arguments.js';
import { readInput } from './files.js';

/**
 * Reads one direction, "dirs.safetensors#3", counted from 0; without "#" the file must hold just one.
 * @throws GanvasError `usage`, `file-missing`, `file-unreadable`, `directions-*`, `safetensors-*`
 */
export async function readDirection(text: string): Promise<Direction> {
  const [, path = text, number] = /^(.+)#([^#]*)$/.exec(text) ?? [];
  const directions = readDirections(await readInput(path, 'a file of directions, as `ganvas discover` writes it'));
  const expected = directions.length === 1 ? `${path} or ${path}#0` : `${path}#0 to ${path}#${directions.length - 1}`;
  if (directions.length === 0) throw usageError(`--direction ${path} holds no directions. Expected at least one.`);
  const index = number === undefined && directions.length === 1 ? '0' : number;
  const found = index !== undefined && /^\d+$/.test(index) ? directions[Number(index)] : undefined;
  if (found) return found;
  throw usageError(`--direction is ${JSON.stringify(text)}. Expected ${expected}, counted from 0.`);
}
