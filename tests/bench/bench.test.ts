import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ConvolutionResult } from '../../bench/convolutions.js';
import type { KernelResult, ModelResult } from '../../bench/forward.js';
import { runBench } from '../../bench/main.js';
import type { OpResult } from '../../bench/ops.js';
import type { Spread } from '../../bench/statistics.js';
import { formatReport } from '../../bench/table.js';
import type { OpWorkload } from '../../bench/workloads.js';
import type { Engine } from '../../src/engine/engine.js';
import { parameterTensor } from '../../src/engine/tensor.js';
import { mul } from '../../src/ops/binary.js';
import { affine, scale, unary } from '../../src/ops/unary.js';
import { createTestEngine, named } from '../ops/evaluate.js';
import { expectValid } from './reportSchema.js';

const samples = 3;
const weight = parameterTensor({ name: 'weight', shape: [16], load: () => new Float32Array(16).fill(0.5) });

const product: OpWorkload = {
  op: 'binary',
  name: 'product',
  inputs: { x: [16, 16] },
  build: (inputs) => mul(named(inputs, 'x'), weight),
};

function rowOf(name: string, build: OpWorkload['build']): OpWorkload {
  return { ...product, name, build };
}

let engine: Engine;
beforeAll(async () => {
  engine = await createTestEngine();
});

function expectSpread({ median, quartiles: [low, high], samples: count }: Spread): void {
  expect(low).toBeGreaterThan(0);
  expect(median).toBeGreaterThanOrEqual(low);
  expect(high).toBeGreaterThanOrEqual(median);
  expect(count).toBe(samples);
}

function expectTimed(kernels: readonly KernelResult[], dispatches: number): void {
  expect(kernels.length).toBe(dispatches);
  for (const { microseconds, gigabytesPerSecond } of kernels) {
    expect(microseconds).toBeGreaterThan(0);
    expect(gigabytesPerSecond).toBeGreaterThan(0);
  }
}

describe('one operation', () => {
  const bench = (workload: OpWorkload) =>
    runBench({ engine, suites: ['ops'], models: [], workloads: [workload], samples });

  test('has its spread, its kernels, its rate and all bytes that it needs', async () => {
    const report = await bench(product);
    expectValid(report);
    expect(engine.adapter).toMatchObject(report.adapter);
    expect(report.timestampQuantum).toBeGreaterThan(0);
    expect(report.peak?.gigaflopsPerSecond).toBeGreaterThan(0);
    expect(report.peak?.gigabytesPerSecond).toBeGreaterThan(0);
    const [row] = report.results as readonly OpResult[];
    expect(row).toMatchObject({ suite: 'ops', op: 'binary', name: 'product', dispatches: 1, arenaBytes: 1024 });
    // The product, x, and the weight.
    expect(row?.gpuBytes).toBe(1024 + 1024 + 64);
    expect(row?.gigaflopsPerSecond).toBeGreaterThan(0);
    if (row !== undefined) expectSpread(row.wallMicroseconds);
    expectTimed(row?.kernels ?? [], 1);
    expect(engine.allocatedBytes).toBe(0);
  });

  test.each([
    ['not finite', rowOf('roots of negative numbers', (inputs) => unary('sqrt', affine(named(inputs, 'x'), 1, -2)))],
    ['all zero', rowOf('nothing', (inputs) => scale(named(inputs, 'x'), 0))],
  ])('whose result is %s has no time', async (_, workload) => {
    const refused = bench(workload);
    await expect(refused).rejects.toThrow(expect.objectContaining({ code: 'bench-wrong-result' }) as Error);
    await expect(refused).rejects.toThrow(workload.name);
    expect(engine.allocatedBytes).toBe(0);
  });
});

test('a model has its frame, what opening takes, and where the time goes', async () => {
  const file = new URL('../../weights/face64/face64-g.safetensors', import.meta.url);
  const model = { name: 'face64', bytes: new Uint8Array(readFileSync(file)) };
  const report = await runBench({ engine, suites: ['models'], models: [model], samples });
  expectValid(report);
  const [row] = report.results as readonly ModelResult[];
  expect(row).toMatchObject({ suite: 'models', name: 'face64 frame', dispatches: 33 });
  if (row === undefined) return;
  expectSpread(row.wallMilliseconds);
  expectTimed(row.kernels, 33);
  // As ARCHITECTURE.md says.
  expect(new Set(row.kernels.map(({ kernel }) => kernel)).size).toBe(19);
  expect(row.coldMilliseconds).toBeGreaterThan(0);
  expect(row.gigaflops).toBeGreaterThan(0);
  expect(row.gigaflopsPerSecond).toBeGreaterThan(0);
  expect(row.gpuBytes).toBeGreaterThan(row.arenaBytes);
  expect(engine.allocatedBytes).toBe(0);
});

test('a gradient is timed beside the forward pass, and plans are listed without being run', async () => {
  const file = new URL('../../weights/face64/face64-g.safetensors', import.meta.url);
  const model = { name: 'face64', bytes: new Uint8Array(readFileSync(file)) };
  const report = await runBench({ engine, suites: ['gradients', 'memory'], models: [model], samples });
  expectValid(report);
  const [row, ...plans] = report.results;
  expect(row).toMatchObject({ suite: 'gradients', name: 'face64 forward and backward' });
  if (row?.suite !== 'gradients') return;
  expectSpread(row.forwardMilliseconds);
  expectSpread(row.bothMilliseconds);
  expect(row.ratio).toBeCloseTo(row.bothMilliseconds.median / row.forwardMilliseconds.median, 12);
  expect(row.dispatches).toBeGreaterThan(row.forwardDispatches);
  expect(row.arenaBytes).toBeGreaterThan(row.forwardArenaBytes);
  expect(plans.length).toBe(48);
  const text = formatReport(report);
  expect(text).toContain('times the forward pass alone');
  expect(text).toMatch(/^StyleGAN2-f 1024 forward and backward, recomputing +[\d.]+ /m);
  expect(engine.allocatedBytes).toBe(0);
});

describe('the text', () => {
  test('names the adapter first, and says when it is a software one', async () => {
    const report = await runBench({ engine, suites: ['ops'], models: [], workloads: [product], samples: 1 });
    const textWith = (software: boolean): string =>
      formatReport({ ...report, adapter: { ...report.adapter, description: 'some adapter', software } });
    expect(textWith(true)).toMatch(/^Adapter: .*some adapter/);
    expect(textWith(true)).toContain('Software adapter: timed on a CPU.');
    expect(textWith(false)).not.toContain('Software adapter');
    expect(textWith(true)).toMatch(/^product +\d+ /m);
  });
});

test('a convolution is timed by each kernel, in turns', async () => {
  const report = await runBench({ engine, suites: ['convolutions'], models: [], samples: 1 });
  expectValid(report);
  expect(report.results).toHaveLength(9);
  for (const result of report.results as readonly ConvolutionResult[]) {
    const medians = Object.values(result.wallMilliseconds).map(({ median }) => median);
    expect(medians).toHaveLength(6);
    for (const median of medians) expect(median).toBeGreaterThan(0);
    expect(formatReport(report)).toContain(result.name);
  }
});
