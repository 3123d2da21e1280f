import { GanvasError } from '../engine/errors.js';
import type { Checkpoint, StoredNetwork } from './checkpoint.js';

/**
 * Names of generators in files, best first: the averaged weights that make the pictures people know, then a bare
 * state dict, then the generator as it was in training, for files that hold no average.
 */
const GENERATOR_NAMES = ['G_ema', 'g_ema', 'generator_smooth', '', 'G', 'g', 'generator'];

/**
 * The network to run: the one called `wanted`, else the first of `G_ema`, `g_ema`, `generator_smooth`, the bare state
 * dict, `G`, `g`, `generator`.
 *
 * @throws GanvasError `checkpoint-network-missing` when `wanted` is not in the file, `checkpoint-no-generator`.
 */
export function chooseGenerator(checkpoint: Checkpoint, wanted?: string): StoredNetwork {
  const { networks, inertGlobals } = checkpoint;
  if (wanted !== undefined) {
    const network = networks.find((candidate) => candidate.name === wanted);
    if (network) return network;
    throw new GanvasError(
      'checkpoint-network-missing',
      `The file has no network ${JSON.stringify(wanted)}. It has ${networks.map(({ name }) => name || '(unnamed)').join(', ')}.`,
      { wanted },
    );
  }
  for (const name of GENERATOR_NAMES) {
    const network = networks.find((candidate) => candidate.name === name);
    if (network) return network;
  }
  const tensorCount = networks.reduce((sum, network) => sum + network.tensors.size, 0);
  throw noGenerator({ networks, inertGlobals, tensorCount });
}

/** Modules that reach out of a program; where a file names one, people should see that name first. */
const REACHING_MODULES = /^(os|subprocess|sys|builtins|shutil|socket|runpy|importlib|pty|ctypes|webbrowser)\./;
const MOST_SHOWN = 3;
const MOST_LISTED = 50;

function listGlobals(inertGlobals: readonly string[]): string {
  const reaching = inertGlobals.filter((name) => REACHING_MODULES.test(name));
  const rest = inertGlobals.filter((name) => !REACHING_MODULES.test(name));
  const shown = [...reaching, ...rest].slice(0, MOST_SHOWN).map((name) => `\`${name}\``);
  const more = inertGlobals.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(' and ');
}

/** Says what was found instead of a generator, and, when a pickle asked for code, that none ran. */
export function noGenerator(found: {
  readonly networks: readonly StoredNetwork[];
  readonly inertGlobals: readonly string[];
  readonly tensorCount: number;
}): GanvasError {
  const { networks, inertGlobals, tensorCount } = found;
  const sentences: string[] = [];
  if (inertGlobals.length > 0) {
    sentences.push(`This file asks to run ${listGlobals(inertGlobals)}. ganvas never runs code from a file;`);
  } else {
    sentences.push('This file can be read, but there is no generator in it:');
  }
  const read = tensorCount === 1 ? '1 tensor was read' : `${tensorCount} tensors were read`;
  sentences.push(`${read}, no generator was found in ${tensorCount === 1 ? 'it' : 'them'}.`);
  if (networks.length > 0) sentences.push(`The networks in it are ${networks.map(({ name }) => name).join(', ')}.`);
  return new GanvasError('checkpoint-no-generator', sentences.join(' '), {
    tensors: tensorCount,
    inertGlobals: inertGlobals.slice(0, MOST_LISTED).join(', '),
  });
}
