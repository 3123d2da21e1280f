import { GanvasError } from '../engine/errors.js';

/**
 * Downloads a checkpoint with progress (0…1, null while the server does not say how long it is).
 * Throws `model-unreachable` when it does not arrive and `model-missing` when the answer is not a file.
 */
export async function fetchModel(
  url: string,
  onProgress: (fraction: number | null) => void,
  signal: AbortSignal,
): Promise<Blob> {
  const name = fileNameOf(url);
  const response = await fetch(url, { signal }).catch((cause: unknown) => {
    if (signal.aborted) throw cause;
    throw new GanvasError(
      'model-unreachable',
      `${name} could not be downloaded: no answer from ${hostOf(url)}.`,
      { url },
      { cause },
    );
  });
  const type = response.headers.get('content-type') ?? '';
  if (!response.ok || type.startsWith('text/html')) {
    const found = response.ok ? 'a web page' : `status ${response.status}`;
    throw new GanvasError('model-missing', `${name} is not at its address: the server answered with ${found}.`, {
      url,
      status: response.status,
    });
  }
  return readAll(response, onProgress);
}

async function readAll(response: Response, onProgress: (fraction: number | null) => void): Promise<Blob> {
  const length = Number(response.headers.get('content-length'));
  const encoded = response.headers.has('content-encoding');
  if (response.body === null) return response.blob();
  const reader = response.body.getReader();
  const chunks: BlobPart[] = [];
  let received = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    chunks.push(part.value);
    received += part.value.byteLength;
    // A compressed answer states the compressed length, which says nothing about what arrives here.
    onProgress(length > 0 && !encoded ? Math.min(1, received / length) : null);
  }
  return new Blob(chunks);
}

export function fileNameOf(url: string): string {
  const path = url.split(/[?#]/)[0] ?? url;
  return decodeURIComponent(path.slice(path.lastIndexOf('/') + 1)) || url;
}

function hostOf(url: string): string {
  return new URL(url, document.baseURI).host || 'this computer';
}
