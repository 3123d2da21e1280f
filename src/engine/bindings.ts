import { bindingAlignment } from './kernel.js';
import { packParams, type Pipeline } from './pipelines.js';
import type { Step, Storage } from './schedule.js';
import { at } from './shape.js';

/** All `Params` blocks of a program in one buffer, written once. */
export function createUniforms(
  device: GPUDevice,
  steps: readonly Step[],
  pipelines: readonly Pipeline[],
  label: string,
): { buffer: GPUBuffer; offsets: number[]; sizes: number[] } {
  const blocks = steps.map((step, index) => packParams(step.call, at(pipelines, index).shader.params));
  const offsets: number[] = [];
  let size = 0;
  for (const block of blocks) {
    offsets.push(size);
    size += Math.ceil(block.byteLength / bindingAlignment) * bindingAlignment;
  }
  const buffer = device.createBuffer({
    label: `${label} params`,
    size: Math.max(size, bindingAlignment),
    usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  });
  const all = new Uint8Array(buffer.size);
  blocks.forEach((block, index) => all.set(new Uint8Array(block), at(offsets, index)));
  device.queue.writeBuffer(buffer, 0, all);
  return { buffer, offsets, sizes: blocks.map((block) => block.byteLength) };
}

export function createBindGroup(
  device: GPUDevice,
  step: Step,
  pipeline: Pipeline,
  params: GPUBufferBinding,
  bindingNamed: (name: string) => GPUBufferBinding,
): GPUBindGroup {
  const declared = pipeline.shader.bindings.map((binding) => binding.name);
  const stray = [...step.bindings.keys()].filter((name) => !declared.includes(name));
  if (stray.length > 0) throw new RangeError(`internal: ${pipeline.key} declares no ${stray.join(', ')}`);
  return device.createBindGroup({
    label: step.label,
    layout: pipeline.layout,
    entries: pipeline.shader.bindings.map((binding) => ({
      binding: binding.index,
      resource: binding.type === 'uniform' ? params : bindingNamed(binding.name),
    })),
  });
}

export function storageNamed(step: Step, name: string): Storage {
  const storage = step.bindings.get(name);
  if (storage === undefined)
    throw new RangeError(`internal: ${step.label} (${step.call.shader}) does not bind ${name}`);
  return storage;
}

/** The part of a buffer that a kernel reads or writes. */
export function bindingFor(
  storage: Storage,
  placed: ReadonlyMap<object, GPUBuffer>,
  slots: readonly GPUBuffer[],
): GPUBufferBinding {
  return { buffer: bufferFor(storage, placed, slots), offset: storage.offset, size: storage.bytes };
}

export function bufferFor(
  storage: Storage,
  placed: ReadonlyMap<object, GPUBuffer>,
  slots: readonly GPUBuffer[],
): GPUBuffer {
  if (storage.kind === 'arena') return at(slots, storage.slot);
  const buffer = placed.get(storage.owner);
  if (buffer === undefined) throw new RangeError('internal: value has no buffer');
  return buffer;
}
