import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import type { KernelTable } from '../../src/tuning/kernelTable.js';
import type { KernelStore } from '../../src/workbench/kernelStore.js';
import { Workbench } from '../../src/workbench/workbench.js';
import { testGpu } from '../setup/gpu.js';

const path = 'tests/golden/generators/stylegan2-ada-32-skip/network-snapshot-000000.pkl';
const model = { name: 'skip32', bytes: Uint8Array.from(readFileSync(path)).buffer };

class RememberingStore implements KernelStore {
  readonly saved: KernelTable[] = [];
  load(): Promise<unknown> {
    return Promise.resolve(this.saved.at(-1) ?? null);
  }
  save(table: KernelTable): Promise<void> {
    this.saved.push(table);
    return Promise.resolve();
  }
}

test('kernels are measured once a picture is there, and found again by the next workbench', async () => {
  const kernelStore = new RememberingStore();
  const first = new Workbench(testGpu(), { kernelStore });
  await first.setTuning('always');
  await first.openModel(model);
  const usual = [...(await first.pixels()).data];
  await vi.waitFor(() => expect(kernelStore.saved).toHaveLength(1), { timeout: 60_000 });
  expect(Object.keys(kernelStore.saved[0]?.kernels ?? {}).length).toBeGreaterThan(0);
  await first.dispose();

  const second = new Workbench(testGpu(), { kernelStore });
  await second.openModel(model);
  const tuned = [...(await second.pixels()).data];
  // Kernels differ by roundings: at most a level of 255, here and there.
  const off = tuned.map((value, index) => Math.abs(value - (usual[index] ?? NaN)));
  expect(Math.max(...off)).toBeLessThanOrEqual(1);
  await second.dispose();
});

test.each([
  ['where it is off', 'off'],
  ['on an adapter that computes on the processor', 'auto'],
] as const)('nothing is measured %s', async (_, mode) => {
  const kernelStore = new RememberingStore();
  const workbench = new Workbench(testGpu(), { kernelStore });
  await workbench.setTuning(mode);
  await workbench.openModel(model);
  await workbench.pixels();
  expect(kernelStore.saved).toEqual([]);
  await workbench.dispose();
});
