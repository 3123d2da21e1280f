import type { AdapterDescription } from '../engine/device.js';
import { convMethods, type ConvKernel } from '../ops/convMethod.js';
import type { ConvGeometry } from '../ops/convGeometry.js';
import type { ConvKind } from '../ops/convKernel.js';
import { productKernels } from '../ops/planeProduct.js';

/** What was measured on one adapter: the fastest kernel by class of shape. Plain data, as caches keep it. */
export interface KernelTable {
  readonly version: 1;
  /** `adapterKey` of the adapter. */
  readonly adapter: string;
  readonly kernels: Readonly<Record<string, MeasuredKernel>>;
}

export type MeasuredKernel = ConvKernel & {
  /** Of one run. */
  readonly milliseconds: number;
  /** What the kernel that is used without measuring took, in turns with it. */
  readonly defaultMilliseconds: number;
};

/** Raised when kernels change so much that what was measured says nothing any more. */
const version = 1;

export function adapterKey({ vendor, architecture, device, description }: AdapterDescription): string {
  return [vendor, architecture, device, description].join(' · ');
}

export const emptyTable = (adapter: AdapterDescription): KernelTable => ({
  version,
  adapter: adapterKey(adapter),
  kernels: {},
});

/**
 * Convolutions of one class take the same kernel: alike in what computes them, their channels and pixels a side within a
 * factor of √2.
 */
export function shapeClass(kind: ConvKind, g: ConvGeometry): string {
  const channels = [g.inChannels, g.outChannels].map(nearestPower).join('>');
  const pixels = `${nearestPower(g.outHeight)}x${nearestPower(g.outWidth)}`;
  const kernel = `${g.kernelHeight}x${g.kernelWidth} by ${g.stride} in ${g.groups}`;
  return `${kind} ${kernel}, ${channels}, ${pixels}, ${nearestPower(g.batch)}`;
}

const nearestPower = (count: number): number => 2 ** Math.round(Math.log2(count));

/** What a cache gave back; an empty table where it is none, of another version, or of another adapter. */
export function readKernelTable(stored: unknown, adapter: AdapterDescription): KernelTable {
  const empty = emptyTable(adapter);
  if (!isRecord(stored) || stored['version'] !== version || stored['adapter'] !== empty.adapter) return empty;
  const kernels = isRecord(stored['kernels']) ? stored['kernels'] : {};
  const known = Object.entries(kernels).flatMap(([key, entry]) => (isMeasured(entry) ? [[key, entry] as const] : []));
  return { ...empty, kernels: Object.fromEntries(known) };
}

function isMeasured(value: unknown): value is MeasuredKernel {
  if (!isRecord(value)) return false;
  const { method, product, milliseconds, defaultMilliseconds } = value;
  return (
    convMethods.some((each) => each === method) &&
    productKernels.some((each) => each === product) &&
    typeof milliseconds === 'number' &&
    typeof defaultMilliseconds === 'number'
  );
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
