import { GanvasError } from '../engine/errors.js';
import type { NoWebGpuReason } from '../workbench/api.js';

/** What a person reads when WebGPU cannot be used here. */
export interface SupportAdvice {
  readonly title: string;
  readonly meaning: string;
  /** Things to try, most likely first. */
  readonly remedies: readonly string[];
}

export const supportAdvice: Readonly<Record<NoWebGpuReason, SupportAdvice>> = {
  'insecure-context': {
    title: 'This page was not loaded securely',
    meaning: 'Browsers offer WebGPU only to pages that arrive over https or from this computer.',
    remedies: [
      'Open the same address with https.',
      'On your own machine, use http://localhost instead of an IP address.',
    ],
  },
  'no-webgpu': {
    title: 'This browser has no WebGPU',
    meaning:
      'The pictures here are computed by your graphics processor through WebGPU, which this browser does not offer.',
    remedies: [
      'Use a current Chrome, Edge or Safari, or Firefox where WebGPU is available for your system.',
      'On Linux, Chrome may need chrome://flags/#enable-unsafe-webgpu.',
    ],
  },
  'no-adapter': {
    title: 'No graphics processor answered',
    meaning: 'The browser knows WebGPU but found no processor that it is willing to use.',
    remedies: [
      'Turn on hardware acceleration in the browser settings and restart it.',
      'Update the graphics driver; chrome://gpu shows what is blocked and why.',
    ],
  },
  'limits-too-small': {
    title: 'This graphics processor is too limited',
    meaning: 'It allows smaller buffers, or fewer of them, than the kernels need.',
    remedies: [
      'Update the browser and the graphics driver.',
      'On a computer with two processors, let the browser use the stronger one.',
    ],
  },
  'software-adapter': {
    title: 'Running on the processor',
    meaning: 'The browser draws WebGPU in software. Everything works and the pictures are the same; it takes longer.',
    remedies: ['Turn on hardware acceleration in the browser settings for speed.'],
  },
  'out-of-memory': {
    title: 'The graphics memory is full',
    meaning: 'There was not enough memory on the graphics processor to hold the model and its pictures.',
    remedies: [
      'Close other pages that use the graphics processor, then try again.',
      'Open a model of a lower resolution.',
    ],
  },
};

const reasonOfCode: Readonly<Record<string, NoWebGpuReason>> = {
  'gpu-insecure-context': 'insecure-context',
  'gpu-no-webgpu': 'no-webgpu',
  'gpu-no-adapter': 'no-adapter',
  'gpu-no-device': 'no-adapter',
  'gpu-limits-too-small': 'limits-too-small',
  'gpu-out-of-memory': 'out-of-memory',
};

/** The reason behind an error of the engine, or null when the error has another cause. */
export function reasonFromCode(code: string): NoWebGpuReason | null {
  return reasonOfCode[code] ?? null;
}

/**
 * Checks what can be known in the page, before any worker is started; the rest the engine reports by error code.
 * @throws GanvasError `gpu-insecure-context` or `gpu-no-webgpu`.
 */
export function requireWebGpu(scope: { readonly isSecureContext: boolean; readonly navigator: object }): void {
  if (!scope.isSecureContext) {
    throw new GanvasError('gpu-insecure-context', 'The page has to arrive over https, or from localhost.');
  }
  if (!('gpu' in scope.navigator) || !scope.navigator.gpu) {
    throw new GanvasError('gpu-no-webgpu', 'navigator.gpu is missing.');
  }
}
