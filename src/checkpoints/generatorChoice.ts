import { GanvasError } from '../engine/errors.js';
import type { Checkpoint, StoredNetwork } from './checkpoint.js';

/**
 * Names of generators in files, best first: the averaged weights that make the pictures people know, then the generator
 * as it was in training, for files that hold no average. A bare state dict comes last, because single tensors beside
 * networks (`latent_avg`, `fixed_noise`) are called the same.
 */
const GENERATOR_NAMES = [
  ...['G_ema', 'g_ema', 'generator_smooth', 'generator_ema', 'netG_ema', 'Gs'],
  ...['G', 'g', 'generator', 'netG', 'G_state_dict', 'generator_state_dict', 'netG_state_dict', ''],
];

/**
 * The network to run: the one called `wanted`, else the first that has one of the names that projects give to generators,
 * averaged ones before others, a bare state dict last. A sole network is taken under any name when it `isDescribed`: whoever
 * wrote a description of it calls it a generator.
 *
 * @throws GanvasError `checkpoint-network-missing` when `wanted` is not in the file, `checkpoint-no-generator`.
 */
export function chooseGenerator(
  checkpoint: Checkpoint,
  wanted: string | null = null,
  isDescribed = false,
): StoredNetwork {
  const { networks, inertGlobals } = checkpoint;
  if (wanted !== null) {
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
  const [first, ...others] = networks;
  if (isDescribed && first && others.length === 0) return first;
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
