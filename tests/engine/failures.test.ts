import { describe, expect, test } from 'vitest';
import { requestGpu, type GpuContext } from '../../src/engine/device.js';
import { Engine } from '../../src/engine/engine.js';
import { parameterTensor } from '../../src/engine/tensor.js';
import { add, mul } from '../../src/ops/binary.js';
import { opLibrary } from '../../src/ops/opLibrary.js';
import { affine, square } from '../../src/ops/unary.js';
import { setupFilter, upfirdn2d } from '../../src/ops/upfirdn2d.js';
import { named } from '../ops/evaluate.js';
import { testGpu } from '../setup/gpu.js';
import { CallCounts, watchDevice } from './watchedDevice.js';

const failing = (code: string): Error => expect.objectContaining({ name: 'GanvasError', code }) as Error;

/** An engine on a real device with some members replaced. */
async function engineWith(replaced: (device: GPUDevice) => Readonly<Record<string, unknown>>): Promise<Engine> {
  const { device, adapter } = await requestGpu(testGpu());
  const context: GpuContext = { device: watchDevice(device, new CallCounts(), replaced(device)), adapter };
  return new Engine(context, opLibrary);
}

describe('no GPU', () => {
  const gpuWith = (adapter: unknown): GPU => ({ requestAdapter: () => Promise.resolve(adapter) }) as unknown as GPU;

  test('without WebGPU', async () => {
    await expect(requestGpu(undefined)).rejects.toThrow(failing('gpu-no-webgpu'));
  });

  test('with WebGPU but no adapter', async () => {
    await expect(requestGpu(gpuWith(null))).rejects.toThrow(failing('gpu-no-adapter'));
  });

  test.each([
    ['maxStorageBuffersPerShaderStage', 4, 8],
    ['maxComputeInvocationsPerWorkgroup', 128, 256],
    ['maxStorageBufferBindingSize', 1024, 134217728],
  ])('with an adapter whose %s is too small', async (limit, available, needed) => {
    const large = {
      maxStorageBuffersPerShaderStage: 8,
      maxComputeInvocationsPerWorkgroup: 256,
      maxStorageBufferBindingSize: 134217728,
    };
    const adapter = { limits: { ...large, [limit]: available }, features: new Set() };
    const requested = requestGpu(gpuWith(adapter));
    await expect(requested).rejects.toThrow(failing('gpu-limits-too-small'));
    await expect(requested).rejects.toMatchObject({ details: { limit, needed, available } });
    await expect(requested).rejects.toThrow(limit);
  });

  test.each([
    ['an adapter', { requestAdapter: () => Promise.reject(new Error('The GPU process crashed.')) }],
    [
      'a device',
      {
        requestAdapter: () =>
          Promise.resolve({
            limits: new Proxy({}, { get: () => 2 ** 31 }),
            features: new Set(),
            requestDevice: () => Promise.reject(new DOMException('The GPU process crashed.', 'OperationError')),
          }),
      },
    ],
  ])('when WebGPU refuses %s', async (wanted, gpu) => {
    const requested = requestGpu(gpu as unknown as GPU);
    await expect(requested).rejects.toThrow(failing('gpu-no-device'));
    await expect(requested).rejects.toThrow(`WebGPU refused ${wanted}: The GPU process crashed. Restart the browser`);
  });

  test('software adapters are known by what they call themselves', async () => {
    const adapterNamed = (info: Readonly<Record<string, string>>): GPU =>
      gpuWith({
        limits: new Proxy({}, { get: () => 2 ** 31 }),
        features: new Set(),
        info: { vendor: '', architecture: '', device: '', description: '', ...info },
        requestDevice: () => Promise.resolve({}),
      });
    const isSoftware = async (info: Readonly<Record<string, string>>): Promise<boolean> =>
      (await requestGpu(adapterNamed(info))).adapter.software;
    expect(await isSoftware({ architecture: 'swiftshader' })).toBe(true);
    expect(await isSoftware({ description: 'llvmpipe (LLVM 15.0.7, 256 bits)' })).toBe(true);
    expect(await isSoftware({ vendor: 'nvidia', architecture: 'ampere' })).toBe(false);
  });
});

describe('a model too large for the adapter', () => {
  const engineWithLimits = (limits: Readonly<Record<string, number>>): Promise<Engine> =>
    engineWith((device) => ({
      limits: new Proxy(device.limits, {
        get: (real, key): unknown => (typeof key === 'string' && key in limits ? limits[key] : Reflect.get(real, key)),
      }),
    }));
  const big = parameterTensor({ name: 'big', shape: [1000], load: () => new Float32Array(1000) });

  test.each([
    ['maxStorageBufferBindingSize', { maxStorageBufferBindingSize: 2048 }],
    ['maxBufferSize', { maxBufferSize: 2048 }],
  ])('names %s, the needed and the available bytes, before anything is allocated', async (limit, limits) => {
    const engine = await engineWithLimits(limits);
    const compiled = engine.compile((i) => ({ y: square(named(i, 'x')) }), { x: [1000] }, { label: 'large' });
    await expect(compiled).rejects.toThrow(failing('limit-exceeded'));
    await expect(compiled).rejects.toMatchObject({ details: { limit, needed: 4000, available: 2048 } });
    await expect(compiled).rejects.toThrow(/unary \[1000\] needs 4000 bytes .*2048/);
    expect(engine.allocatedBytes).toBe(0);
  });

  test.each([
    ['channels', [1, 5, 8, 8], 4, 5],
    ['batch', [6, 2, 8, 8], 5, 6],
  ])('counts workgroups, of which a FIR filter needs one for each of its %s', async (_, shape, available, needed) => {
    const engine = await engineWithLimits({ maxComputeWorkgroupsPerDimension: available });
    const filter = setupFilter([1, 2, 1]);
    const compiled = engine.compile(
      (i) => ({ y: upfirdn2d(named(i, 'x'), filter, { padding: [1, 1, 1, 1] }) }),
      { x: shape },
      { label: 'filtered' },
    );
    const limit = 'maxComputeWorkgroupsPerDimension';
    await expect(compiled).rejects.toThrow(failing('limit-exceeded'));
    await expect(compiled).rejects.toMatchObject({ details: { limit, needed, available } });
    await expect(compiled).rejects.toThrow(
      new RegExp(`upfirdn2d .* needs ${needed} workgroups .*${limit} is ${available}`),
    );
    expect(engine.allocatedBytes).toBe(0);
  });

  test('counts weights, and what is worked out of them', async () => {
    const engine = await engineWithLimits({ maxStorageBufferBindingSize: 2048 });
    const read = engine.compile((i) => ({ y: add(named(i, 'x'), big) }), { x: [1] }, { label: 'weights' });
    await expect(read).rejects.toThrow(failing('limit-exceeded'));
    const worked = engine.compile(() => ({ y: square(big) }), {}, { label: 'constant' });
    await expect(worked).rejects.toThrow(failing('limit-exceeded'));
    expect(engine.allocatedBytes).toBe(0);
  });
});

describe('no room on the GPU', () => {
  /** An engine whose n-th group of buffers finds no room. */
  function engineFailingAt(n: number, scopes: { count: number }): Promise<Engine> {
    return engineWith((device) => {
      const open: GPUErrorFilter[] = [];
      return {
        pushErrorScope: (filter: GPUErrorFilter) => {
          open.push(filter);
          device.pushErrorScope(filter);
        },
        popErrorScope: async () => {
          const filter = open.pop();
          const real = await device.popErrorScope();
          if (filter !== 'out-of-memory') return real;
          return scopes.count++ === n ? { message: 'no room' } : real;
        },
      };
    });
  }
  const weight = parameterTensor({ name: 'weight', shape: [8], load: () => new Float32Array(8).fill(2) });
  const compile = (engine: Engine) =>
    engine.compile(
      (i) => ({ y: mul(add(named(i, 'x'), weight), affine(weight, 2, 0)) }),
      { x: [8] },
      { label: 'model' },
    );

  test('says so whichever buffers fail, gives everything back, and the same model compiles when there is room', async () => {
    const scopes = { count: 0 };
    const roomy = await engineFailingAt(-1, scopes);
    await compile(roomy);
    const groups = scopes.count;
    expect(groups).toBeGreaterThanOrEqual(5);
    for (let n = 0; n < groups; n++) {
      const engine = await engineFailingAt(n, { count: 0 });
      await expect(compile(engine)).rejects.toThrow(failing('gpu-out-of-memory'));
      expect(engine.allocatedBytes).toBe(0);
      await expect(compile(engine)).resolves.toBeDefined();
      engine.dispose();
    }
  });

  test('leaves nothing allocated, and tells the bytes', async () => {
    const engine = await engineFailingAt(0, { count: 0 });
    const failed = compile(engine);
    await expect(failed).rejects.toMatchObject({ details: { needed: expect.any(Number) as number } });
    await expect(failed).rejects.toThrow(/no room for .*model: it needs \d+ bytes/);
    expect(engine.allocatedBytes).toBe(0);
  });

  test('a weight that cannot be read is its own error, and leaves nothing behind', async () => {
    const engine = await engineFailingAt(-1, { count: 0 });
    const unreadable = parameterTensor({
      name: 'unreadable',
      shape: [8],
      load: () => {
        throw new RangeError('the file is gone');
      },
    });
    const compiled = engine.compile(
      (i) => ({ y: add(add(named(i, 'x'), weight), unreadable) }),
      { x: [8] },
      { label: 'm' },
    );
    await expect(compiled).rejects.toThrow('the file is gone');
    expect(engine.allocatedBytes).toBe(0);
    await expect(compile(engine)).resolves.toBeDefined();
  });
});

describe('a lost device', () => {
  const compile = (engine: Engine) =>
    engine.compile((i) => ({ y: square(named(i, 'x')) }), { x: [4] }, { label: 'squares' });
  const lose = (engine: Engine): void => engine.device.destroy();

  test('ends a pending read with a typed error', async () => {
    const engine = await engineWith(() => ({}));
    const program = await compile(engine);
    program.run({ x: Float32Array.of(1, 2, 3, 4) });
    const read = program.read('y');
    lose(engine);
    await expect(read).rejects.toThrow(failing('device-lost'));
  });

  test('is told once, and refuses every later step', async () => {
    const engine = await engineWith(() => ({}));
    const program = await compile(engine);
    lose(engine);
    expect(await engine.lost).toMatchObject({ code: 'device-lost', details: { reason: 'destroyed' } });
    expect(() => program.run()).toThrow(failing('device-lost'));
    await expect(program.read('y')).rejects.toThrow(failing('device-lost'));
    await expect(compile(engine)).rejects.toThrow(failing('device-lost'));
    program.dispose();
  });

  test('while a program compiles ends that, too', async () => {
    const engine = await engineWith(() => ({}));
    const compiled = compile(engine);
    lose(engine);
    await expect(compiled).rejects.toThrow(failing('device-lost'));
  });

  test('leaves other devices alone: the weights are still on the CPU side', async () => {
    const [lost, next] = [await engineWith(() => ({})), await engineWith(() => ({}))];
    const weight = parameterTensor({ name: 'w', shape: [2], load: () => Float32Array.of(3, 5) });
    const build = (engine: Engine) =>
      engine.compile((i) => ({ y: mul(named(i, 'x'), weight) }), { x: [2] }, { label: 'scaled' });
    await build(lost);
    lose(lost);
    await lost.lost;
    const program = await build(next);
    program.run({ x: Float32Array.of(1, 2) });
    expect(Array.from(await program.read('y'))).toEqual([3, 10]);
  });
});
