import { GanvasError } from './errors.js';

export interface AdapterDescription {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  /** SwiftShader and llvmpipe: correct results, timed on a CPU. */
  readonly software: boolean;
}

/** A device and what the engine knows of it. */
export interface GpuContext {
  readonly device: GPUDevice;
  readonly adapter: AdapterDescription;
}

/** Limits without which the kernels cannot run at all: WebGPU's own defaults. */
const neededLimits = {
  maxStorageBuffersPerShaderStage: 8,
  maxComputeInvocationsPerWorkgroup: 256,
  maxStorageBufferBindingSize: 128 * 1024 * 1024,
} as const;

/** Limits raised to what the adapter offers, because large models need them. */
const raisedLimits = ['maxStorageBufferBindingSize', 'maxBufferSize'] as const;
const optionalFeatures = ['timestamp-query', 'shader-f16', 'subgroups'] as const;

/**
 * Asks for an adapter and a device.
 * @param gpu `navigator.gpu` in a page or Worker, Dawn's in Node; undefined where there is none.
 * @throws GanvasError `gpu-no-webgpu`, `gpu-no-adapter`, `gpu-limits-too-small`, or `gpu-no-device` when the browser or
 *   the driver refuses.
 */
export async function requestGpu(gpu: GPU | undefined): Promise<GpuContext> {
  if (gpu === undefined) {
    throw new GanvasError(
      'gpu-no-webgpu',
      'WebGPU is not available here. Use a current Chrome, Edge, Safari or Firefox, on a page served by https or localhost.',
    );
  }
  const adapter = await orNoDevice('an adapter', () => gpu.requestAdapter({ powerPreference: 'high-performance' }));
  if (adapter === null) {
    throw new GanvasError(
      'gpu-no-adapter',
      'WebGPU is there, but it found no graphics adapter. Check that hardware acceleration is on and the driver is current.',
    );
  }
  checkLimits(adapter);
  const device = await orNoDevice('a device', () =>
    adapter.requestDevice({
      label: 'ganvas',
      requiredFeatures: optionalFeatures.filter((feature) => adapter.features.has(feature)),
      requiredLimits: Object.fromEntries(raisedLimits.map((limit) => [limit, adapter.limits[limit]])),
    }),
  );
  return { device, adapter: describeAdapter(adapter.info) };
}

/** Requests reject when the GPU process has crashed, or the driver refuses: that is no fault of this program. */
async function orNoDevice<T>(wanted: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GanvasError(
      'gpu-no-device',
      `WebGPU refused ${wanted}: ${reason.replace(/\.$/, '')}. Restart the browser, close other programs that use the GPU, and check that its driver is current.`,
      { reason },
    );
  }
}

function checkLimits(adapter: GPUAdapter): void {
  for (const [limit, needed] of Object.entries(neededLimits)) {
    const available = Number(adapter.limits[limit as keyof typeof neededLimits]);
    if (available >= needed) continue;
    throw new GanvasError(
      'gpu-limits-too-small',
      `The graphics adapter offers ${limit} ${available}; ganvas needs ${needed}. Try another browser or adapter.`,
      { limit, needed, available },
    );
  }
}

function describeAdapter(info: GPUAdapterInfo): AdapterDescription {
  const { vendor, architecture, device, description } = info;
  const software = /swiftshader|llvmpipe|lavapipe|software|basic render/i.test(
    `${architecture} ${device} ${description}`,
  );
  return { vendor, architecture, device, description, software };
}
