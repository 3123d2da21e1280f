import type { Shape } from './shape.js';

/** Which tensor a shader binding reads or writes. */
export type BindingRole =
  | { readonly role: 'input'; readonly index: number }
  | { readonly role: 'temporary'; readonly index: number }
  /** Changed in place by an update (see `update.ts`). */
  | { readonly role: 'state'; readonly index: number }
  | { readonly role: 'output' };

export type Workgroups = readonly [number, number, number];

/**
 * One dispatch. Everything is by name: `bindings` and `params` are matched with the declarations of the shader,
 * and a name that is missing on either side is an error when the program is compiled.
 */
export interface KernelCall {
  /** File under `shaders/`, without the ending: `conv2d`. */
  readonly shader: string;
  /** `#if` flags; each one the shader names must be given. */
  readonly flags: Readonly<Record<string, boolean>>;
  /** Pipeline `override` constants. */
  readonly constants: Readonly<Record<string, number>>;
  /** Fields of the shader's `Params` uniform. */
  readonly params: Readonly<Record<string, number>>;
  readonly bindings: Readonly<Record<string, BindingRole>>;
  readonly workgroups: Workgroups;
  /** Multiply-adds counted as two, for the profile. */
  readonly flops: number;
}

export interface Lowering {
  /** Scratch tensors that live only from the first to the last call. */
  readonly temporaries: readonly Shape[];
  readonly calls: readonly KernelCall[];
}

/** A result that costs nothing: the first input's bytes, from `firstElement` on, under another shape. */
export interface View {
  /** Times four, a multiple of what bindings are aligned to (`bindingAlignment`), or 0. */
  readonly firstElement: number;
}

/** All of the first input under another shape. */
export const wholeView: View = { firstElement: 0 };

export function isView(lowering: Lowering | View): lowering is View {
  return 'firstElement' in lowering;
}

/** Bytes to whose multiples all buffer bindings may be offset (WebGPU's largest `min…BufferOffsetAlignment`). */
export const bindingAlignment = 256;

export const output: BindingRole = { role: 'output' };

export function input(index: number): BindingRole {
  return { role: 'input', index };
}

export function temporary(index: number): BindingRole {
  return { role: 'temporary', index };
}

export function state(index: number): BindingRole {
  return { role: 'state', index };
}

export function singleCall(call: KernelCall): Lowering {
  return { temporaries: [], calls: [call] };
}

/** WebGPU's guaranteed limit of workgroups in one dimension. */
const maxWorkgroupsPerDimension = 65535;

/**
 * Workgroups for `count` independent invocations: one row while it fits, else a near-square grid whose shader-side
 * index is `id.x + id.y * gridWidth` (see `shaders/lib/linearIndex.wgsl`).
 */
export function linearWorkgroups(count: number, workgroupSize: number): Workgroups {
  const groups = Math.max(1, Math.ceil(count / workgroupSize));
  if (groups <= maxWorkgroupsPerDimension) return [groups, 1, 1];
  const width = Math.ceil(Math.sqrt(groups));
  return [width, Math.ceil(groups / width), 1];
}
