/** StyleGAN (v1) with the channels of the published network: min(16384/resolution, 512). */
import { Interner } from '../../src/engine/graph.js';
import { planGraph } from '../../src/engine/graphPlan.js';
import { sizeOf, type Shape } from '../../src/engine/shape.js';
import { parameterTensor, type Tensor } from '../../src/engine/tensor.js';
import type { StyleGanConfig } from '../../src/models/stylegan.js';
import type { Weights } from '../../src/models/weights.js';
import { opLibrary } from '../../src/ops/opLibrary.js';

type Shapes = Record<string, Shape>;

/** WebGPU's guaranteed size of a storage binding. */
export const guaranteedBinding = 128 * 2 ** 20;

const channelsAt = (size: number): number => Math.min(16384 / size, 512);

const sizesUpTo = (resolution: number): number[] =>
  Array.from({ length: Math.log2(resolution) - 1 }, (_, block) => 4 * 2 ** block);

function put(shapes: Shapes, name: string, ...weight: Shape): void {
  shapes[`${name}.weight`] = weight;
  shapes[`${name}.bias`] = weight.slice(0, 1);
}

export function publishedStyleGan(resolution: number): { config: StyleGanConfig; shapes: Shapes } {
  const shapes: Shapes = { 'truncation.w_avg': [512], 'synthesis.layer0.const': [1, 512, 4, 4] };
  for (let index = 0; index < 8; index++) put(shapes, `mapping.dense${index}`, 512, 512);
  let before = 512;
  sizesUpTo(resolution).forEach((size, block) => {
    const out = channelsAt(size);
    for (const index of [2 * block, 2 * block + 1]) {
      const name = `synthesis.layer${index}`;
      put(shapes, name, out, before, 3, 3);
      shapes[`${name}.apply_noise.weight`] = [out];
      shapes[`${name}.apply_noise.noise`] = [1, 1, size, size];
      put(shapes, `${name}.style`, 2 * out, 512);
      before = out;
    }
    put(shapes, `synthesis.output${block}`, 3, out, 1, 1);
  });
  delete shapes['synthesis.layer0.weight'];
  const shared = { resolution, imgChannels: 3, cDim: 0, weightScaling: true, finalTanh: false, lod: 0 };
  const mapping = { zDim: 512, wDim: 512, mappingLayers: 8, mappingLrMultiplier: 0.01 };
  return { config: { ...shared, ...mapping, fusedScale: 'auto', blur: [1, 2, 1] }, shapes };
}

/** Weights that have shapes, but no numbers. */
export function numberless(shapes: Shapes): Weights {
  const leaf = (name: string, shape: Shape): Tensor =>
    parameterTensor({ name, shape, load: () => new Float32Array(sizeOf(shape)) });
  const leaves = new Map(Object.entries(shapes).map(([name, shape]) => [name, leaf(name, shape)]));
  const find = (name: string): Tensor | null => leaves.get(name) ?? null;
  return {
    count: Object.values(shapes).reduce((sum, shape) => sum + sizeOf(shape), 0),
    find,
    get: (name) => {
      const tensor = find(name);
      if (tensor === null) throw new Error(`The test has no weight ${name}.`);
      return tensor;
    },
  };
}

/** What a forward pass would take on an adapter that binds no more than the guaranteed size; printed. */
export function planned(
  name: string,
  img: (given: Readonly<Record<string, Tensor>>) => Tensor,
  shapes: Readonly<Record<string, Shape>>,
): { readonly largestBuffer: number; readonly peak: number } {
  const passes = [opLibrary.splitting(guaranteedBinding), ...opLibrary.fusion];
  const trace = (given: Readonly<Record<string, Tensor>>) => ({ outputs: { img: img(given) }, updates: [] });
  const { schedule, report } = planGraph(trace, shapes, passes, new Interner());
  const buffers = schedule.steps.flatMap(({ bindings }) => [...bindings.values()].map(({ bytes }) => bytes));
  const { arenaBytes, constantBytes, inputBytes, dispatches } = report;
  const [largestBuffer, peak] = [Math.max(...buffers), arenaBytes + constantBytes + inputBytes];
  const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  console.info(
    `${name}: ${dispatches} dispatches, peak ${mebibytes(peak)} (intermediates ${mebibytes(arenaBytes)}), ` +
      `largest buffer ${mebibytes(largestBuffer)}`,
  );
  return { largestBuffer, peak };
}
