#!/usr/bin/env node
import { runCommandLine } from './commandLine.js';
import { describeFailure } from './failure.js';
import { writeMessage } from './messages.js';

const argv = process.argv.slice(2);

// A reader that has seen enough (`ganvas info … | head -1`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
// What no one awaited, such as an error event of a stream, ends as the other failures do: in one line.
process.on('uncaughtException', (thrown) => {
  const { text, exitCode } = describeFailure(thrown, argv.includes('--debug'));
  writeMessage(`${text}\n`);
  process.exit(exitCode);
});
process.exitCode = await runCommandLine(argv);
