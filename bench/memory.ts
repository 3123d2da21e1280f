import { Interner } from '../src/engine/graph.js';
import { planGraph, type ProgramReport } from '../src/engine/graphPlan.js';
import { withGradients } from '../src/engine/differentiate.js';
import type { Shape } from '../src/engine/shape.js';
import type { Tensor } from '../src/engine/tensor.js';
import type { Generator } from '../src/models/generator.js';
import { sub } from '../src/ops/binary.js';
import { opLibrary, opLibraryWith } from '../src/ops/opLibrary.js';
import { reduceMean } from '../src/ops/reduce.js';
import { square } from '../src/ops/unary.js';
import {
  publishedPggan,
  publishedStyleGan2,
  publishedStyleGan3,
  weightsOfShapes,
  type PublishedModel,
} from './publishedModels.js';
import { configR, configT } from './stylegan3Design.js';

/** What a program would need, worked out without running it or having a GPU. */
export interface MemoryResult {
  readonly suite: 'memory';
  readonly name: string;
  readonly dispatches: number;
  readonly arenaBytes: number;
  readonly constantBytes: number;
  /** Arena, inputs, weights and constants: the peak. */
  readonly peakBytes: number;
  /** The largest buffer that a kernel binds. */
  readonly largestBufferBytes: number;
}

const resolutions = [256, 512, 1024] as const;
const programs = ['forward', 'forward in halves', 'forward and backward', 'forward and backward, recomputing'] as const;
type ProgramKind = (typeof programs)[number];

/** WebGPU's guaranteed size of a storage binding: the plan for adapters that offer no more. */
const guaranteedBinding = 128 * 1024 * 1024;

/**
 * Plans of StyleGAN2 config-f, StyleGAN3 and PGGAN, batch 1, the backward pass with respect to W+ (PGGAN's is z) of a
 * squared error, within the guaranteed binding. StyleGAN3 is planned for adapters that bind its maps whole, too.
 */
export function planMemoryOfModels(): MemoryResult[] {
  const models = [...resolutions.map(publishedStyleGan2), publishedPggan(1024), ...styleGan3s];
  const plans = (model: PublishedModel, binding: number, suffix: string): MemoryResult[] =>
    programs.map((kind) =>
      planOf(`${model.name}${suffix}`, model.build(weightsOfShapes(model.shapes, () => unloadable)), binding, kind),
    );
  return [
    ...models.flatMap((model) => plans(model, guaranteedBinding, '')),
    ...styleGan3s.flatMap((model) => plans(model, Infinity, ' bound whole')),
  ];
}

const styleGan3s = [256, 1024].flatMap((resolution) => [
  publishedStyleGan3('T', configT(resolution)),
  publishedStyleGan3('R', configR(resolution)),
]);

/** Weights of products and features between convolutions. */
const halves = opLibraryWith({ weights: 'f16', activations: 'f16' });
const isBackward = (kind: ProgramKind): boolean => kind.startsWith('forward and backward');

function planOf(name: string, generator: Generator, binding: number, kind: ProgramKind): MemoryResult {
  const { resolution } = generator;
  const ws: Shape = [1, generator.numWs, generator.wDim];
  const target: Shape = [1, generator.imgChannels, resolution, resolution];
  const library = kind === 'forward in halves' ? halves : opLibrary;
  const passes = [library.splitting(binding), ...library.fusion];
  const trace = (inputs: Readonly<Record<string, Tensor>>): Readonly<Record<string, Tensor>> => {
    const img = generator.synthesis(namedInput(inputs, 'ws'), { noise: 'const' });
    if (!isBackward(kind)) return { img };
    const value = reduceMean(square(sub(img, namedInput(inputs, 'target'))), [0, 1, 2, 3]);
    return withGradients(inputs, { img, value }, ['ws'], opLibrary.gradientOps, {
      recompute: kind === 'forward and backward, recomputing',
    });
  };
  const shapes: Record<string, Shape> = isBackward(kind) ? { ws, target } : { ws };
  const plan = planGraph((inputs) => ({ outputs: trace(inputs), updates: [] }), shapes, passes, new Interner());
  const buffers = plan.schedule.steps.flatMap(({ bindings }) => [...bindings.values()].map(({ bytes }) => bytes));
  return {
    suite: 'memory',
    name: `${name} ${kind}`,
    ...pick(plan.report),
    largestBufferBytes: buffers.reduce((most, bytes) => Math.max(most, bytes), 0),
  };
}

function pick({
  dispatches,
  arenaBytes,
  inputBytes,
  constantBytes,
}: ProgramReport): Omit<MemoryResult, 'suite' | 'name' | 'largestBufferBytes'> {
  return { dispatches, arenaBytes, constantBytes, peakBytes: arenaBytes + inputBytes + constantBytes };
}

function namedInput(inputs: Readonly<Record<string, Tensor>>, name: string): Tensor {
  const tensor = inputs[name];
  if (tensor === undefined) throw new RangeError(`internal: no input ${name}`);
  return tensor;
}

const unloadable = (): never => {
  throw new RangeError('internal: a plan reads no weights');
};
