import { expect, test } from 'vitest';
import { requestGpu } from '../../src/engine/device.js';
import { Engine } from '../../src/engine/engine.js';
import { parameterTensor } from '../../src/engine/tensor.js';
import { biasAct } from '../../src/ops/biasAct.js';
import { conv2d } from '../../src/ops/conv2d.js';
import { opLibrary } from '../../src/ops/opLibrary.js';
import { square } from '../../src/ops/unary.js';
import { named } from '../ops/evaluate.js';
import { testGpu } from '../setup/gpu.js';
import { CallCounts, watchDevice } from './watchedDevice.js';

const weight = parameterTensor({ name: 'w', shape: [4, 2, 3, 3], load: () => new Float32Array(72).fill(0.1) });
const compile = (engine: Engine) =>
  engine.compile(
    (i) => ({ y: square(biasAct(conv2d(named(i, 'x'), weight, { padding: 1 }), null, { act: 'relu' })) }),
    { x: [1, 2, 32, 32] },
    { label: 'profiled' },
  );

test('every dispatch has a time, a rate, the op it computes and the kernel that does; results are untouched', async () => {
  const engine = new Engine(await requestGpu(testGpu()), opLibrary);
  const program = await compile(engine);
  program.run({ x: new Float32Array(2048).fill(1) });
  const before = await program.read('y');
  const timings = await program.profile();
  expect(timings.map(({ label }) => label)).toEqual(['fusedConv2d [1, 4, 32, 32]', 'unary [1, 4, 32, 32]']);
  expect(timings.map(({ kernel }) => kernel.split(' ')[0])).toEqual(['conv2d', 'unary']);
  for (const { microseconds, gigaflopsPerSecond, gigabytesPerSecond } of timings) {
    expect(microseconds).toBeGreaterThan(0);
    expect(gigaflopsPerSecond).toBeGreaterThan(0);
    expect(gigabytesPerSecond).toBeGreaterThan(0);
  }
  expect(await program.read('y')).toEqual(before);
});

test('without timestamp queries it says so', async () => {
  const { device, adapter } = await requestGpu(testGpu());
  const context = { device: watchDevice(device, new CallCounts(), { features: new Set() }), adapter };
  const program = await compile(new Engine(context, opLibrary));
  await expect(program.profile()).rejects.toThrow(expect.objectContaining({ code: 'profile-unsupported' }) as Error);
});
