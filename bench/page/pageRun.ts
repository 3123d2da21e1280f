/** A run of the benchmark in a page. */
import { requestGpu } from '../../src/engine/device.js';
import { Engine } from '../../src/engine/engine.js';
import { GanvasError } from '../../src/engine/errors.js';
import { opLibraryFor } from '../../src/ops/opLibrary.js';
import { runBench, type Suite } from '../main.js';
import { webRuntimes } from '../peers/webRuntimes.js';
import type { BenchReport } from '../report.js';

export interface PageRun {
  readonly suites: readonly Suite[];
  readonly samples: number;
  readonly signal: AbortSignal;
  readonly onProgress: (label: string) => void;
}

const model = { name: 'face64', path: '../weights/face64/face64-g.safetensors' };

/**
 * Stops between two workloads when `signal` says so.
 * @throws GanvasError `cancelled`, `bench-hidden`, `model-unreachable`, and what `requestGpu` and `runBench` throw
 */
export async function runInPage({ suites, samples, signal, onProgress }: PageRun): Promise<BenchReport> {
  const context = await requestGpu(navigator.gpu);
  const engine = new Engine(context, opLibraryFor(context.adapter));
  try {
    return await runBench({
      engine,
      suites,
      samples,
      models: [{ name: model.name, bytes: await fetchModel() }],
      loadPeers: webRuntimes,
      onProgress: (label) => {
        checkWatched(signal);
        onProgress(label);
      },
    });
  } finally {
    engine.dispose();
    context.device.destroy();
  }
}

function checkWatched(signal: AbortSignal): void {
  if (signal.aborted) throw new GanvasError('cancelled', 'Stopped. Nothing was kept of this run.');
  // Browsers slow a hidden page down: its figures would be about that.
  if (document.hidden) {
    throw new GanvasError(
      'bench-hidden',
      'The page was hidden, and browsers slow hidden pages down. Run it again and stay.',
    );
  }
}

async function fetchModel(): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(new URL(model.path, document.baseURI)).catch(() => null);
  if (response?.ok === true) return new Uint8Array(await response.arrayBuffer());
  throw new GanvasError(
    'model-unreachable',
    `The bundled model did not load from ${model.path}. Check that weights/ is served beside bench/.`,
  );
}
