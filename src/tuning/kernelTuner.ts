import type { GpuContext } from '../engine/device.js';
import { GanvasError } from '../engine/errors.js';
import type { ConvGeometry } from '../ops/convGeometry.js';
import type { ConvKind } from '../ops/convKernel.js';
import { convKernelFor, methodsFor, type ConvKernel } from '../ops/convMethod.js';
import { defaultChoices } from '../ops/opLibrary.js';
import { shapeClass, type KernelTable, type MeasuredKernel } from './kernelTable.js';

export interface TuningOptions {
  /** No further class is begun after this long (default 3000 ms); what is left stays as it is, and pending. */
  readonly budgetMilliseconds?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

interface Pending {
  readonly kind: ConvKind;
  readonly g: ConvGeometry;
}

/** Ahead of the default by this much, a kernel is taken: less is noise. */
const smallestGain = 1.05;

/**
 * Chooses convolution kernels by what was measured on an adapter, and remembers which classes of shape graphs asked for that
 * were not measured yet. Measuring them is a call of its own, so that a first picture never waits for it.
 */
export class KernelTuner {
  private table: KernelTable;
  private readonly asked = new Map<string, Pending>();

  constructor(table: KernelTable) {
    this.table = table;
  }

  /** For `KernelChoices.tuned`. */
  readonly choose = (kind: ConvKind, g: ConvGeometry): ConvKernel | null => {
    const key = shapeClass(kind, g);
    const measured = this.table.kernels[key];
    if (measured !== undefined) return measured;
    if (!this.asked.has(key) && methodsFor(kind, g).length > 1) this.asked.set(key, { kind, g });
    return null;
  };

  /** Classes whose kernel was measured. */
  get known(): number {
    return Object.keys(this.table.kernels).length;
  }

  /** Classes that were asked for and not measured, and that there is a choice of kernels for. */
  get pending(): number {
    return this.asked.size;
  }

  /**
   * Measures what is pending, and returns all that is known, for a cache to keep. Graphs that are compiled from then on use it.
   * @throws GanvasError `device-lost`, or `cancelled`
   */
  async tune(context: GpuContext, options: TuningOptions = {}): Promise<KernelTable> {
    const { budgetMilliseconds = 3000, onProgress, signal } = options;
    const end = performance.now() + budgetMilliseconds;
    const total = this.asked.size;
    for (const [index, [key, { kind, g }]] of [...this.asked].entries()) {
      if (performance.now() >= end) break;
      if (signal?.aborted === true) throw new GanvasError('cancelled', 'Measuring kernels was cancelled.');
      const measured = await measureClass(context, kind, g);
      this.asked.delete(key);
      if (measured !== null) this.table = { ...this.table, kernels: { ...this.table.kernels, [key]: measured } };
      onProgress?.(index + 1, total);
    }
    return this.table;
  }
}

/** Null where there is nothing to choose from, or no room to try it. */
async function measureClass(context: GpuContext, kind: ConvKind, g: ConvGeometry): Promise<MeasuredKernel | null> {
  const usual = convKernelFor(defaultChoices(context.adapter), kind, g);
  // Loaded when it is wanted: most pages find what they need in the cache.
  const { measureCandidates } = await import('./measureCandidates.js');
  const timed = await measureCandidates(context, kind, g).catch((error: unknown) => {
    if (error instanceof GanvasError && error.code !== 'device-lost') return [];
    throw error;
  });
  const byDefault = timed.find(({ method, product }) => method === usual.method && product === usual.product);
  if (byDefault === undefined || timed.length < 2) return null;
  const best = timed.reduce((least, each) => (each.milliseconds < least.milliseconds ? each : least));
  const chosen = byDefault.milliseconds / best.milliseconds >= smallestGain ? best : byDefault;
  const { method, product, milliseconds } = chosen;
  return { method, product, milliseconds, defaultMilliseconds: byDefault.milliseconds };
}
