import { fusing } from '../engine/fusion.js';
import { GanvasError } from '../engine/errors.js';
import type { OpLibrary } from '../engine/opLibrary.js';
import type { AdapterDescription } from '../engine/device.js';
import type { KernelChoices } from './convMethod.js';
import { fusionRules, savedOutputRules } from './fusionRules.js';
import { gradientOps } from './gradient.js';
import { halveActivations } from './halfActivations.js';
import { groupMatmuls } from './matmulGroups.js';
import { splitRules } from './splitRules.js';

export type { KernelChoices } from './convMethod.js';

/** Everything an engine needs to compile and differentiate graphs of these ops, with kernels of choice. */
export function opLibraryWith(choices: KernelChoices): OpLibrary {
  return {
    fusion: [
      fusing(savedOutputRules),
      fusing(fusionRules(choices)),
      groupMatmuls,
      ...(choices.activations === 'f16' ? [halveActivations] : []),
    ],
    gradientOps,
    splitting: (bytes) => fusing(splitRules(bytes)),
  };
}

/** What is expected to suit an adapter. */
export function defaultChoices({ software }: AdapterDescription): KernelChoices {
  return { product: software ? 'registers' : 'workgroup' };
}

/**
 * Holds a choice of kernels to what a device offers.
 * @throws GanvasError `gpu-no-f16`
 */
export function checkFeatures({ features }: Pick<GPUDevice, 'features'>, { activations }: KernelChoices): void {
  if (activations !== 'f16' || features.has('shader-f16')) return;
  throw new GanvasError(
    'gpu-no-f16',
    'Features are to be stored as halves, and this adapter has no shader-f16. Leave them f32, or use another adapter.',
  );
}

/** The same for an adapter: with what is expected to suit it, where nothing is chosen. */
export function opLibraryFor(adapter: AdapterDescription, choices: KernelChoices = {}): OpLibrary {
  return opLibraryWith({ ...defaultChoices(adapter), ...choices });
}

/** The same with the kernels that are expected to be fastest on adapters that compute on the processor. */
export const opLibrary: OpLibrary = opLibraryWith({});
