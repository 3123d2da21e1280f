import type { ProgressReport } from '../workbench/api.js';
import { messagesAreWatched, writeMessage } from './messages.js';

/** Where a command speaks: results on stdout; progress on stderr, only if a person watches. */
export interface Terminal {
  /** Writes a result to stdout; ends the line. */
  readonly print: (text: string) => void;
  /** Shows, or with null takes away, the line of progress. */
  readonly progress: (report: ProgressReport | null) => void;
}

export function processTerminal(): Terminal {
  let shown = '';
  return {
    print: (text) => process.stdout.write(`${text}\n`),
    progress: (report) => {
      if (!messagesAreWatched) return;
      const line = report === null ? '' : progressLine(report);
      if (line === shown) return;
      shown = line;
      // Carriage return, then erase to the end of the line (ECMA-48 EL).
      writeMessage(`\r\u001b[K${line}`);
    },
  };
}

function progressLine({ label, fraction }: ProgressReport): string {
  return fraction === null ? `${printable(label)} …` : `${printable(label)} ${Math.floor(fraction * 100)} %`;
}

/** Text from files and addresses on one line, without characters that steer a terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}
