import { requestGpu } from '../engine/device.js';
import { Engine } from '../engine/engine.js';
import { GanvasError } from '../engine/errors.js';
import { opLibrary } from '../ops/opLibrary.js';
import type { AdapterSummary } from './api.js';

/** How often a lost device is replaced before giving up; losses this far apart are counted anew. */
const maxRecoveries = 3;
const calmMilliseconds = 60_000;

/** Keeps one engine alive: asks for the device, notices its loss, and replaces it. */
export class GpuHost {
  private current: Promise<Engine> | null = null;
  private recoveries = 0;
  private lastLoss = -Infinity;

  /**
   * @param gpu `navigator.gpu`, or Dawn's
   * @param onLost called when the device is gone and another may be had; not after `dispose`
   * @param onError errors that no call is waiting for
   */
  constructor(
    private readonly gpu: GPU | undefined,
    private readonly onLost: (error: GanvasError, mayRecover: boolean) => void,
    private readonly onError: (error: GanvasError) => void,
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
      return new Engine(context, opLibrary);
    } catch (error) {
      this.current = null;
      throw error;
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
