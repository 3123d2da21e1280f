import { requestGpu } from '../engine/device.js';
import { Engine } from '../engine/engine.js';
import { GanvasError } from '../engine/errors.js';
import { checkFeatures, opLibraryFor, type KernelChoices } from '../ops/opLibrary.js';
import { KernelTuner } from '../tuning/kernelTuner.js';
import { readKernelCache } from './kernelCache.js';
import { findVulkanDriver, useVulkanDriver } from './vulkanDriver.js';

/** Dawn's entry point. It must outlive its devices, so it is never let go. */
let dawnGpu: GPU | null = null;

/**
 * Runs `work` with an engine on Dawn and lets the device go afterwards, so that the process can end. Its kernels are those that
 * `ganvas tune` measured on this machine, where it has.
 * @param choices kernels to use instead of those expected to be fastest
 * @throws GanvasError `gpu-no-driver` or `gpu-no-dawn` with what to install, `gpu-no-f16`, and those of `requestGpu`
 */
export async function withEngine<T>(
  work: (engine: Engine, gpu: GPU, tuner: KernelTuner) => Promise<T>,
  choices: KernelChoices = {},
): Promise<T> {
  dawnGpu ??= await loadDawn();
  const context = await requestGpu(dawnGpu);
  checkFeatures(context.device, choices);
  const tuner = new KernelTuner(await readKernelCache(context.adapter));
  const engine = new Engine(context, opLibraryFor(context.adapter, { tuned: tuner.choose, ...choices }));
  try {
    return await work(engine, dawnGpu, tuner);
  } finally {
    engine.dispose();
    context.device.destroy();
  }
}

async function loadDawn(): Promise<GPU> {
  const driver = findVulkanDriver();
  if (driver.kind === 'none') throw new GanvasError('gpu-no-driver', driver.remedy);
  // The Vulkan loader reads the environment when Dawn is loaded.
  useVulkanDriver(driver);
  const { create, globals } = await import('webgpu').catch((cause: unknown) => {
    throw new GanvasError(
      'gpu-no-dawn',
      'The package "webgpu" (Dawn), on which the command line computes, is missing or cannot be loaded; install it with "npm install webgpu".',
      {},
      { cause },
    );
  });
  Object.assign(globalThis, globals);
  return create([]);
}
