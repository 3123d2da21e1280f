import { version } from '../../package.json';
import { COMMON_OPTIONS, parseArguments, usageError } from './arguments.js';
import type { Command } from './command.js';
import { bench } from './commands/bench.js';
import { convert } from './commands/convert.js';
import { discover } from './commands/discover.js';
import { dissect } from './commands/dissect.js';
import { edit } from './commands/edit.js';
import { generate } from './commands/generate.js';
import { info } from './commands/info.js';
import { invert } from './commands/invert.js';
import { measure } from './commands/measure.js';
import { mix } from './commands/mix.js';
import { realness } from './commands/realness.js';
import { tune } from './commands/tune.js';
import { walk } from './commands/walk.js';
import { describeFailure } from './failure.js';
import { commandHelp, programHelp } from './help.js';
import { writeMessage } from './messages.js';
import { endWithParent, needsQuietProcess, runInQuietProcess } from './quietProcess.js';
import { processTerminal, type Terminal } from './terminal.js';

const COMMANDS: readonly Command[] = [
  info,
  generate,
  convert,
  discover,
  dissect,
  edit,
  mix,
  walk,
  invert,
  measure,
  realness,
  bench,
  tune,
];

/** Runs `ganvas …argv` and resolves to the exit code: 0, 1 for a failure, 2 for bad input. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const terminal = processTerminal();
  try {
    return await dispatch(argv, terminal);
  } catch (thrown) {
    terminal.progress(null);
    const { text, exitCode } = describeFailure(thrown, argv.includes('--debug'));
    writeMessage(`${text}\n`);
    return exitCode;
  }
}

async function dispatch(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [word, ...rest] = argv.filter((argument, index) => index > 0 || argument !== '--debug');
  if (word === '--version' || word === '-v') {
    terminal.print(version);
    return 0;
  }
  if (word === '--help' || word === '-h') {
    terminal.print(programHelp(COMMANDS, version));
    return 0;
  }
  const command = findCommand(word);
  const args = parseArguments(command, rest);
  if (args.has('help')) {
    terminal.print(commandHelp(command));
    return 0;
  }
  if (command.usesGpu && needsQuietProcess()) return runInQuietProcess(argv, args.has('debug'));
  endWithParent();
  await command.run(args, terminal);
  terminal.progress(null);
  return 0;
}

function findCommand(word: string | undefined): Command {
  const names = COMMANDS.map(({ name }) => name).join(', ');
  if (word === undefined) {
    throw usageError(`A command is missing. Expected one of ${names}; "ganvas --help" explains them.`);
  }
  const found = COMMANDS.find(({ name }) => name === word);
  if (found) return found;
  const what = word.startsWith('-') ? 'option' : 'command';
  const options = Object.keys(COMMON_OPTIONS).map((name) => `--${name}`);
  const expected = what === 'command' ? names : ['--version', ...options].join(', ');
  throw usageError(`There is no ${what} ${JSON.stringify(word)}. Expected one of ${expected}.`);
}
