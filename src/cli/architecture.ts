import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { bigganDeepFamily } from '../checkpoints/bigganDeepLayout.js';
import { isBigGanConfig } from '../checkpoints/layersFileRecognition.js';
import { chooseGenerator, readCheckpoint } from '../checkpoints/open.js';
import type { CheckpointSource } from './checkpointSource.js';
import type { OptionSpec } from './commandSyntax.js';
import { readInput } from './files.js';

/** Of every command that opens a checkpoint. */
export const CHECKPOINT_OPTIONS: Readonly<Record<'arch' | 'network', OptionSpec>> = {
  arch: {
    value: 'layers.json',
    help: 'What the weights do not say: a layers.json (docs/layers-json.md), or the config.json of a BigGAN-deep.',
  },
  network: {
    value: 'NAME',
    help: 'Network of the file, by its name (default the averaged generator, such as G_ema); `info` lists them.',
  },
};

/** @throws GanvasError `file-missing`, `file-unreadable` */
export async function readDescription(path: string): Promise<string> {
  return new TextDecoder().decode(await readInput(path, 'a layers.json'));
}

/**
 * The `config.json` in the folder of a BigGAN-deep, as Hugging Face lays out its repositories; null for other checkpoints
 * and where there is none.
 */
export async function configBeside(
  operand: string,
  { bytes, name }: CheckpointSource,
  network: string | null,
): Promise<string | null> {
  const text = await readFile(join(dirname(operand), 'config.json'), 'utf8').catch(() => null);
  if (text === null || !isBigGanConfig(text)) return null;
  return bigganDeepFamily.recognises(chooseGenerator(readCheckpoint(bytes, name), network, true)) ? text : null;
}
