import { beforeAll, describe, expect, test } from 'vitest';
import type { AdapterDescription } from '../../src/engine/device.js';
import { type Engine } from '../../src/engine/engine.js';
import { matchOp } from '../../src/engine/graph.js';
import { inputTensor } from '../../src/engine/tensor.js';
import { conv2d } from '../../src/ops/conv2d.js';
import type { ConvGeometry } from '../../src/ops/convGeometry.js';
import { fusedConv2dOp } from '../../src/ops/fusedConv2d.js';
import { opLibraryFor } from '../../src/ops/opLibrary.js';
import { emptyTable, readKernelTable, shapeClass, type KernelTable } from '../../src/tuning/kernelTable.js';
import { KernelTuner } from '../../src/tuning/kernelTuner.js';
import { candidatesFor, isExact, measureCandidates } from '../../src/tuning/measureCandidates.js';
import { createTestEngine } from '../ops/evaluate.js';
import { fusedWith } from '../ops/fusedWith.js';

const adapter: AdapterDescription = {
  ...{ vendor: 'v', architecture: 'a', device: '', description: 'd', software: true },
};

const map = (channels: number, side: number): ConvGeometry => ({
  ...{ batch: 1, groups: 1, stride: 1, padY: 1, padX: 1, kernelHeight: 3, kernelWidth: 3 },
  ...{ inChannels: channels, outChannels: channels, inHeight: side, inWidth: side, outHeight: side, outWidth: side },
});

const tableOf = (kernels: KernelTable['kernels']): KernelTable => ({ ...emptyTable(adapter), kernels });
const measured = { method: 'direct', product: 'registers', milliseconds: 1, defaultMilliseconds: 2 } as const;

describe('a class of shape', () => {
  test('holds what is alike in size, and nothing else', () => {
    expect(shapeClass('direct', map(120, 60))).toBe(shapeClass('direct', map(128, 64)));
    for (const other of [map(64, 64), map(128, 32), { ...map(128, 64), batch: 4 }, { ...map(128, 64), stride: 2 }])
      expect(shapeClass('direct', other)).not.toBe(shapeClass('direct', map(128, 64)));
    expect(shapeClass('turned', map(128, 64))).not.toBe(shapeClass('direct', map(128, 64)));
  });
});

describe('a kept table', () => {
  const kept = tableOf({ [shapeClass('direct', map(64, 32))]: measured });

  test('comes back', () => {
    expect(readKernelTable(JSON.parse(JSON.stringify(kept)), adapter)).toEqual(kept);
  });

  test.each([
    ['nothing', null],
    ['another version', { ...kept, version: 0 }],
    ['another adapter', { ...kept, adapter: 'x' }],
    ['no table', 'text'],
  ])('is empty for %s', (_, stored) => {
    expect(readKernelTable(stored, adapter)).toEqual(emptyTable(adapter));
  });

  test('loses entries that name no kernel', () => {
    const odd = { ...kept, kernels: { a: { ...measured, method: 'guess' }, b: 3, c: measured } };
    expect(readKernelTable(odd, adapter).kernels).toEqual({ c: measured });
  });
});

describe('choosing', () => {
  const fused = (tuner: KernelTuner, choices = {}) => {
    const [y] = fusedWith(opLibraryFor(adapter, { tuned: tuner.choose, ...choices }), [
      conv2d(inputTensor('x', [1, 64, 32, 32]), inputTensor('w', [64, 64, 3, 3]), { padding: 1 }),
    ]);
    return matchOp(y ?? expect.fail('nothing came of it'), fusedConv2dOp)?.attributes.method;
  };

  test('what was measured goes before what is expected, and what is asked for before both', () => {
    expect(fused(new KernelTuner(emptyTable(adapter)))).toBe('winograd4');
    const tuner = new KernelTuner(tableOf({ [shapeClass('direct', map(64, 32))]: measured }));
    expect(fused(tuner)).toBe('direct');
    expect(fused(tuner, { convolution: 'winograd2' })).toBe('winograd2');
    expect(tuner.pending).toBe(0);
  });

  test('a method that cannot be used is not, whatever the table says', () => {
    const wrong = { ...measured, method: 'tapProducts' } as const;
    expect(fused(new KernelTuner(tableOf({ [shapeClass('direct', map(64, 32))]: wrong })))).toBe('winograd4');
  });

  test('what was not measured is remembered once a class', () => {
    const tuner = new KernelTuner(emptyTable(adapter));
    for (const side of [32, 33]) expect(tuner.choose('direct', map(64, side))).toBeNull();
    expect(tuner.pending).toBe(1);
  });
});

describe('measuring', () => {
  let engine: Engine | undefined;
  beforeAll(async () => {
    engine = await createTestEngine();
  });
  const context = () => engine ?? expect.fail('no engine');

  test('every kernel that there is competes, and all are exact', async () => {
    const g = map(16, 8);
    const timed = await measureCandidates(context(), 'direct', g);
    expect(timed.map(({ method, product }) => ({ method, product }))).toEqual(candidatesFor('direct', g));
    expect(timed).toHaveLength(5);
    for (const { milliseconds } of timed) expect(milliseconds).toBeGreaterThan(0);
  });

  test.each([
    ['turned', map(8, 8)],
    [
      'transposed',
      { ...map(8, 8), stride: 2, padY: 0, padX: 1, outHeight: 17, outWidth: 16, kernelHeight: 3, kernelWidth: 3 },
    ],
  ] as const)('of a %s convolution, too', async (kind, g) => {
    expect(await measureCandidates(context(), kind, g)).toHaveLength(candidatesFor(kind, g).length);
  });

  test('fills the table; compiled from then on, graphs use it', async () => {
    const tuner = new KernelTuner(emptyTable(context().adapter));
    const g = map(16, 8);
    tuner.choose('direct', g);
    // A single candidate: nothing to choose, and nothing to measure.
    tuner.choose('direct', { ...g, kernelHeight: 1, padY: 0 });
    const seen: number[] = [];
    const table = await tuner.tune(context(), { budgetMilliseconds: 1e6, onProgress: (done) => seen.push(done) });
    expect(Object.keys(table.kernels)).toEqual([shapeClass('direct', g)]);
    expect(tuner.choose('direct', g)).toEqual(table.kernels[shapeClass('direct', g)]);
    expect(tuner.pending).toBe(0);
    expect(seen).toEqual([1]);
  });

  test('without time left, classes stay pending', async () => {
    const tuner = new KernelTuner(emptyTable(context().adapter));
    tuner.choose('direct', map(16, 8));
    expect((await tuner.tune(context(), { budgetMilliseconds: 0 })).kernels).toEqual({});
    expect(tuner.pending).toBe(1);
  });

  test('what was cancelled is told', async () => {
    const tuner = new KernelTuner(emptyTable(context().adapter));
    tuner.choose('direct', map(16, 8));
    await expect(tuner.tune(context(), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
  });
});

test('what is further off than its method states never competes', () => {
  const expected = Float32Array.of(1, -4, 0.5);
  const off = (by: number) => expected.map((value, index) => (index === 0 ? value + by : value));
  expect(isExact('winograd4', off(3e-4), expected)).toBe(true);
  expect(isExact('winograd2', off(3e-4), expected)).toBe(false);
  expect(isExact('winograd4', off(5e-4), expected)).toBe(false);
  expect(isExact('winograd4', off(NaN), expected)).toBe(false);
});
