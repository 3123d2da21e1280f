import { create, globals } from 'webgpu';
import { findVulkanDriver } from '../../src/cli/vulkanDriver.js';

let gpu: GPU | null = null;

/**
 * Dawn's WebGPU, one instance a test process, with `GPUBufferUsage` and the other globals in place.
 * Throws, with what to install, when this machine has no Vulkan driver: GPU tests fail, they never skip.
 */
export function testGpu(): GPU {
  if (gpu === null) {
    const driver = findVulkanDriver();
    if (driver.kind === 'none') throw new Error(driver.remedy);
    Object.assign(globalThis, globals);
    gpu = create([]);
  }
  return gpu;
}

/** Throws when there is no adapter; `descriptor` is handed to `requestDevice`. */
export async function testDevice(descriptor?: GPUDeviceDescriptor): Promise<GPUDevice> {
  const adapter = await testGpu().requestAdapter();
  if (adapter === null) {
    throw new Error(
      `Dawn found no adapter with the ${findVulkanDriver().kind} Vulkan driver; scripts/install-test-needs installs a software one.`,
    );
  }
  return adapter.requestDevice(descriptor);
}
