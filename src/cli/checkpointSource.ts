import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GanvasError } from '../engine/errors.js';
import { bundledModel, parseRegistry, type Registry } from '../workbench/registry.js';
import { readInput } from './files.js';
import type { Terminal } from './terminal.js';

/** The bytes behind a CHECKPOINT operand and the name to call them by. */
export interface CheckpointSource {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The same folder seen from `src/cli` and from `dist/cli`. */
const weights = new URL('../../weights/', import.meta.url);
const EXPECTED = 'a .safetensors, .pkl or .pth checkpoint, an http address, or the name of a bundled model';

/**
 * Reads a file, an http(s) address, or a model of the registry. A name of the registry wins over a file of that name;
 * `./face64` is the file.
 * @throws GanvasError `file-missing`, `file-unreadable`, `model-not-bundled`, `url-refused`, `download-failed`
 */
export async function readCheckpointSource(operand: string, terminal: Terminal): Promise<CheckpointSource> {
  if (/^https?:\/\//i.test(operand)) return download(operand, terminal);
  const registry = await readRegistry();
  const known = registry.models.find(({ name }) => name === operand);
  if (known?.kind === 'bundled') {
    return { name: operand, bytes: await readBundledFile(bundledModel(registry, operand).file) };
  }
  if (known) {
    throw new GanvasError(
      'model-not-bundled',
      `The model "${operand}" does not come with ganvas. Download it from ${known.page} (${known.licence}) and give its file.`,
      { name: operand },
    );
  }
  return { name: basename(operand), bytes: await readInput(operand, EXPECTED) };
}

/**
 * A file of the package's weights folder, by its path there.
 * @throws GanvasError `file-missing`, `file-unreadable`
 */
export function readBundledFile(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return readInput(fileURLToPath(new URL(path, weights)), 'a file that comes with ganvas; install the package again');
}

async function readRegistry(): Promise<Registry> {
  return parseRegistry(JSON.parse(await readFile(new URL('registry.json', weights), 'utf8')));
}

async function download(address: string, terminal: Terminal): Promise<CheckpointSource> {
  const failed = (cause: unknown): GanvasError => {
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
    return new GanvasError('download-failed', `${address} could not be downloaded: ${reason}.`, { address }, { cause });
  };
  if (!URL.canParse(address)) {
    throw new GanvasError('url-refused', `${address} is not an address. Expected ${EXPECTED}.`, { address });
  }
  const response = await fetch(address).catch((cause: unknown) => {
    throw failed(cause);
  });
  if (!response.ok || response.body === null) {
    // A server's own failure is no fault of the address.
    const code = response.status >= 500 ? 'download-failed' : 'url-refused';
    throw new GanvasError(code, `${address} answered ${response.status}. Expected a checkpoint.`, {
      address,
      status: response.status,
    });
  }
  const total = Number(response.headers.get('content-length') ?? 0);
  const pieces: Uint8Array[] = [];
  let received = 0;
  try {
    for await (const piece of response.body as AsyncIterable<Uint8Array>) {
      pieces.push(piece);
      received += piece.length;
      terminal.progress({ label: 'Downloading', fraction: total > 0 ? Math.min(received / total, 1) : null });
    }
  } catch (cause) {
    throw failed(cause);
  }
  const bytes = new Uint8Array(received);
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return { name: decodeURIComponent(basename(new URL(address).pathname)) || new URL(address).host, bytes };
}
