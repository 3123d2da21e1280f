import { Engine } from '../src/engine/engine.js';
import { GanvasError } from '../src/engine/errors.js';
import type { Program } from '../src/engine/program.js';
import { at } from '../src/engine/shape.js';
import { parameterTensor, type Tensor } from '../src/engine/tensor.js';
import { mul } from '../src/ops/binary.js';
import { conv2d } from '../src/ops/conv2d.js';
import { opLibraryWith, type KernelChoices } from '../src/ops/opLibrary.js';
import { naiveConvolution } from './naiveConvolution.js';
import type { Spread } from './statistics.js';
import { timeInterleaved } from './timing.js';
import { testValues } from './workloads.js';

/** Kernels of a convolution of stride 1: each method, its products in registers and in workgroup memory, weights whole and halved. */
const variants = {
  direct: { convolution: 'direct' },
  winograd2: { convolution: 'winograd2' },
  winograd4: { convolution: 'winograd4' },
  'winograd2 workgroup': { convolution: 'winograd2', product: 'workgroup' },
  'winograd4 workgroup': { convolution: 'winograd4', product: 'workgroup' },
  'winograd4 f16': { convolution: 'winograd4', weights: 'f16' },
} as const satisfies Readonly<Record<string, KernelChoices>>;

type ConvVariant = keyof typeof variants;
export const convVariants = Object.keys(variants) as ConvVariant[];

/** One styled 3×3 convolution by every kernel, their samples in turns. */
export interface ConvolutionResult {
  readonly suite: 'convolutions';
  readonly name: string;
  /** Of the convolution itself, whatever a kernel multiplies. */
  readonly gigaflops: number;
  readonly wallMilliseconds: Readonly<Record<ConvVariant, Spread>>;
  /** One lane an output, of `naiveSamples` samples: it takes long. */
  readonly naiveMilliseconds: Spread;
}

const naiveSamples = 5;
/** Differences from the naive kernel, in parts of the largest sum of magnitudes, as tests/ops has them. */
const tolerances: Readonly<Record<ConvVariant, number>> = {
  direct: 4e-6,
  winograd2: 4e-6,
  winograd4: 2e-5,
  'winograd2 workgroup': 4e-6,
  'winograd4 workgroup': 2e-5,
  'winograd4 f16': 8e-3,
};

/** Channels, and pixels a side. */
const shapes = [
  [512, 4],
  [512, 8],
  [512, 16],
  [256, 32],
  [128, 64],
  [64, 128],
  [48, 32],
  [24, 64],
  [64, 16],
] as const;

export async function benchConvolutions(
  engine: Engine,
  samples: number,
  onProgress: (label: string) => void,
): Promise<ConvolutionResult[]> {
  const engines = convVariants.map((variant) => new Engine(engine, opLibraryWith(variants[variant])));
  const results: ConvolutionResult[] = [];
  for (const [channels, side] of shapes) {
    const name = `${channels} channels, ${side}²`;
    onProgress(name);
    const programs = await Promise.all(engines.map((each) => convolution(each, channels, side, name)));
    const naive = await naiveConvolution(engine.device, channels, side, valuesOf(channels, side));
    const expected = { values: await naive.read(), largestSum: await largestSum(engine.device, channels, side) };
    for (const [index, program] of programs.entries()) {
      await checkEqual(program, expected, at(convVariants, index), name);
    }
    const [naiveMilliseconds] = await timeInterleaved(engine.device, Math.min(samples, naiveSamples), [naive.run]);
    naive.dispose();
    const runs = programs.map((program) => () => program.run());
    const spreads = await timeInterleaved(engine.device, samples, runs);
    for (const program of programs) program.dispose();
    if (naiveMilliseconds === undefined) throw new RangeError('internal: a spread for each run');
    const gigaflops = (2 * channels ** 2 * 9 * side ** 2) / 1e9;
    const wallMilliseconds = recordOf((_, index) => at(spreads, index));
    results.push({ suite: 'convolutions', name, gigaflops, wallMilliseconds, naiveMilliseconds });
  }
  return results;
}

function recordOf(spreadOf: (variant: ConvVariant, index: number) => Spread): Readonly<Record<ConvVariant, Spread>> {
  return Object.fromEntries(convVariants.map((variant, index) => [variant, spreadOf(variant, index)])) as Record<
    ConvVariant,
    Spread
  >;
}

async function convolution(engine: Engine, channels: number, side: number, label: string): Promise<Program> {
  const values = valuesOf(channels, side);
  const w = parameterTensor({ name: 'w', shape: [channels, channels, 3, 3], load: () => values.w });
  const program = await engine.compile(
    ({ x, s }) => ({ y: conv2d(mul(given(x), given(s)), w, { padding: 1 }) }),
    { x: [1, channels, side, side], s: [1, channels, 1, 1] },
    { label },
  );
  program.write('x', values.x);
  program.write('s', values.s);
  return program;
}

const valuesOf = (channels: number, side: number) => ({
  w: testValues(channels ** 2 * 9, 1),
  x: testValues(channels * side ** 2, 2),
  s: testValues(channels, 3),
});

/** The largest sum of magnitudes of an output's terms: what its rounding errors are in proportion to. */
async function largestSum(device: GPUDevice, channels: number, side: number): Promise<number> {
  const { w, x, s } = valuesOf(channels, side);
  const magnitudes = { w: w.map(Math.abs), x: x.map(Math.abs), s: s.map(Math.abs) };
  const naive = await naiveConvolution(device, channels, side, magnitudes);
  try {
    return (await naive.read()).reduce((most, sum) => Math.max(most, sum), 0);
  } finally {
    naive.dispose();
  }
}

/** @throws GanvasError `bench-wrong-result` */
async function checkEqual(
  program: Program,
  expected: { readonly values: Float32Array; readonly largestSum: number },
  variant: ConvVariant,
  name: string,
): Promise<void> {
  program.run();
  const y = await program.read('y');
  const furthest = y.reduce((most, value, k) => Math.max(most, Math.abs(value - (expected.values[k] ?? NaN))), 0);
  const difference = furthest / expected.largestSum;
  if (difference <= tolerances[variant]) return;
  throw new GanvasError(
    'bench-wrong-result',
    `${name}: ${variant} differs from the naive convolution by ${difference.toExponential(1)} of the largest sum of magnitudes, so it was not timed. Expected ${tolerances[variant]} at most.`,
    { name, variant },
  );
}

function given(input: Tensor | undefined): Tensor {
  if (input === undefined) throw new RangeError('internal: an input is missing');
  return input;
}
