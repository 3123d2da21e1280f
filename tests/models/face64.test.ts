import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { readSafetensors } from '../../src/checkpoints/safetensors.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import { requestGpu } from '../../src/engine/device.js';
import { Engine } from '../../src/engine/engine.js';
import { at } from '../../src/engine/shape.js';
import type { Tensor } from '../../src/engine/tensor.js';
import type { Generator } from '../../src/models/generator.js';
import { opLibrary, opLibraryWith } from '../../src/ops/opLibrary.js';
import { gradient } from '../../src/ops/gradient.js';
import { reduceMean } from '../../src/ops/reduce.js';
import { square } from '../../src/ops/unary.js';
import { openCheckpoint } from '../../src/workbench/openedCheckpoint.js';
import { GeneratorSession } from '../../src/workbench/session.js';
import { testGpu } from '../setup/gpu.js';
import { get, mismatch, type Golden } from './goldenCase.js';

/**
 * The golden is of doubles. PyTorch's own float32 pictures are 1e-5 away from it at the most,
 * ours 1.8e-5 by plain convolutions and 2.0e-5 by Winograd's 4×4 tiles, where the shared fixtures would allow 1.6e-4.
 */
const tolerance = { rel_l2: 1e-5, max_abs: 3e-5 };
/** Gradients sum over all pixels: the fixtures' floor for gradients, and their size in absolute terms. */
const gradientTolerance = { rel_l2: 3e-5, max_abs: 1e-3 };

let engine: Engine;
let generator: Generator;
let golden: Map<string, Golden>;

beforeAll(async () => {
  engine = new Engine(await requestGpu(testGpu()), opLibrary);
  const file = (name: string): Uint8Array => new Uint8Array(readFileSync(`weights/face64/${name}`));
  generator = (await openCheckpoint(file('face64-g.safetensors'), 'face64')).generator;
  const [network] = readSafetensors(file('face64-golden.safetensors')).networks;
  golden = new Map(
    [...(network?.tensors ?? [])].map(([name, tensor]) => [
      name,
      { shape: tensor.shape, values: Float32Array.from(readTensor(tensor)) },
    ]),
  );
});

type Named = Readonly<Record<string, Tensor>>;

/** Runs `fn` on golden inputs (name in the program → name in the file, or numbers) and compares its outputs. */
async function compare(
  inputs: Readonly<Record<string, string | Golden>>,
  fn: (inputs: Named) => Readonly<Record<string, Tensor>>,
  outputs: readonly string[],
  limits = tolerance,
): Promise<void> {
  const values = Object.entries(inputs).map(
    ([name, source]) => [name, typeof source === 'string' ? get(golden, source) : source] as const,
  );
  const shapes = Object.fromEntries(values.map(([name, { shape }]) => [name, shape]));
  const program = await engine.compile(fn, shapes, { label: 'face64' });
  program.run(Object.fromEntries(values.map(([name, value]) => [name, value.values])));
  const misses: (string | null)[] = [];
  for (const name of outputs) misses.push(mismatch(name, await program.read(name), get(golden, name), limits));
  program.dispose();
  expect(misses.filter((miss) => miss !== null)).toEqual([]);
}

test('features stored as halves change its picture by less than a twentieth of a grey level in the mean', async () => {
  const halves = new Engine(await requestGpu(testGpu()), opLibraryWith({ activations: 'f16' }));
  const ws = get(golden, 'ws_psi1');
  const program = await halves.compile(
    (inputs) => ({ image: generator.synthesis(input(inputs, 'ws'), { noise: 'const' }) }),
    { ws: ws.shape },
    { label: 'face64 in halves' },
  );
  program.run({ ws: ws.values });
  const image = await program.read('image');
  program.dispose();
  const differences = image.map((value, index) => Math.abs(value - (get(golden, 'image_psi1').values[index] ?? NaN)));
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  expect(mean).toBeLessThan(1 / 20 / 127.5);
  expect(mean).toBeGreaterThan(1e-5);
});

const input = (inputs: Named, name: string): Tensor => {
  const tensor = inputs[name];
  if (tensor === undefined) throw new Error(`no input ${name}`);
  return tensor;
};

const psi = (value: number): Golden => ({ shape: [10], values: new Float32Array(10).fill(value) });

describe("the bundled model reproduces its card's golden", () => {
  test.each([
    ['psi 1', 1, 'ws_psi1', 'image_psi1'],
    ['psi 0.7', 0.7, 'ws_psi07', 'image_psi07'],
  ])('from z at %s', async (_, value, ws, image) => {
    await compare(
      { z: 'z', psi: psi(value) },
      (inputs) => {
        const w = generator.mapping(input(inputs, 'z'), null);
        const latents = generator.truncate(w, input(inputs, 'psi'));
        return { w, [ws]: latents, [image]: generator.synthesis(latents, { noise: 'const' }) };
      },
      ['w', ws, image],
    );
  });

  test('at every resolution, and without noise', async () => {
    const sizes = [4, 8, 16, 32];
    await compare(
      { ws: 'ws_psi1' },
      (inputs) => {
        const taps: Record<string, Tensor> = {};
        const ws = input(inputs, 'ws');
        generator.synthesis(ws, { noise: 'const', tap: (name, tensor) => (taps[name] = tensor) });
        const upTo = sizes.map((size) => [`image_psi1_upto_b${size}`, input(taps, `synthesis.b${size}.img`)] as const);
        return { ...Object.fromEntries(upTo), image_psi1_no_noise: generator.synthesis(ws, { noise: 'none' }) };
      },
      [...sizes.map((size) => `image_psi1_upto_b${size}`), 'image_psi1_no_noise'],
    );
  });

  test('the vector-Jacobian product', async () => {
    await compare(
      { ws: 'ws_psi1', cotangent: 'cotangent' },
      (inputs) => {
        const ws = input(inputs, 'ws');
        const image = generator.synthesis(ws, { noise: 'const' });
        return { grad_ws_psi1: at(gradient(image, [ws], input(inputs, 'cotangent')), 0) };
      },
      ['grad_ws_psi1'],
      gradientTolerance,
    );
  });
});

test('a frame costs at most 33 dispatches and 2.5 times the activations of its largest layer', async () => {
  const bytes = new Uint8Array(readFileSync('weights/face64/face64-g.safetensors'));
  const session = await GeneratorSession.open(engine, await openCheckpoint(bytes, 'face64'));
  const { report } = (await session.frame({ noise: 'const', units: [] }, 'picture')).program;
  expect(report.dispatches).toBeLessThanOrEqual(33);
  // b64.conv1 reads and writes 16 channels at 64².
  expect(report.largestStepBytes).toBeGreaterThanOrEqual(2 * 16 * 64 * 64 * 4);
  expect(report.arenaBytes).toBeLessThanOrEqual(2.5 * report.largestStepBytes);
  session.dispose();
});

/** Its kernels are held to their number in tests/ops/backwardCost.test.ts. */
test('forward and backward in W+ are one submit, also where submits must be short', async () => {
  const program = await engine.valueAndGrad(
    (inputs) => {
      const image = generator.synthesis(input(inputs, 'ws'), { noise: 'const' });
      return { value: reduceMean(square(image), [0, 1, 2, 3]) };
    },
    ['ws'],
    { ws: [1, generator.numWs, generator.wDim] },
    { label: 'face64 forward and backward' },
  );
  expect(program.fitsOneSubmit).toBe(true);
  program.dispose();
});
