import { findVulkanDriver, useVulkanDriver } from '../../src/cli/vulkanDriver.js';

/** Runs once before all tests; their processes inherit the environment. Tests without a GPU also run without a driver. */
export default function setup(): void {
  useVulkanDriver(findVulkanDriver());
}
