import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { EXIT_BAD_INPUT, EXIT_FAILURE } from './failure.js';
import { MESSAGES_VARIABLE, writeMessage } from './messages.js';

/*
 * Dawn, the Vulkan loader and drivers write warnings to stderr with no way to turn them off, and scripts rely on stderr
 * for our one line. A library that writes to the file descriptor cannot be silenced from within its process: so the
 * work runs in a child process without a stderr, and with ours as another descriptor.
 */

const MESSAGES = 3;
const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** True on Linux and macOS, unless this process already is the child. */
export function needsQuietProcess(): boolean {
  return process.platform !== 'win32' && process.env[MESSAGES_VARIABLE] === undefined;
}

/**
 * Runs this command line in a child. Resolves to its exit code.
 * @param chatter true lets the drivers speak, for `--debug`
 */
export function runInQuietProcess(argv: readonly string[], chatter: boolean): Promise<number> {
  const [, script = ''] = process.argv;
  const child = spawn(process.execPath, [...process.execArgv, script, ...argv], {
    // The channel carries no messages; it tells the child when this process is gone.
    stdio: ['inherit', 'inherit', chatter ? 'inherit' : 'ignore', process.stderr.fd, 'ipc'],
    env: { ...process.env, [MESSAGES_VARIABLE]: String(MESSAGES) },
  });
  for (const signal of PASSED_ON) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.on('error', (error) => {
      writeMessage(`ganvas: The work could not be started: ${error.message}.\n`);
      resolve(EXIT_FAILURE);
    });
    child.on('exit', (code, signal) => resolve(exitCodeAfter(code, signal)));
  });
}

/** What the child left unsaid is said here: a crash of the driver, or an end by the system. */
function exitCodeAfter(code: number | null, signal: NodeJS.Signals | null): number {
  if (signal !== null && PASSED_ON.some((passed) => passed === signal)) return 128 + constants.signals[signal];
  if (code === 0 || code === EXIT_FAILURE || code === EXIT_BAD_INPUT) return code;
  const end = signal ?? `exit code ${String(code)}`;
  writeMessage(
    `ganvas: The work was cut short (${end}): the graphics driver crashed, or memory ran out. Update the driver, or try a smaller model.\n`,
  );
  return EXIT_FAILURE;
}

/** In the child: ends with the parent, however that ends. */
export function endWithParent(): void {
  if (process.env[MESSAGES_VARIABLE] === undefined || process.channel === undefined) return;
  process.on('disconnect', () => process.exit(EXIT_FAILURE));
  process.channel.unref();
}
