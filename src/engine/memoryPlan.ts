import { at } from './shape.js';

/** One intermediate: `bytes`, and the first and last step (inclusive) in which it is written or read. */
export interface Lifetime {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

export interface MemoryPlan {
  /** Slot of each lifetime, in the order given. */
  readonly slotOf: readonly number[];
  readonly slotBytes: readonly number[];
  readonly totalBytes: number;
}

/**
 * Lays intermediates into reusable slots, largest first, each into the slot it wastes least of whose other tenants
 * are dead at the time (the greedy-by-size strategy for shared objects of Pisarchyk and Lee, "Efficient Memory
 * Management for Deep Neural Net Inference", 2020). A slot is one GPU buffer: WebGPU tracks usage by whole buffers,
 * so a kernel's inputs and output may never share one, and tenants that are alive together never do.
 */
export function planMemory(lifetimes: readonly Lifetime[]): MemoryPlan {
  const slots: { bytes: number; tenants: Lifetime[] }[] = [];
  const slotOf = new Array<number>(lifetimes.length).fill(-1);
  const largestFirst = lifetimes
    .map((_, index) => index)
    .sort((a, b) => at(lifetimes, b).bytes - at(lifetimes, a).bytes);
  for (const index of largestFirst) {
    const lifetime = at(lifetimes, index);
    const free = slots
      .map((slot, slotIndex) => ({ slot, slotIndex }))
      .filter(({ slot }) => slot.tenants.every((tenant) => !overlaps(tenant, lifetime)))
      .sort((a, b) => a.slot.bytes - b.slot.bytes)[0];
    if (free === undefined) {
      slotOf[index] = slots.length;
      slots.push({ bytes: lifetime.bytes, tenants: [lifetime] });
    } else {
      slotOf[index] = free.slotIndex;
      free.slot.tenants.push(lifetime);
    }
  }
  const slotBytes = slots.map((slot) => slot.bytes);
  return { slotOf, slotBytes, totalBytes: slotBytes.reduce((sum, bytes) => sum + bytes, 0) };
}

function overlaps(a: Lifetime, b: Lifetime): boolean {
  return a.first <= b.last && b.first <= a.last;
}
