import { beforeAll, describe, expect, test } from 'vitest';
import { requestGpu } from '../../src/engine/device.js';
import { DeviceLoss } from '../../src/engine/deviceLoss.js';
import type { Dispatch } from '../../src/engine/dispatch.js';
import { Engine, type TraceFunction } from '../../src/engine/engine.js';
import { Program } from '../../src/engine/program.js';
import { parameterTensor } from '../../src/engine/tensor.js';
import { biasAct } from '../../src/ops/biasAct.js';
import { add, mul } from '../../src/ops/binary.js';
import { conv2d } from '../../src/ops/conv2d.js';
import { opLibrary } from '../../src/ops/opLibrary.js';
import { gradient } from '../../src/ops/gradient.js';
import { reshape } from '../../src/ops/reshape.js';
import { affine, square } from '../../src/ops/unary.js';
import { named } from '../ops/evaluate.js';
import { testGpu } from '../setup/gpu.js';
import { CallCounts, watchDevice } from './watchedDevice.js';

const calls = new CallCounts();
let engine: Engine;
beforeAll(async () => {
  const { device, adapter } = await requestGpu(testGpu());
  engine = new Engine({ device: watchDevice(device, calls), adapter }, opLibrary);
});

const values = (...numbers: readonly number[]): Float32Array<ArrayBuffer> => Float32Array.from(numbers);

const filter = parameterTensor({
  name: 'filter',
  shape: [2, 1, 3, 3],
  load: () => Float32Array.from({ length: 18 }, (_, i) => i / 18),
});

describe('a step after the first', () => {
  const layer: TraceFunction = (inputs) => {
    const y = biasAct(conv2d(named(inputs, 'x'), filter, { padding: 1 }), null, { act: 'lrelu' });
    const [slope] = gradient(y, [named(inputs, 'x')]);
    return { y, slope: slope ?? y };
  };

  test('creates no buffer, bind group, pipeline or shader, and submits once', async () => {
    const program = await engine.compile(layer, { x: [1, 1, 8, 8] }, { label: 'layer' });
    program.run({ x: new Float32Array(64).fill(1) });
    const first = await program.read('y');
    calls.reset();
    program.run({ x: new Float32Array(64).fill(-1) });
    expect(calls.created).toBe(0);
    expect(calls.of('submit')).toBe(1);
    expect(calls.of('writeBuffer')).toBe(1);
    const second = await program.read('y');
    expect(calls.created).toBe(0);
    expect(second).not.toEqual(first);
    program.dispose();
  });

  test('reads nothing back that was not asked for', async () => {
    const program = await engine.compile(layer, { x: [1, 1, 8, 8] }, { label: 'layer' });
    calls.reset();
    program.run({ x: new Float32Array(64) });
    expect(calls.of('createBuffer')).toBe(0);
    program.dispose();
  });
});

describe('outputs', () => {
  test('may be an input, a view, a constant, and one value under two names', async () => {
    const constant = parameterTensor({ name: 'constant', shape: [2], load: () => values(3, 4) });
    const program = await engine.compile(
      (inputs) => {
        const x = named(inputs, 'x');
        const y = square(x);
        return { x, y, again: y, view: reshape(y, [2, 1]), constant, doubled: affine(constant, 2, 0) };
      },
      { x: [2] },
      { label: 'outputs' },
    );
    program.run({ x: values(1, 2) });
    expect(program.outputShape('view')).toEqual([2, 1]);
    for (const [name, expected] of Object.entries({
      x: [1, 2],
      y: [1, 4],
      again: [1, 4],
      view: [1, 4],
      constant: [3, 4],
      doubled: [6, 8],
    })) {
      expect(Array.from(await program.read(name)), name).toEqual(expected);
    }
    program.dispose();
  });

  test('keep their value although the arena is reused', async () => {
    const program = await engine.compile(
      (inputs) => {
        const early = affine(named(inputs, 'x'), 2, 0);
        let late = early;
        for (let i = 0; i < 6; i++) late = affine(late, 1, 1);
        return { early, late };
      },
      { x: [1] },
      { label: 'arena' },
    );
    program.run({ x: values(5) });
    expect([...(await program.read('early')), ...(await program.read('late'))]).toEqual([10, 16]);
    expect(program.report).toMatchObject({ dispatches: 7, arenaBytes: 12, largestStepBytes: 8, inputBytes: 4 });
    program.dispose();
  });

  test('hold inputs until they are written again', async () => {
    const program = await engine.compile(
      (inputs) => ({ y: add(named(inputs, 'a'), named(inputs, 'b')) }),
      { a: [1], b: [1] },
      { label: 'sum' },
    );
    program.run({ a: values(1), b: values(10) });
    program.run({ a: values(2) });
    expect(await program.read('y')).toEqual(values(12));
    program.dispose();
  });
});

describe('mistakes', () => {
  const compile = (): Promise<Program> =>
    engine.compile((inputs) => ({ y: square(named(inputs, 'x')) }), { x: [2, 3] }, { label: 'squares' });

  test('a wrong length names the input, the shape, what was needed and given', async () => {
    const program = await compile();
    const write = (): void => program.write('x', values(1, 2));
    expect(write).toThrow(
      expect.objectContaining({ code: 'input-size', details: { input: 'x', needed: 6, given: 2 } }) as Error,
    );
    expect(write).toThrow(/squares: input x is \[2, 3\]/);
    program.dispose();
  });

  test('an unknown name tells the known ones', async () => {
    const program = await compile();
    expect(() => program.run({ z: values(1) })).toThrow(expect.objectContaining({ code: 'input-missing' }) as Error);
    expect(() => program.run({ z: values(1) })).toThrow('squares has no input z; it has x.');
    await expect(program.read('z')).rejects.toThrow('squares has no output z; it has y.');
    program.dispose();
  });

  test('an input that was not declared is named, and nothing stays allocated', async () => {
    let stray: ReturnType<typeof square> | null = null;
    await engine
      .compile((inputs) => ({ y: (stray = square(named(inputs, 'x'))) }), { x: [2] }, { label: 'first' })
      .then((p) => p.dispose());
    const before = engine.allocatedBytes;
    await expect(
      engine.compile(
        (inputs) => ({ y: add(stray ?? named(inputs, 'other'), named(inputs, 'other')) }),
        { other: [2] },
        { label: 'second' },
      ),
    ).rejects.toThrow(expect.objectContaining({ code: 'input-missing', details: { name: 'x' } }) as Error);
    expect(engine.allocatedBytes).toBe(before);
  });

  test('a shape error of an op passes through, and the next program compiles', async () => {
    await expect(
      engine.compile(
        (inputs) => ({ y: mul(named(inputs, 'x'), named(inputs, 'y')) }),
        { x: [2], y: [3] },
        { label: 'wrong' },
      ),
    ).rejects.toThrow(expect.objectContaining({ code: 'shape-mismatch' }) as Error);
    (await compile()).dispose();
  });

  test('a disposed program says so; disposing it twice is allowed', async () => {
    const program = await compile();
    program.dispose();
    program.dispose();
    expect(() => program.run()).toThrow(expect.objectContaining({ code: 'program-disposed' }) as Error);
    await expect(program.read('y')).rejects.toThrow(expect.objectContaining({ code: 'program-disposed' }) as Error);
  });
});

describe('long work', () => {
  /** A device that only notes how many dispatches each submit holds. */
  function fakeDevice(submits: number[]): GPUDevice {
    let recorded = 0;
    const pass = {
      setPipeline: () => undefined,
      setBindGroup: () => undefined,
      dispatchWorkgroups: () => void recorded++,
      end: () => undefined,
    };
    return {
      lost: new Promise(() => undefined),
      createCommandEncoder: () => ({ beginComputePass: () => pass, finish: () => ({}) }),
      queue: {
        submit: () => {
          submits.push(recorded);
          recorded = 0;
        },
      },
    } as unknown as GPUDevice;
  }

  function programOf(flops: readonly number[], flopsPerSubmit: number, submits: number[]): Program {
    const device = fakeDevice(submits);
    const dispatches = flops.map((each) => ({ flops: each, workgroups: [1, 1, 1] }) as unknown as Dispatch);
    const total = flops.reduce((sum, each) => sum + each, 0);
    return new Program({
      label: 'long',
      device,
      loss: new DeviceLoss(device),
      inputs: new Map(),
      outputs: new Map(),
      dispatches,
      states: [],
      report: {
        dispatches: flops.length,
        arenaBytes: 0,
        largestStepBytes: 0,
        inputBytes: 0,
        constantBytes: 0,
        flops: total,
      },
      flopsPerSubmit,
      release: () => undefined,
    });
  }

  test.each([
    ['all that fits goes in one', [5, 5], 10, [2]],
    ['a submit ends before it would hold too much', [5, 5, 5, 4], 10, [2, 2]],
    ['a dispatch that is too long by itself goes alone', [1, 20, 1], 10, [1, 1, 1]],
    ['an empty program submits nothing', [], 10, []],
  ])('%s', (_, flops, limit, expected) => {
    const submits: number[] = [];
    const program = programOf(flops, limit, submits);
    program.run();
    expect(submits).toEqual(expected);
    expect(program.fitsOneSubmit).toBe(expected.length <= 1);
  });
});
