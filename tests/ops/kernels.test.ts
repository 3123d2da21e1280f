import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Engine, TraceFunction } from '../../src/engine/engine.js';
import { gradient } from '../../src/ops/gradient.js';
import { expectAgreement, kernelTolerance, type Tolerance } from './agreement.js';
import { createTestEngine, named, outputShapeOf, runOnGpu, runReference, type FedInputs } from './evaluate.js';
import { numbers } from './numbers.js';
import { reported, type OpCase } from './opCase.js';
import { compositionCases, opCases } from './opCases.js';

let engine: Engine;
beforeAll(async () => {
  engine = await createTestEngine();
});

/** Drawn from a fixed seed: where a function has a kink, a value within rounding of it would fail by chance. */
const fixed = { seed: 21, numRuns: 10 };

/** The value and, in a program of their own, the gradients of ⟨y, cotangent⟩ with respect to every differentiable input. */
function graphsOf({ fn, wrt }: OpCase): readonly TraceFunction[] {
  const forward: TraceFunction = (inputs) => ({ y: fn(inputs) });
  if (wrt.length === 0) return [forward];
  const backward: TraceFunction = (inputs) => {
    const sources = wrt.map((name) => named(inputs, name));
    const results = gradient(fn(inputs), sources, named(inputs, 'cotangent'));
    return Object.fromEntries(results.map((result, index) => [`gradient of ${wrt[index] ?? ''}`, result]));
  };
  return [forward, backward];
}

function withCotangent({ fn, inputs }: OpCase): FedInputs {
  const shape = outputShapeOf(fn, inputs);
  return { ...inputs, cotangent: { shape, values: numbers(shape, 77) } };
}

function absolute(inputs: FedInputs): FedInputs {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, values }]) => [name, { shape, values: values.map(Math.abs) }]),
  );
}

async function expectKernelsAgree(opCase: OpCase, tolerance: Tolerance): Promise<void> {
  const inputs = withCotangent(opCase);
  for (const graph of graphsOf(opCase)) {
    const expected = runReference(graph, inputs);
    const bounds = opCase.kind === 'products' ? runReference(graph, absolute(inputs)) : {};
    for (const fuse of [false, true]) {
      const { outputs } = await runOnGpu(engine, graph, inputs, fuse);
      for (const [name, values] of Object.entries(expected)) {
        const magnitudes = bounds[name] ?? values.map((value) => Math.max(1, Math.abs(value)));
        const what = `${opCase.label}: ${name}, ${fuse ? 'fused' : 'op by op'}`;
        expectAgreement(what, outputs[name] ?? [], values, magnitudes, tolerance);
      }
    }
  }
}

async function check(cases: fc.Arbitrary<OpCase>, tolerance: Tolerance): Promise<void> {
  await fc.assert(
    fc.asyncProperty(reported(cases), (opCase) => expectKernelsAgree(opCase, tolerance)),
    fixed,
  );
  expect(engine.allocatedBytes).toBe(0);
}

test.each(Object.entries(opCases))('%s on the GPU agrees with its f64 reference, forward and backward', (_, cases) =>
  check(cases, kernelTolerance.f32),
);

test.each(Object.entries(compositionCases))(
  '%s agrees as a chain of kernels and fused, forward and backward',
  (_, cases) => check(cases, kernelTolerance.f32Chain),
);
