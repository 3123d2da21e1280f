import type { GpuContext } from '../engine/device.js';
import { Engine } from '../engine/engine.js';
import type { Program } from '../engine/program.js';
import { at, type Shape } from '../engine/shape.js';
import { parameterTensor, type Tensor } from '../engine/tensor.js';
import { conv2d } from '../ops/conv2d.js';
import { conv2dTransposed } from '../ops/conv2dTransposed.js';
import type { ConvGeometry } from '../ops/convGeometry.js';
import type { ConvKind } from '../ops/convKernel.js';
import { methodsFor, type ConvKernel, type ConvMethod } from '../ops/convMethod.js';
import { opLibraryWith } from '../ops/opLibrary.js';
import { productKernels } from '../ops/planeProduct.js';
import { timeInTurns } from './timeInTurns.js';

export type TimedKernel = ConvKernel & { readonly milliseconds: number };

/**
 * Differences from the direct kernel, in parts of the largest value, that each method states (docs/performance.md, twice what
 * tests hold it to, since the direct kernel rounds as well). What is further off never competes, however fast it is.
 */
const statedErrors: Readonly<Record<ConvMethod, number>> = {
  direct: 8e-6,
  winograd2: 1.6e-5,
  winograd4: 1e-4,
  tapProducts: 8e-6,
  im2col: 8e-6,
};

const timing = { samples: 7, sampleMilliseconds: 4, warmUps: 2 } as const;

/** Every kernel that computes this convolution as exactly as it states, and what a run of it takes, in turns. */
export async function measureCandidates(context: GpuContext, kind: ConvKind, g: ConvGeometry): Promise<TimedKernel[]> {
  const candidates = candidatesFor(kind, g);
  if (candidates.length < 2) return [];
  const engines = candidates.map(
    ({ method, product }) => new Engine(context, opLibraryWith({ convolution: method, product })),
  );
  const programs: Program[] = [];
  try {
    for (const engine of engines) programs.push(await convolution(engine, kind, g));
    const exact = await exactEnough(candidates, programs);
    const runs = exact.map((index) => () => at(programs, index).run());
    const times = await timeInTurns(context.device, runs, timing);
    return exact.map((candidate, index) => ({
      ...at(candidates, candidate),
      milliseconds: middleOf(at(times, index)),
    }));
  } finally {
    for (const program of programs) program.dispose();
    for (const engine of engines) engine.dispose();
  }
}

/** The direct kernel first. */
export function candidatesFor(kind: ConvKind, g: ConvGeometry): ConvKernel[] {
  return methodsFor(kind, g).flatMap((method): ConvKernel[] =>
    method === 'direct' ? [{ method, product: 'registers' }] : productKernels.map((product) => ({ method, product })),
  );
}

async function exactEnough(candidates: readonly ConvKernel[], programs: readonly Program[]): Promise<number[]> {
  const results: Float32Array[] = [];
  for (const program of programs) {
    program.run();
    results.push(await program.read('y'));
  }
  const expected = at(results, 0);
  return candidates.flatMap(({ method }, index) => (isExact(method, at(results, index), expected) ? [index] : []));
}

/** Whether a result is as close to the direct kernel's as its method states. */
export function isExact(method: ConvMethod, actual: Float32Array, expected: Float32Array): boolean {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const furthest = actual.reduce((most, value, k) => Math.max(most, Math.abs(value - (expected[k] ?? NaN))), 0);
  // Not `>`: NaN is no result either.
  return furthest <= statedErrors[method] * largest;
}

function middleOf(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return at(sorted, Math.floor(sorted.length / 2));
}

async function convolution(engine: Engine, kind: ConvKind, g: ConvGeometry): Promise<Program> {
  const channels = g.inChannels * g.groups;
  const shape: Shape = [g.batch, channels, g.inHeight, g.inWidth];
  const weightShape =
    kind === 'direct'
      ? [g.outChannels, g.inChannels, g.kernelHeight, g.kernelWidth]
      : [channels, g.outChannels / g.groups, g.kernelHeight, g.kernelWidth];
  const w = parameterTensor({ name: 'w', shape: weightShape, load: () => pattern(weightShape, 1) });
  const program = await engine.compile(
    ({ x }) => ({ y: convolve(kind, g, given(x), w) }),
    { x: shape },
    { label: 'tuning' },
  );
  program.write('x', pattern(shape, 2));
  return program;
}

/** The convolution that a graph writes for this geometry. */
function convolve(kind: ConvKind, g: ConvGeometry, x: Tensor, w: Tensor): Tensor {
  const { stride, groups, padY, padX, kernelHeight, kernelWidth } = g;
  if (kind === 'direct') return conv2d(x, w, { stride, padding: [padY, padX], groups });
  if (kind === 'turned')
    return conv2dTransposed(x, w, { padding: [kernelHeight - 1 - padY, kernelWidth - 1 - padX], groups });
  const extra = (out: number, side: number, pad: number, kernel: number): number =>
    out - ((side - 1) * stride - 2 * pad + kernel);
  return conv2dTransposed(x, w, {
    stride,
    padding: [padY, padX],
    groups,
    outputPadding: [
      extra(g.outHeight, g.inHeight, padY, kernelHeight),
      extra(g.outWidth, g.inWidth, padX, kernelWidth),
    ],
  });
}

/** Numbers from −1 to 1 without pattern. */
function pattern(shape: Shape, seed: number): Float32Array<ArrayBuffer> {
  const count = shape.reduce((product, extent) => product * extent, 1);
  let state = seed * 2654435761;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

function given(tensor: Tensor | undefined): Tensor {
  if (tensor === undefined) throw new RangeError('internal: an input is missing');
  return tensor;
}
