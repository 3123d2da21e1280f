/** Features stored as halves between convolutions, and computed with in f32. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Engine, TraceFunction } from '../../src/engine/engine.js';
import { isOp, topologicalOrder } from '../../src/engine/graph.js';
import { at, type Shape } from '../../src/engine/shape.js';
import { constantTensor, inputTensor, type Tensor } from '../../src/engine/tensor.js';
import { biasAct } from '../../src/ops/biasAct.js';
import { add, mul } from '../../src/ops/binary.js';
import { conv2d } from '../../src/ops/conv2d.js';
import { conv2dTransposed } from '../../src/ops/conv2dTransposed.js';
import type { ConvChoice } from '../../src/ops/convMethod.js';
import { gradient } from '../../src/ops/gradient.js';
import { checkFeatures, opLibraryWith } from '../../src/ops/opLibrary.js';
import { setupFilter, upfirdn2d } from '../../src/ops/upfirdn2d.js';
import { differenceOf, expectAgreement } from './agreement.js';
import { createTestEngine, named, runOnGpu, runReference, type FedInputs } from './evaluate.js';
import { fusedWith } from './fusedWith.js';
import { fed } from './numbers.js';

const channels = 16;
const weight = (shape: Shape, seed: number): Tensor =>
  constantTensor(
    `w${seed}`,
    shape,
    fed(shape, seed).values.map((value) => value / 8),
  );
const layer = (x: Tensor, seed: number, outputs = channels): Tensor =>
  biasAct(conv2d(x, weight([outputs, at(x.shape, 1), 3, 3], seed), { padding: 1 }), bias(outputs, seed), {
    act: 'lrelu',
  });
const bias = (count: number, seed: number): Tensor => constantTensor(`b${seed}`, [count], fed([count], seed).values);
const taps = [1, 3, 3, 1];
const filter = setupFilter(taps.map((row) => taps.map((column) => row * column)));

/** Two layers, a doubling one, two more, and RGB with the skip: a generator's way. */
const generator: TraceFunction = (given) => {
  const style = named(given, 'style');
  const before = layer(layer(named(given, 'x'), 1), 2);
  const doubled = conv2dTransposed(mul(before, style), weight([channels, channels, 3, 3], 3), { stride: 2 });
  const wide = biasAct(upfirdn2d(doubled, filter, { padding: 1, gain: 4 }), bias(channels, 3), { act: 'lrelu' });
  const after = layer(mul(layer(wide, 4), style), 5);
  const rgb = conv2d(mul(after, style), weight([3, channels, 1, 1], 6));
  const skip = upfirdn2d(named(given, 'coarse'), filter, { up: 2, padding: [2, 1, 2, 1], gain: 4 });
  return { y: add(biasAct(rgb, bias(3, 6)), skip) };
};

const inputsFor = (side: number): FedInputs => ({
  x: fed([1, channels, side, side], 11),
  style: fed([1, channels, 1, 1], 12),
  coarse: fed([1, 3, side, side], 13),
});

const tensorsOf = (inputs: FedInputs): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, inputTensor(name, shape)]));

const choices = (convolution: ConvChoice) => ({ convolution, activations: 'f16' }) as const;

function stored(outputs: readonly Tensor[]): string[] {
  return topologicalOrder(outputs).flatMap((tensor) =>
    isOp(tensor) && /^fused(Resampled)?Conv2d$|^fusedToRgb$/.test(tensor.source.op.name)
      ? [`${tensor.source.op.name} ${tensor.dtype}`]
      : [],
  );
}

describe.each(['winograd4', 'winograd2'] as const)('%s', (convolution) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createTestEngine(choices(convolution));
  });

  test.each([16, 18])('computes what rounding each stored map gives, of maps of %i²', async (side) => {
    const inputs = inputsFor(side);
    const { outputs } = await runOnGpu(engine, generator, inputs, true);
    const { y: rounded = [] } = runReference((given) => {
      const [y] = fusedWith(opLibraryWith(choices(convolution)), Object.values(generator(given)));
      return { y: y ?? expect.fail('nothing came of it') };
    }, inputs);
    // A number in the middle of two halves may become either.
    expectAgreement('beside halves', outputs['y'] ?? [], rounded, undefined, { relL2: 2e-4, maxAbs: 1e-3 });
    const { y: exact = [] } = runReference(generator, inputs);
    const { relL2 } = differenceOf(outputs['y'] ?? [], exact, Array.from(exact, Math.abs));
    expect(relL2).toBeLessThan(1e-3);
    // Else nothing was rounded.
    expect(relL2).toBeGreaterThan(1e-5);
  });
});

test('maps that only convolutions and RGB read are halves; inputs, outputs and what others read are not', () => {
  const inputs = tensorsOf(inputsFor(16));
  const fused = fusedWith(opLibraryWith(choices('winograd4')), Object.values(generator(inputs)));
  expect(stored(fused)).toEqual([
    ...['fusedConv2d f16', 'fusedConv2d f16', 'fusedResampledConv2d f16', 'fusedConv2d f16', 'fusedConv2d f16'],
    'fusedToRgb f32',
  ]);
  const first = layer(named(inputs, 'x'), 1);
  const second = layer(first, 2);
  const read = fusedWith(opLibraryWith(choices('winograd4')), [second, mul(first, first)]);
  expect(stored(read)).toEqual(['fusedConv2d f32', 'fusedConv2d f32']);
  const direct = fusedWith(opLibraryWith(choices('direct')), Object.values(generator(inputs)));
  expect(stored(direct).filter((each) => each.endsWith('f16'))).toEqual([]);
});

test('what gradients read stays f32', () => {
  const x = inputTensor('x', [1, channels, 16, 16]);
  const y = layer(layer(x, 1), 2);
  const fused = fusedWith(opLibraryWith(choices('winograd4')), [y, ...gradient(y, [x])]);
  const outputs = topologicalOrder(fused).filter((tensor) => isOp(tensor) && tensor.dtype === 'f16');
  expect(outputs).toEqual([]);
});

test('what a half cannot hold becomes the largest that it can', async () => {
  const engine = await createTestEngine(choices('winograd4'));
  const x = { shape: [1, channels, 16, 16], values: new Float32Array(channels * 256).fill(1e6) };
  const fn: TraceFunction = (given) => ({ y: layer(layer(named(given, 'x'), 1), 2) });
  const { outputs } = await runOnGpu(engine, fn, { x }, true);
  expect(outputs['y']?.every(Number.isFinite)).toBe(true);
});

test('an adapter without shader-f16 is told so', () => {
  const device = { features: new Set<string>() };
  checkFeatures(device, { activations: 'f32' });
  expect(() => checkFeatures(device, { activations: 'f16' })).toThrow(/no shader-f16/);
  checkFeatures({ features: new Set(['shader-f16']) }, { activations: 'f16' });
});

test('maps take half the memory', async () => {
  const arena = async (activations: 'f16' | 'f32'): Promise<number> => {
    const engine = await createTestEngine({ convolution: 'winograd4', activations });
    const inputs = inputsFor(32);
    const shapes = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape]));
    const program = await engine.compile(generator, shapes, { label: activations });
    const { arenaBytes } = program.report;
    program.dispose();
    return arenaBytes;
  };
  expect((await arena('f32')) - (await arena('f16'))).toBe(2 * channels * 64 ** 2);
});
