import { Interner } from '../src/engine/graph.js';
import { planGraph, type ProgramReport } from '../src/engine/graphPlan.js';
import { withGradients } from '../src/engine/differentiate.js';
import type { Shape } from '../src/engine/shape.js';
import { parameterTensor, type Tensor } from '../src/engine/tensor.js';
import type { Generator } from '../src/models/generator.js';
import { StyleGan2, type StyleGan2Config } from '../src/models/stylegan2.js';
import { StyleGan3 } from '../src/models/stylegan3.js';
import type { Weights } from '../src/models/weights.js';
import { sub } from '../src/ops/binary.js';
import { opLibrary } from '../src/ops/opLibrary.js';
import { reduceMean } from '../src/ops/reduce.js';
import { square } from '../src/ops/unary.js';
import { configR, configT, designedConfig, designedShapes, type StyleGan3Design } from './stylegan3Design.js';

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
const programs = ['forward', 'forward and backward', 'forward and backward, recomputing'] as const;
type ProgramKind = (typeof programs)[number];

/** WebGPU's guaranteed size of a storage binding: the plan for adapters that offer no more. */
const guaranteedBinding = 128 * 1024 * 1024;

/**
 * Plans of StyleGAN2 config-f and StyleGAN3, batch 1, f32, the backward pass with respect to W+ of a squared error.
 * StyleGAN3's maps at 1024² are larger than the guaranteed binding: it is planned for adapters that bind them whole.
 */
export function planMemoryOfModels(): MemoryResult[] {
  const models = [
    ...resolutions.map((resolution) => ({
      name: `StyleGAN2-f ${resolution}`,
      generator: configF(resolution),
      binding: guaranteedBinding,
    })),
    ...[256, 1024].flatMap((resolution) => [
      { name: `StyleGAN3-T ${resolution}`, generator: designed(configT(resolution)), binding: Infinity },
      { name: `StyleGAN3-R ${resolution}`, generator: designed(configR(resolution)), binding: Infinity },
    ]),
  ];
  return models.flatMap(({ name, generator, binding }) =>
    programs.map((kind) => planOf(name, generator, binding, kind)),
  );
}

function planOf(name: string, generator: Generator, binding: number, kind: ProgramKind): MemoryResult {
  const { resolution } = generator;
  const ws: Shape = [1, generator.numWs, generator.wDim];
  const target: Shape = [1, generator.imgChannels, resolution, resolution];
  const passes = [opLibrary.splitRules(binding), opLibrary.savedOutputRules, opLibrary.fusionRules];
  const trace = (inputs: Readonly<Record<string, Tensor>>): Readonly<Record<string, Tensor>> => {
    const img = generator.synthesis(namedInput(inputs, 'ws'), { noise: 'const' });
    if (kind === 'forward') return { img };
    const value = reduceMean(square(sub(img, namedInput(inputs, 'target'))), [0, 1, 2, 3]);
    return withGradients(inputs, { img, value }, ['ws'], opLibrary.gradientOps, { recompute: kind !== programs[1] });
  };
  const shapes: Record<string, Shape> = kind === 'forward' ? { ws } : { ws, target };
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

/** Config-f of Karras et al. 2020 (stylegan2-ada-pytorch: channel_base 32768, channel_max 512): shapes, no numbers. */
function configF(resolution: number): StyleGan2 {
  const config: StyleGan2Config = {
    architecture: 'skip',
    zDim: 512,
    wDim: 512,
    cDim: 0,
    resolution,
    imgChannels: 3,
    mappingLayers: 8,
    mappingActivation: 'lrelu',
    mappingLrMultiplier: 0.01,
    activation: 'lrelu',
    convClamp: null,
  };
  return new StyleGan2(config, weightsOfShapes(shapesOf(config)));
}

const designed = (design: StyleGan3Design): StyleGan3 =>
  new StyleGan3(designedConfig(design), weightsOfShapes(designedShapes(design)));

/** Weights that have shapes, but no numbers. */
function weightsOfShapes(shapes: ReadonlyMap<string, Shape>): Weights {
  const leaves = new Map(
    [...shapes].map(([name, shape]) => [name, parameterTensor({ name, shape, load: unloadable })]),
  );
  const find = (name: string): Tensor | null => leaves.get(name) ?? null;
  const get = (name: string): Tensor => {
    const leaf = find(name);
    if (leaf === null) throw new RangeError(`internal: the model has no ${name}`);
    return leaf;
  };
  return { count: 0, get, find };
}

const unloadable = (): never => {
  throw new RangeError('internal: a plan reads no weights');
};

function shapesOf({ resolution, wDim }: StyleGan2Config): Map<string, Shape> {
  const shapes = new Map<string, Shape>([['synthesis.b4.const', [512, 4, 4]]]);
  const addLayer = (name: string, inChannels: number, outChannels: number, kernel: number): void => {
    shapes.set(`synthesis.${name}.weight`, [outChannels, inChannels, kernel, kernel]);
    shapes.set(`synthesis.${name}.bias`, [outChannels]);
    shapes.set(`synthesis.${name}.affine.weight`, [inChannels, wDim]);
    shapes.set(`synthesis.${name}.affine.bias`, [inChannels]);
  };
  for (let size = 4; size <= resolution; size *= 2) {
    const [before, channels] = [channelsAt(Math.max(4, size / 2)), channelsAt(size)];
    shapes.set(`synthesis.b${size}.resample_filter`, [4, 4]);
    for (const conv of size === 4 ? ['conv1'] : ['conv0', 'conv1']) {
      addLayer(`b${size}.${conv}`, conv === 'conv0' ? before : channels, channels, 3);
      shapes.set(`synthesis.b${size}.${conv}.noise_strength`, []);
      shapes.set(`synthesis.b${size}.${conv}.noise_const`, [size, size]);
    }
    addLayer(`b${size}.torgb`, channels, 3, 1);
  }
  return shapes;
}

const channelsAt = (size: number): number => Math.min(512, 32768 / size);
