import { GanvasError } from '../engine/errors.js';

/**
 * The browser takes what has arrived into its own keeping, on disk if it is much, in pieces of this size. A whole file
 * of chunks in the page's memory would be there once more when the file is opened.
 */
const PIECE_BYTES = 8 * 2 ** 20;

/** How much of a download is there. */
export interface Received {
  readonly bytes: number;
  /** Null while the server does not say how long the file is. */
  readonly total: number | null;
}

/**
 * Downloads a checkpoint.
 * @throws GanvasError `model-unreachable`, `model-offline`, `model-cors` or `model-insecure-address` when it does not
 * arrive, and `model-missing` when the answer is not a file; whatever `signal` is aborted with
 */
export async function fetchModel(
  url: string,
  onProgress: (received: Received) => void,
  signal: AbortSignal,
): Promise<Blob> {
  const name = fileNameOf(url);
  try {
    const response = await fetch(url, { signal });
    checkAnswer(response, url, name);
    return await readAll(response, onProgress);
  } catch (cause) {
    if (signal.aborted || cause instanceof GanvasError) throw cause;
    // Loaded on demand: most downloads succeed.
    const { downloadFailure } = await import('./library/downloadFailure.js');
    throw await downloadFailure(url, name, cause);
  }
}

function checkAnswer(response: Response, url: string, name: string): void {
  const type = response.headers.get('content-type') ?? '';
  if (response.ok && !type.startsWith('text/html')) return;
  const found = response.ok ? 'a web page' : `status ${response.status}`;
  throw new GanvasError('model-missing', `${name} is not at its address: the server answered with ${found}.`, {
    url,
    status: response.status,
  });
}

async function readAll(response: Response, onProgress: (received: Received) => void): Promise<Blob> {
  const length = Number(response.headers.get('content-length'));
  // A compressed answer states the compressed length, which says nothing about what arrives here.
  const total = length > 0 && !response.headers.has('content-encoding') ? length : null;
  if (response.body === null) return response.blob();
  const reader = response.body.getReader();
  const pieces: Blob[] = [];
  let chunks: BlobPart[] = [];
  let chunkBytes = 0;
  let bytes = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    chunks.push(part.value);
    chunkBytes += part.value.byteLength;
    bytes += part.value.byteLength;
    onProgress({ bytes, total });
    if (chunkBytes < PIECE_BYTES) continue;
    pieces.push(new Blob(chunks));
    chunks = [];
    chunkBytes = 0;
  }
  return new Blob([...pieces, ...chunks]);
}

export function fileNameOf(url: string): string {
  const path = url.split(/[?#]/)[0] ?? url;
  return decodeURIComponent(path.slice(path.lastIndexOf('/') + 1)) || url;
}
