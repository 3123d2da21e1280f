import type { Engine } from '../src/engine/engine.js';
import { sizeOf, type Shape } from '../src/engine/shape.js';
import type { Tensor } from '../src/engine/tensor.js';
import type { Weights } from '../src/models/weights.js';
import { benchForward, type ModelResult } from './forward.js';
import {
  publishedPggan,
  publishedStyleGan2,
  publishedStyleGan3,
  weightsOfShapes,
  type PublishedModel,
} from './publishedModels.js';
import { configT } from './stylegan3Design.js';

/** What people run most, and the largest of each family. */
const models: readonly PublishedModel[] = [
  publishedStyleGan2(256),
  publishedStyleGan2(1024),
  publishedStyleGan3('T', configT(1024)),
  publishedPggan(1024),
];

/** Forward passes of the published configurations, W+ to picture, with random weights. */
export async function benchPublished(
  engine: Engine,
  samples: number,
  onProgress: (label: string) => void,
): Promise<ModelResult[]> {
  const results: ModelResult[] = [];
  for (const model of models) {
    const { name } = model;
    onProgress(name);
    const generator = model.build(randomWeights(model.shapes));
    const ws = [1, generator.numWs, generator.wDim];
    const started = performance.now();
    const program = await engine.compile(
      (inputs) => ({ img: generator.synthesis(given(inputs), { noise: 'const' }) }),
      { ws },
      { label: name },
    );
    try {
      program.write('ws', random(sizeOf(ws), 1));
      results.push(await benchForward(engine, { name, program, started, samples, gpuBytes: engine.allocatedBytes }));
    } finally {
      program.dispose();
    }
  }
  return results;
}

function given({ ws }: Readonly<Record<string, Tensor>>): Tensor {
  if (ws === undefined) throw new RangeError('internal: no ws');
  return ws;
}

/** Weights of deviation 1, which all of these scale when they use them, and styles, which lie around 1. */
export function randomWeights(shapes: ReadonlyMap<string, Shape>): Weights {
  let seed = 2;
  return weightsOfShapes(shapes, (name, shape) => loader(name, shape, seed++));
}

/** Made when it is uploaded: of a large model all numbers at once would be a hundred megabytes. */
function loader(name: string, shape: Shape, seed: number): () => Float32Array<ArrayBuffer> {
  const count = sizeOf(shape);
  if (name.endsWith('magnitude_ema') || name.endsWith('affine.bias')) return () => new Float32Array(count).fill(1);
  // A filter hands on what it gets: one that sums to 1, on each axis that it has.
  if (name.endsWith('filter')) return () => new Float32Array(count).fill(1 / count);
  return () => random(count, seed);
}

/** Uniform numbers of deviation 1 (a linear congruential generator: quick, and the same in every run). */
function random(count: number, seed: number): Float32Array<ArrayBuffer> {
  let state = Math.imul(seed, 2654435761) + 12345;
  return Float32Array.from({ length: count }, () => {
    state = Math.imul(state, 1664525) + 1013904223;
    return (state / 2 ** 31) * Math.sqrt(3);
  });
}
