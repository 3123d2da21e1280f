/** What the peers are timed on: the shapes of docs/performance.md, and whole models. */
import { sizeOf, type Shape } from '../../src/engine/shape.js';
import { constantTensor, parameterTensor, type Tensor } from '../../src/engine/tensor.js';
import type { Generator } from '../../src/models/generator.js';
import { biasAct } from '../../src/ops/biasAct.js';
import { conv2d } from '../../src/ops/conv2d.js';
import { dense } from '../../src/ops/dense.js';
import { upfirdn2d } from '../../src/ops/upfirdn2d.js';
import { randomWeights } from '../published.js';
import { publishedStyleGan2 } from '../publishedModels.js';
import { testValues } from '../workloads.js';
import type { PeerFunction } from './tracedGraph.js';

export interface PeerWorkload {
  readonly name: string;
  /** Those of one group make one geometric mean. */
  readonly group: 'convolutions' | 'small convolutions' | 'other ops' | 'models';
  readonly inputs: Readonly<Record<string, Shape>>;
  readonly build: PeerFunction;
}

export const opWorkloads: readonly PeerWorkload[] = [
  convolution(512, 4, 'small convolutions'),
  convolution(512, 16),
  convolution(256, 32),
  convolution(128, 64),
  convolution(64, 128),
  {
    name: 'nearest-up, 64 channels 128² → 256²',
    group: 'other ops',
    inputs: { x: [1, 64, 128, 128] },
    build: ({ x }) => {
      const box = constantTensor('box', [2, 2], [1, 1, 1, 1]);
      return upfirdn2d(given(x), box, { up: 2, padding: [1, 0, 1, 0] });
    },
  },
  {
    name: 'leaky ReLU, 64 channels 256²',
    group: 'other ops',
    inputs: { x: [1, 64, 256, 256] },
    build: ({ x }) => biasAct(given(x), null, { act: 'lrelu', gain: 1 }),
  },
  {
    name: '8 dense layers of 512, leaky ReLU',
    group: 'other ops',
    inputs: { x: [1, 512] },
    build: ({ x }) => {
      let y = given(x);
      for (let layer = 0; layer < 8; layer++) {
        y = dense(y, weights(`weight ${layer}`, [512, 512], layer), weights(`bias ${layer}`, [512], layer + 8), {
          act: 'lrelu',
        });
      }
      return y;
    },
  },
];

/** W+ → picture of StyleGAN2-f 256² with random weights: a whole generator of a size that people have. */
export function publishedWorkload(): PeerWorkload {
  const model = publishedStyleGan2(256);
  const generator = model.build(randomWeights(model.shapes));
  return {
    name: `${model.name}, random weights, w+ to picture`,
    group: 'models',
    inputs: { ws: [1, generator.numWs, generator.wDim] },
    build: ({ ws }) => generator.synthesis(given(ws), { noise: 'const' }),
  };
}

/** z → picture, truncated by ψ = 1, constant noise. */
export function modelWorkload(name: string, generator: Generator): PeerWorkload {
  const { zDim, numWs } = generator;
  const psi = constantTensor('psi', [numWs], new Float32Array(numWs).fill(1));
  return {
    name,
    group: 'models',
    inputs: { z: [1, zDim] },
    build: ({ z }) =>
      generator.synthesis(generator.truncate(generator.mapping(given(z), null), psi), { noise: 'const' }),
  };
}

function convolution(channels: number, side: number, group: PeerWorkload['group'] = 'convolutions'): PeerWorkload {
  return {
    name: `3×3 convolution, ${channels} channels ${side}²`,
    group,
    inputs: { x: [1, channels, side, side] },
    build: ({ x }) => conv2d(given(x), weights('w', [channels, channels, 3, 3], 1), { padding: 1 }),
  };
}

function weights(name: string, shape: Shape, seed: number): Tensor {
  return parameterTensor({ name, shape, load: () => testValues(sizeOf(shape), seed + 1) });
}

function given(input: Tensor | undefined): Tensor {
  if (input === undefined) throw new RangeError('internal: an input is missing');
  return input;
}
