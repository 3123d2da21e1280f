import { testGpu } from '../setup/gpu.js';

/** Calls counted on every device handed out. */
export type CallCounts = Record<string, number>;

const counted = [
  'createBuffer',
  'createBindGroup',
  'createBindGroupLayout',
  'createComputePipeline',
  'createComputePipelineAsync',
  'createRenderPipeline',
  'createRenderPipelineAsync',
  'createShaderModule',
  'createTexture',
  'createQuerySet',
] as const;

export interface InstrumentedGpu {
  readonly gpu: GPU;
  readonly calls: CallCounts;
  /** Forgets what was counted so far. */
  reset(): void;
  /** Ends the newest device as a driver crash would. */
  loseDevice(message: string): void;
}

/** The test GPU, counting what is created and submitted, with a device loss that can be called for. */
export function instrumentedGpu(): InstrumentedGpu {
  const real = testGpu();
  const calls: CallCounts = {};
  const count = (name: string): void => void (calls[name] = (calls[name] ?? 0) + 1);
  let lose: (info: GPUDeviceLostInfo) => void = () => undefined;

  const wrapDevice = (device: GPUDevice): GPUDevice => {
    for (const name of counted) {
      const original = device[name].bind(device) as (...args: unknown[]) => unknown;
      Object.defineProperty(device, name, {
        value: (...args: unknown[]) => {
          count(name);
          return original(...args);
        },
      });
    }
    const submit = device.queue.submit.bind(device.queue);
    Object.defineProperty(device.queue, 'submit', {
      value: (buffers: Iterable<GPUCommandBuffer>) => {
        count('submit');
        submit(buffers);
      },
    });
    const lost = Promise.race([device.lost, new Promise<GPUDeviceLostInfo>((resolve) => (lose = resolve))]);
    Object.defineProperty(device, 'lost', { value: lost });
    return device;
  };

  const wrapAdapter = (adapter: GPUAdapter): GPUAdapter => {
    const request = adapter.requestDevice.bind(adapter);
    Object.defineProperty(adapter, 'requestDevice', {
      value: async (descriptor?: GPUDeviceDescriptor) => wrapDevice(await request(descriptor)),
    });
    return adapter;
  };

  const gpu = {
    requestAdapter: async (options?: GPURequestAdapterOptions) => {
      const adapter = await real.requestAdapter(options);
      return adapter === null ? null : wrapAdapter(adapter);
    },
    getPreferredCanvasFormat: () => 'rgba8unorm' as const,
  } as GPU;

  return {
    gpu,
    calls,
    reset: () => Object.keys(calls).forEach((name) => (calls[name] = 0)),
    loseDevice: (message) => lose({ reason: 'unknown', message } as GPUDeviceLostInfo),
  };
}
