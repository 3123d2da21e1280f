import { beforeAll, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import type { Tensor } from '../../src/engine/tensor.js';
import { activationGraph, activationNames, defaultAlpha, defaultGain } from '../../src/ops/activations.js';
import { biasAct } from '../../src/ops/biasAct.js';
import { add } from '../../src/ops/binary.js';
import { reshape } from '../../src/ops/reshape.js';
import { clamp, scale } from '../../src/ops/unary.js';
import { expectAgreement } from './agreement.js';
import { createTestEngine, named, runOnGpu } from './evaluate.js';
import { fed } from './numbers.js';

let engine: Engine;
beforeAll(async () => {
  engine = await createTestEngine();
});

/** clamp(gain · act(x + b)) by elementwise ops. */
function composed(x: Tensor, b: Tensor, dim: number, act: (shifted: Tensor) => Tensor, gain: number, limit: number) {
  const along = x.shape.map((extent, axis) => (axis === dim ? extent : 1));
  return clamp(scale(act(add(x, reshape(b, along))), gain), -limit, limit);
}

test.each(activationNames)('%s: one kernel gives what its elementwise composition gives', async (act) => {
  const shape = [3, 5, 7];
  for (const dim of [0, 1, 2]) {
    for (const { alpha, gain, limit } of [
      { alpha: null, gain: null, limit: null },
      { alpha: 0.05, gain: 1.7, limit: 0.6 },
    ]) {
      const { outputs } = await runOnGpu(
        engine,
        (traced) => {
          const [x, b] = [named(traced, 'x'), named(traced, 'b')];
          const active = (shifted: Tensor): Tensor => activationGraph(act, shifted, alpha ?? defaultAlpha);
          return {
            kernel: biasAct(x, b, { act, alpha, gain, clamp: limit, dim }),
            composition: composed(x, b, dim, active, gain ?? defaultGain(act), limit ?? 1e30),
          };
        },
        { x: fed(shape, 11), b: fed([shape[dim] ?? 1], 12) },
        false,
      );
      const { kernel = [], composition = [] } = outputs;
      expect(kernel.length).toBe(105);
      expectAgreement(`${act} along ${dim}, limit ${limit}`, kernel, composition);
    }
  }
});
