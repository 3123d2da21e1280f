import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { workloads } from '../../bench/workloads.js';
import { isOp, topologicalOrder, type OpTensor } from '../../src/engine/graph.js';
import { isView } from '../../src/engine/kernel.js';
import { isDifferentiable } from '../../src/engine/op.js';
import { bundledShaders } from '../../src/engine/shaderLibrary.js';
import { sameShape } from '../../src/engine/shape.js';
import { inputTensor, type Tensor } from '../../src/engine/tensor.js';
import { gradient } from '../../src/ops/gradient.js';
import { convChoices } from '../../src/ops/convMethod.js';
import { opLibraryWith } from '../../src/ops/opLibrary.js';
import { productKernels } from '../../src/ops/planeProduct.js';
import { storageTypes } from '../../src/ops/storageType.js';
import { fusedOps, ops } from '../../src/ops/registry.js';
import { updates } from '../../src/optimisers/registry.js';
import { named } from './evaluate.js';
import { fusedWith } from './fusedWith.js';
import type { OpCase } from './opCase.js';
import { compositionCases, opCases } from './opCases.js';

const everyOp = [...ops, ...fusedOps];
const names = everyOp.map((op) => op.name);

/** As the engine fuses, with each way to convolve and to multiply, but for what does not fit a binding. */
const fusedAnyhow = (outputs: readonly Tensor[]): Tensor[] =>
  convChoices.flatMap((convolution) =>
    productKernels.flatMap((product) =>
      storageTypes.flatMap((type) =>
        fusedWith(opLibraryWith({ convolution, product, weights: type, activations: type }), outputs),
      ),
    ),
  );

/** Nodes of many graphs, forward and backward, as traced and fused: every op is applied in them. */
function sampleNodes(): OpTensor[] {
  const cases = Object.values({ ...opCases, ...compositionCases }).flatMap((arbitrary) =>
    fc.sample<OpCase>(arbitrary, { seed: 1, numRuns: 40 }),
  );
  return cases.flatMap(({ inputs, fn, wrt }) => {
    const traced = Object.fromEntries(
      Object.entries(inputs).map(([name, { shape }]) => [name, inputTensor(name, shape)]),
    );
    const y = fn(traced);
    const gradients = gradient(
      y,
      wrt.map((name) => named(traced, name)),
    );
    const plain = [y, ...gradients];
    return topologicalOrder([...plain, ...fusedAnyhow([y]), ...fusedAnyhow(plain)]).filter(isOp);
  });
}

const nodes = sampleNodes();
const nodesOf = (name: string): OpTensor[] => nodes.filter((node) => node.source.op.name === name);

function lower({ source: { op, inputs, attributes }, shape }: OpTensor) {
  return op.lower({ shapes: inputs.map((input) => input.shape), outputShape: shape, attributes });
}

/** Shaders an op lowers to in the sampled graphs, and `view` where it costs nothing. */
function kernelsOf(name: string): Set<string> {
  return new Set(
    nodesOf(name).flatMap((node) => {
      const lowering = lower(node);
      return isView(lowering) ? ['view'] : lowering.calls.map((call) => call.shader);
    }),
  );
}

interface Row {
  readonly formula: string;
  readonly inputs: string;
  readonly attributes: string;
  readonly kernels: string;
}

const page = readFileSync(fileURLToPath(new URL('../../docs/ops.md', import.meta.url)), 'utf8');
const rows = new Map<string, Row>(
  [...page.matchAll(/^\| `(\w+)` +\|(.*)\|$/gm)].map((match) => {
    const [formula = '', inputs = '', attributes = '', kernels = ''] = (match[2] ?? '')
      .split('|')
      .map((cell) => cell.trim());
    return [match[1] ?? '', { formula, inputs, attributes, kernels }];
  }),
);

test('names are unique, and the page names exactly the ops there are, in order', () => {
  expect(new Set(names).size).toBe(names.length);
  expect([...rows.keys()]).toEqual(names);
});

test('core ops are differentiable, fused ones are not', () => {
  expect(ops.filter((op) => !isDifferentiable(op))).toEqual([]);
  expect(fusedOps.filter(isDifferentiable)).toEqual([]);
});

test('every core op has property tests', () => {
  expect(Object.keys(opCases).sort()).toEqual(ops.map((op) => op.name).sort());
});

/** Ops without a row in the benchmark, and why. */
const notBenched: Readonly<Record<string, string>> = {
  reshape: 'a view: it runs no kernel',
  groupMember: 'a view: it runs no kernel',
  packConvWeight: 'runs once a model, when its constants are computed',
  halfConvWeight: 'likewise',
};

test('every op has a row in the benchmark, or a reason for none', () => {
  const benched = new Set(workloads.map(({ op }) => op));
  expect([...benched, ...Object.keys(notBenched)].sort()).toEqual([...names].sort());
});

test.each(workloads.map((workload) => [workload.name, workload] as const))('%s is about its op', (_, workload) => {
  const inputs = Object.entries(workload.inputs).map(([name, shape]) => [name, inputTensor(name, shape)] as const);
  const y = workload.build(Object.fromEntries(inputs));
  const used = topologicalOrder([y, ...fusedAnyhow([y])]).filter(isOp);
  expect(used.map(({ source }) => source.op.name)).toContain(workload.op);
});

describe.each(everyOp.map((op) => [op.name, op] as const))('%s', (name, op) => {
  test('is a frozen record', () => {
    expect(Object.isFrozen(op)).toBe(true);
  });

  test('has an f64 reference for what it infers the shape of', () => {
    const some = nodesOf(name)
      .filter(({ shape }) => shape.reduce((a, b) => a * b, 1) < 500)
      .slice(0, 20);
    expect(some.length).toBeGreaterThan(0);
    for (const { source, shape } of some) {
      const shapes = source.inputs.map((input) => input.shape);
      const inferred = op.inferShape(shapes, source.attributes);
      expect(sameShape(inferred, shape)).toBe(true);
      const inputs = shapes.map((each) => new Float64Array(each.reduce((a, b) => a * b, 1)).fill(0.5));
      const values = op.reference({ inputs, shapes, outputShape: shape, attributes: source.attributes });
      expect(values.length).toBe(shape.reduce((a, b) => a * b, 1));
    }
  });

  test('lowers to shaders that are there, giving every flag, param and binding they declare', () => {
    for (const node of nodesOf(name)) {
      const lowering = lower(node);
      if (isView(lowering)) continue;
      for (const call of lowering.calls) {
        expect(bundledShaders.names()).toContain(call.shader);
        expect(Object.keys(call.flags).sort()).toEqual(bundledShaders.flagsOf(call.shader).sort());
        const { bindings, params } = bundledShaders.resolve(call.shader, call.flags);
        expect(Object.keys(call.params).sort()).toEqual(params.map((param) => param.name).sort());
        const storage = bindings.filter((binding) => binding.type !== 'uniform').map((binding) => binding.name);
        expect(Object.keys(call.bindings).sort()).toEqual(storage.sort());
        expect(call.workgroups.every((count) => Number.isInteger(count) && count >= 1 && count <= 65535)).toBe(true);
      }
    }
  });

  test('has a row that tells formula, inputs, attributes and the kernels it lowers to', () => {
    const row = rows.get(name);
    for (const cell of [row?.formula, row?.inputs, row?.attributes]) expect(cell).toMatch(/\S/);
    const documented = [...(row?.kernels ?? '').matchAll(/`(\w+)`|\b(view)\b/g)].map(
      (match) => match[1] ?? match[2] ?? '',
    );
    expect(new Set(documented)).toEqual(kernelsOf(name));
    const attributes = new Set(nodesOf(name).flatMap((node) => Object.keys(node.source.attributes)));
    const told = [...(row?.attributes ?? '').matchAll(/`(\w+)`/g)].map((match) => match[1] ?? '');
    expect([...attributes]).toEqual(expect.arrayContaining(told));
  });
});

test('every compute shader is used by some op or update', () => {
  const files = readdirSync(fileURLToPath(new URL('../../shaders', import.meta.url)), {
    recursive: true,
    encoding: 'utf8',
  })
    .filter((file) => file.endsWith('.wgsl') && !file.startsWith('render'))
    .map((file) => file.replaceAll('\\', '/').replace(/\.wgsl$/, ''));
  const shaders = new Set(names.flatMap((name) => [...kernelsOf(name)]).filter((name) => name !== 'view'));
  // An update has one shader, of its own name (tests/optimisers run them).
  for (const { name } of updates) shaders.add(name);
  expect(new Set([...shaders].flatMap((shader) => bundledShaders.filesOf(shader)))).toEqual(new Set(files));
});
