import { requestGpu } from '../engine/device.js';
import { Engine } from '../engine/engine.js';
import { GanvasError } from '../engine/errors.js';
import { opLibraryFor } from '../ops/opLibrary.js';
import { readKernelTable } from '../tuning/kernelTable.js';
import { KernelTuner } from '../tuning/kernelTuner.js';
import type { AdapterSummary, TuningMode } from './api.js';
import type { KernelStore } from './kernelStore.js';

/** How often a lost device is replaced before giving up; losses this far apart are counted anew. */
const maxRecoveries = 3;
const calmMilliseconds = 60_000;

/** Keeps one engine alive: asks for the device, notices its loss, and replaces it; and knows which kernels suit it. */
export class GpuHost {
  private current: Promise<Engine> | null = null;
  private recoveries = 0;
  private lastLoss = -Infinity;
  private tuner: KernelTuner | null = null;
  private tuning: Promise<void> | null = null;

  /**
   * @param gpu `navigator.gpu`, or Dawn's
   * @param onLost called when the device is gone and another may be had; not after `dispose`
   * @param onError errors that no call is waiting for
   * @param kernels where measured kernels are kept across reloads
   */
  constructor(
    private readonly gpu: GPU | undefined,
    private readonly onLost: (error: GanvasError, mayRecover: boolean) => void,
    private readonly onError: (error: GanvasError) => void,
    private readonly kernels: KernelStore,
  ) {}

  /** @throws GanvasError `gpu-no-webgpu`, `gpu-no-adapter`, `gpu-limits-too-small` */
  engine(): Promise<Engine> {
    this.current ??= this.create();
    return this.current;
  }

  /** The canvas format this machine draws fastest. */
  get canvasFormat(): GPUTextureFormat {
    return this.gpu?.getPreferredCanvasFormat() ?? 'bgra8unorm';
  }

  private async create(): Promise<Engine> {
    try {
      const context = await requestGpu(this.gpu);
      context.device.addEventListener('uncapturederror', ({ error }) => this.onError(gpuError(error)));
      void context.device.lost.then((info) => this.handleLoss(info));
      this.tuner = new KernelTuner(readKernelTable(await this.kernels.load(context.adapter), context.adapter));
      return new Engine(context, opLibraryFor(context.adapter, { tuned: this.tuner.choose }));
    } catch (error) {
      this.current = null;
      throw error;
    }
  }

  /**
   * Measures, once a picture is there, kernels for shapes that were not measured yet, for some seconds at the most, and keeps
   * what came of it: what is compiled from then on uses it. Adapters that compute on the processor have fixed kernels,
   * unless `mode` is `always`: there compiling takes longer than choosing gains.
   */
  tune(engine: Engine, mode: TuningMode): Promise<void> {
    if (mode === 'off' || (mode === 'auto' && engine.adapter.software)) return Promise.resolve();
    this.tuning ??= this.tuneNow(engine).finally(() => (this.tuning = null));
    return this.tuning;
  }

  private async tuneNow(engine: Engine): Promise<void> {
    if (this.tuner === null || this.tuner.pending === 0) return;
    try {
      await this.kernels.save(await this.tuner.tune(engine));
    } catch {
      // A device that was lost meanwhile is told of by its loss; the kernels stay as they are.
    }
  }

  private handleLoss({ reason, message }: GPUDeviceLostInfo): void {
    if (reason === 'destroyed') return;
    this.current = null;
    const now = performance.now();
    this.recoveries = now - this.lastLoss > calmMilliseconds ? 1 : this.recoveries + 1;
    this.lastLoss = now;
    const mayRecover = this.recoveries <= maxRecoveries;
    const advice = mayRecover
      ? 'It is being set up again; the picture and its edits are kept.'
      : 'It was lost too often. Reload the page, or close other programs that use it.';
    const error = new GanvasError(
      'device-lost',
      `The graphics device was lost (${message || 'no reason given'}). ${advice}`,
    );
    this.onLost(error, mayRecover);
  }
}

export function adapterSummary({ adapter, device }: Engine): AdapterSummary {
  const { vendor, architecture, description, software } = adapter;
  return { vendor, architecture, description, software, features: [...device.features].sort() };
}

function gpuError(error: GPUError): GanvasError {
  const isMemory = typeof GPUOutOfMemoryError !== 'undefined' && error instanceof GPUOutOfMemoryError;
  return isMemory
    ? new GanvasError('gpu-out-of-memory', 'The GPU ran out of memory. Close other tabs, or use a smaller model.')
    : new GanvasError('gpu-error', `The GPU reported an error: ${error.message}`);
}
