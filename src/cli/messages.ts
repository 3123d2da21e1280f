import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';

/** Variable that names the file descriptor for messages in a process whose stderr is not for people. */
export const MESSAGES_VARIABLE = 'GANVAS_MESSAGES';
const STDERR = 2;

/** Where errors and progress go: stderr, or what `quietProcess.ts` has put in its place. */
const descriptor = Number(process.env[MESSAGES_VARIABLE] ?? STDERR);

/** True when a person watches. */
export const messagesAreWatched = isatty(descriptor);

/** Writes at once, so that nothing is lost when the process ends right after. */
export function writeMessage(text: string): void {
  try {
    writeSync(descriptor, text);
  } catch {
    // A closed stderr is the caller's choice, and there is nowhere else to say anything.
  }
}
