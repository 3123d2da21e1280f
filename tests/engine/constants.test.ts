import { beforeEach, expect, test } from 'vitest';
import { requestGpu, type GpuContext } from '../../src/engine/device.js';
import { Engine, type TraceFunction } from '../../src/engine/engine.js';
import type { Program } from '../../src/engine/program.js';
import { parameterTensor } from '../../src/engine/tensor.js';
import { opLibrary } from '../../src/ops/opLibrary.js';
import { modulatedConv2d } from '../../src/ops/modulatedConv2d.js';
import { named } from '../ops/evaluate.js';
import { numbers } from '../ops/numbers.js';
import { testGpu } from '../setup/gpu.js';
import { CallCounts, watchDevice } from './watchedDevice.js';

const calls = new CallCounts();
let context: Promise<GpuContext> | null = null;
let engine: Engine;
let loads = 0;

beforeEach(async () => {
  const { device, adapter } = await (context ??= requestGpu(testGpu()));
  engine = new Engine({ device: watchDevice(device, calls), adapter }, opLibrary);
  loads = 0;
  calls.reset();
});

const weight = parameterTensor({
  name: 'weight',
  shape: [8, 4, 3, 3],
  load: () => {
    loads++;
    return numbers([8, 4, 3, 3], 1);
  },
});
const packedBytes = 4 * 3 * 3 * 8 * 4;
const energyBytes = 4 * 8 * 4;

const layer: TraceFunction = (inputs) => ({
  y: modulatedConv2d(named(inputs, 'x'), weight, named(inputs, 's'), { padding: 1 }),
});
const compile = (batch: number, side: number): Promise<Program> =>
  engine.compile(layer, { x: [batch, 4, side, side], s: [batch, 4] }, { label: `layer ${batch}` });
const ownBytes = ({ report }: Program): number => report.arenaBytes + report.inputBytes;

test('constants are worked out once a model, not once a frame: packing and Σ w² are no dispatches of the program', async () => {
  const program = await compile(1, 8);
  expect(program.report.dispatches).toBe(2);
  expect(loads).toBe(1);
  calls.reset();
  program.run({ x: numbers([1, 4, 8, 8], 2), s: numbers([1, 4], 3) });
  expect(calls.of('submit')).toBe(1);
});

test('only what the program reads stays: the packed weights and Σ w², not the weights', async () => {
  const program = await compile(1, 8);
  expect(engine.allocatedBytes - ownBytes(program)).toBe(packedBytes + energyBytes);
});

test('a second program, of another batch and size, finds them', async () => {
  const first = await compile(1, 8);
  calls.reset();
  const second = await compile(3, 5);
  expect(loads).toBe(1);
  // Nothing was computed for it.
  expect(calls.of('submit')).toBe(0);
  expect(engine.allocatedBytes).toBe(ownBytes(first) + ownBytes(second) + packedBytes + energyBytes);
});

test('programs compiled at the same time share them as well', async () => {
  const programs = await Promise.all([compile(1, 8), compile(2, 8), compile(1, 4)]);
  expect(loads).toBe(1);
  programs.forEach((program) => program.dispose());
  expect(engine.allocatedBytes).toBe(0);
});

test('they go with the last program that reads them', async () => {
  const [first, second] = [await compile(1, 8), await compile(2, 8)];
  first.dispose();
  expect(engine.allocatedBytes).toBe(ownBytes(second) + packedBytes + energyBytes);
  second.run({ x: numbers([2, 4, 8, 8], 2), s: numbers([2, 4], 3) });
  expect((await second.read('y')).some((value) => value !== 0)).toBe(true);
  second.dispose();
  expect(engine.allocatedBytes).toBe(0);
  const third = await compile(1, 8);
  expect(loads).toBe(2);
  third.dispose();
});

test('one that a program needs stays when the program it was made for goes while others are worked out', async () => {
  const first = await compile(1, 8);
  const other = parameterTensor({ name: 'other', shape: [8, 4, 3, 3], load: () => numbers([8, 4, 3, 3], 5) });
  const both: TraceFunction = (inputs) => ({
    ...layer(inputs),
    z: modulatedConv2d(named(inputs, 'x'), other, named(inputs, 's'), { padding: 1 }),
  });
  const second = await engine.compile(
    both,
    { x: [1, 4, 8, 8], s: [1, 4] },
    { label: 'both', onProgress: () => first.dispose() },
  );
  second.dispose();
  expect(engine.allocatedBytes).toBe(0);
});

test('pipelines are compiled once for all programs', async () => {
  await compile(1, 8);
  calls.reset();
  await compile(3, 8);
  expect(calls.of('createShaderModule')).toBe(0);
  expect(calls.of('createComputePipelineAsync')).toBe(0);
});

test('progress counts every kernel of the program', async () => {
  const seen: (readonly [number, number])[] = [];
  await engine.compile(
    layer,
    { x: [1, 4, 8, 8], s: [1, 4] },
    { label: 'layer', onProgress: (done, total) => void seen.push([done, total]) },
  );
  expect(seen.slice(-2)).toEqual([
    [1, 2],
    [2, 2],
  ]);
});
