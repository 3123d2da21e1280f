import { requestGpu } from '../../src/engine/device.js';
import { Engine, type TraceFunction } from '../../src/engine/engine.js';
import { evaluateReference } from '../../src/engine/reference.js';
import type { Shape } from '../../src/engine/shape.js';
import { inputTensor, type Tensor } from '../../src/engine/tensor.js';
import { convChoices } from '../../src/ops/convMethod.js';
import { productKernels } from '../../src/ops/planeProduct.js';
import { opLibraryWith, type KernelChoices } from '../../src/ops/opLibrary.js';
import { testGpu } from '../setup/gpu.js';

/** An input with its numbers. */
export interface Fed {
  readonly shape: Shape;
  readonly values: Float32Array<ArrayBuffer>;
}

export type FedInputs = Readonly<Record<string, Fed>>;

/**
 * `TEST_CONVOLUTION=winograd4` and `TEST_PRODUCT=workgroup` force a kernel wherever it can be used, so that every test can be run
 * with each of them.
 */
const forcedChoices = (): KernelChoices => ({
  convolution: forced('TEST_CONVOLUTION', convChoices, 'auto'),
  product: forced('TEST_PRODUCT', productKernels, 'registers'),
});

function forced<T extends string>(variable: string, known: readonly T[], otherwise: T): T {
  const given = process.env[variable] ?? otherwise;
  const choice = known.find((each) => each === given);
  if (choice === undefined) throw new Error(`${variable} is ${given}; ${known.join(', ')} are known.`);
  return choice;
}

/** One engine a test file: pipelines compile slowly on a software adapter. */
export async function createTestEngine(choices: KernelChoices = {}): Promise<Engine> {
  return new Engine(await requestGpu(testGpu()), opLibraryWith({ ...forcedChoices(), ...choices }));
}

/** Looks an input of a traced function up; a wrong name is a mistake in the test. */
export function named(inputs: Readonly<Record<string, Tensor>>, name: string): Tensor {
  const tensor = inputs[name];
  if (tensor === undefined) throw new Error(`The test feeds no input ${name}.`);
  return tensor;
}

export interface GpuRun {
  readonly outputs: Readonly<Record<string, Float32Array>>;
  readonly dispatches: number;
}

/** Compiles, runs once, reads every output. */
export async function runOnGpu(engine: Engine, fn: TraceFunction, inputs: FedInputs, fuse: boolean): Promise<GpuRun> {
  const shapes = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape]));
  let names: string[] = [];
  const program = await engine.compile(
    (traced) => {
      const outputs = fn(traced);
      names = Object.keys(outputs);
      return outputs;
    },
    shapes,
    { label: 'test', fuse },
  );
  try {
    program.run(Object.fromEntries(Object.entries(inputs).map(([name, { values }]) => [name, values])));
    const outputs: Record<string, Float32Array> = {};
    for (const name of names) outputs[name] = await program.read(name);
    return { outputs, dispatches: program.report.dispatches };
  } finally {
    program.dispose();
  }
}

export type F64Inputs = Readonly<Record<string, { readonly shape: Shape; readonly values: ArrayLike<number> }>>;

/** Shape of what a traced function returns for inputs of these shapes. */
export function outputShapeOf(fn: (inputs: Readonly<Record<string, Tensor>>) => Tensor, inputs: F64Inputs): Shape {
  return fn(Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, inputTensor(name, shape)])))
    .shape;
}

/** The same in f64. */
export function runReference(fn: TraceFunction, inputs: F64Inputs): Readonly<Record<string, Float64Array>> {
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, { shape }]) => [name, inputTensor(name, shape)]),
  );
  const outputs = Object.entries(fn(tensors));
  const values = new Map(Object.entries(inputs).map(([name, fed]) => [named(tensors, name), fed.values]));
  const results = evaluateReference(
    outputs.map(([, tensor]) => tensor),
    values,
  );
  return Object.fromEntries(outputs.map(([name], index) => [name, results[index] ?? new Float64Array()]));
}
