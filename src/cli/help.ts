import { COMMON_OPTIONS } from './arguments.js';
import type { CommandSyntax, OptionSpec } from './commandSyntax.js';

const WIDTH = 100;

/** The help of the whole program. */
export function programHelp(commands: readonly CommandSyntax[], version: string): string {
  return [
    `ganvas ${version}: run and edit GAN generators on WebGPU.`,
    '',
    'Usage: ganvas COMMAND … [options]',
    '',
    'Commands',
    ...table(commands.map(({ name, summary }) => [name, summary])),
    '',
    'Options',
    ...table([
      ['--help', 'Show this help; after a command, the help of that command.'],
      ['--version', 'Show the version.'],
      ['--debug', 'Show where an error came from.'],
    ]),
    '',
    ...wrap(
      'CHECKPOINT is a file (.safetensors, an NVIDIA .pkl snapshot or a PyTorch .pth), an http address, or face64, the bundled model. ' +
        'Errors are one line on stderr; the exit code is 2 for bad input and 1 for a failure.',
    ),
    '',
    'Example',
    '  ganvas generate face64 --seeds 0-3 --out faces',
  ].join('\n');
}

/** The help of one command. */
export function commandHelp({ name, summary, operands, usage, options, notes, examples }: CommandSyntax): string {
  return [
    summary,
    '',
    `Usage: ganvas ${[name, ...operands, usage].filter((part) => part !== '').join(' ')}`,
    '',
    'Options',
    ...table(Object.entries({ ...options, ...COMMON_OPTIONS }).map(optionRow)),
    ...notes.flatMap((note) => ['', ...wrap(note)]),
    '',
    examples.length === 1 ? 'Example' : 'Examples',
    ...examples.map((example) => `  ${example}`),
  ].join('\n');
}

function optionRow([name, { value, help, repeats }]: readonly [string, OptionSpec]): readonly [string, string] {
  return [value === null ? `--${name}` : `--${name} ${value}`, repeats ? `${help} May be given several times.` : help];
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return rows.flatMap(([left, right]) =>
    wrap(right, WIDTH - width - 2).map((line, index) => `  ${(index === 0 ? left : '').padEnd(width)}${line}`),
  );
}

/** Breaks at spaces. */
function wrap(text: string, width = WIDTH): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length + 1 > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
