import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { readSafetensors } from '../../src/checkpoints/safetensors.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import type { Engine, TraceFunction } from '../../src/engine/engine.js';
import { constantTensor, type Tensor } from '../../src/engine/tensor.js';
import { gradient } from '../../src/ops/gradient.js';
import { createTestEngine, named, runOnGpu, type Fed } from './evaluate.js';
import { GoldenArguments } from './goldenArguments.js';
import { goldenOps, type GoldenOp } from './goldenOps.js';

interface GoldenCase {
  readonly args: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly outputs: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly tol: { rel_l2: number; max_abs: number } }>
  >;
}

const committedFolder = fileURLToPath(new URL('../golden', import.meta.url));
const goldenDir = process.env['GOLDEN_DIR'] ?? committedFolder;
const filter = process.env['GOLDEN_FILTER'] ?? '';
const folder = path.join(goldenDir, 'ops');

/** A folder may hold other fixtures only; the project's own always has these. */
const files = existsSync(folder)
  ? readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .map((file) => path.basename(file, '.json'))
      .sort()
  : [];

const casesOf = (op: string): Record<string, GoldenCase> =>
  (JSON.parse(readFileSync(path.join(folder, `${op}.json`), 'utf8')) as { cases: Record<string, GoldenCase> }).cases;

const cases = files.flatMap((op) => {
  const build = goldenOps[op];
  if (build === undefined) return [];
  return Object.entries(casesOf(op))
    .filter(([name]) => `ops/${op}/${name}`.includes(filter))
    .map(([name, golden]) => [`ops/${op}/${name}`, { op, name, golden, build }] as const);
});

const openFiles = new Map<string, ReturnType<typeof tensorsOf>>();
const tensorsOf = (op: string) =>
  readSafetensors(readFileSync(path.join(folder, `${op}.safetensors`))).networks[0]?.tensors;

function stored(op: string, name: string): Float32Array<ArrayBuffer> {
  if (!openFiles.has(op)) openFiles.set(op, tensorsOf(op));
  const tensor = openFiles.get(op)?.get(name);
  if (tensor === undefined) throw new Error(`${op}.safetensors has no ${name}.`);
  return Float32Array.from(readTensor(tensor));
}

/** What a model has as weights is a constant here too, so that the path of constants is checked as well. */
const weightNames: ReadonlySet<string> = new Set(['w', 'b', 'f', 'weight']);

test('every op file of the golden folder is checked', () => {
  const unknown = files.filter((op) => goldenOps[op] === undefined);
  expect(unknown.filter((op) => `ops/${op}`.includes(filter))).toEqual([]);
  if (goldenDir === committedFolder) expect(files).toEqual(Object.keys(goldenOps).sort());
});

describe.each(cases)('golden %s', (_, { op, name, golden, build }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await sharedEngine();
  });

  test.each([
    ['op by op', false],
    ['fused', true],
  ])('%s', async (_path, fuse) => {
    const { inputs, fn } = prepare(op, name, golden, build);
    const gradients = Object.keys(golden.outputs).filter((output) => output !== 'y');
    // Apart, because an output that a gradient reads as well is not fused.
    const { outputs } = await runOnGpu(engine, (traced) => fn(traced, ['y']), inputs, fuse);
    const backward = await runOnGpu(engine, (traced) => fn(traced, gradients), inputs, fuse);
    for (const [output, { tol }] of Object.entries(golden.outputs)) {
      const actual = outputs[output] ?? backward.outputs[output] ?? new Float32Array();
      expectWithin(output, actual, stored(op, `${name}/${output}`), tol);
    }
  });
});

let engineOfFile: Promise<Engine> | null = null;
const sharedEngine = (): Promise<Engine> => (engineOfFile ??= createTestEngine());

interface Prepared {
  readonly inputs: Record<string, Fed>;
  readonly fn: (traced: Parameters<TraceFunction>[0], wanted: readonly string[]) => Record<string, Tensor>;
}

function prepare(op: string, name: string, golden: GoldenCase, build: GoldenOp): Prepared {
  const inputs: Record<string, Fed> = {};
  const weights: Record<string, Tensor> = {};
  for (const [input, shape] of Object.entries(golden.inputs)) {
    const values = stored(op, `${name}/${input}`);
    if (weightNames.has(input)) weights[input] = constantTensor(input, shape, values);
    else inputs[input] = { shape, values };
  }
  const dyShape = golden.outputs['y']?.shape;
  if (dyShape === undefined) throw new Error(`${op}/${name} lists no output y.`);
  inputs['dy'] = { shape: dyShape, values: stored(op, `${name}/dy`) };
  const fn: Prepared['fn'] = (traced, wanted) => {
    const operands = { ...traced, ...weights };
    const args = new GoldenArguments(golden.args);
    const y = build(operands, args);
    args.expectAllTaken();
    expect(y.shape).toEqual(dyShape);
    return Object.fromEntries(
      wanted.map((output) => {
        if (output === 'y') return [output, y];
        const source = named(operands, output.replace(/^grad\./, ''));
        const [result] = gradient(y, [source], named(traced, 'dy'));
        if (result === undefined) throw new Error(`There is no ${output}.`);
        return [output, result];
      }),
    );
  };
  return { inputs, fn };
}

function expectWithin(
  what: string,
  actual: Float32Array,
  expected: Float32Array,
  tol: { readonly rel_l2: number; readonly max_abs: number },
): void {
  expect(actual.length, `${what}: number of values`).toBe(expected.length);
  let [difference, norm, largest] = [0, 0, 0];
  expected.forEach((value, index) => {
    const error = (actual[index] ?? NaN) - value;
    difference += error ** 2;
    norm += value ** 2;
    largest = Math.max(largest, Math.abs(error));
  });
  expect(actual.length, `${what}: number of values`).toBeGreaterThan(0);
  expect(Math.sqrt(difference), `${what}: L2 difference`).toBeLessThanOrEqual(tol.rel_l2 * Math.sqrt(norm));
  expect(largest, `${what}: largest difference`).toBeLessThanOrEqual(tol.max_abs);
}
