import type { Engine } from '../src/engine/engine.js';
import type { Program } from '../src/engine/program.js';
import { sizeOf, type Shape } from '../src/engine/shape.js';
import type { Tensor } from '../src/engine/tensor.js';
import { sub } from '../src/ops/binary.js';
import { reduceMean } from '../src/ops/reduce.js';
import { square } from '../src/ops/unary.js';
import { openCheckpoint } from '../src/workbench/openedCheckpoint.js';
import type { BenchModel } from './benchModel.js';
import type { Spread } from './statistics.js';
import { timeInterleaved } from './timing.js';
import { testValues } from './workloads.js';

/** A squared error's gradient with respect to W+, beside the forward pass alone on the same adapter. */
export interface GradientResult {
  readonly suite: 'gradients';
  readonly name: string;
  readonly forwardMilliseconds: Spread;
  /** Forward and backward in one run. */
  readonly bothMilliseconds: Spread;
  /** Of the medians. */
  readonly ratio: number;
  readonly forwardDispatches: number;
  readonly dispatches: number;
  readonly forwardArenaBytes: number;
  readonly arenaBytes: number;
  readonly gigaflops: number;
}

/** Compiles both and times them in turns. */
export async function benchGradient(engine: Engine, model: BenchModel, samples: number): Promise<GradientResult> {
  const { generator } = await openCheckpoint(model.bytes, model.name);
  const { numWs, wDim, imgChannels, resolution } = generator;
  const ws: Shape = [1, numWs, wDim];
  const target: Shape = [1, imgChannels, resolution, resolution];
  const draw = ({ ws: latent }: { readonly ws?: Tensor }): Tensor => {
    if (latent === undefined) throw new RangeError('internal: no input ws');
    return generator.synthesis(latent, { noise: 'const' });
  };
  const forward = await engine.compile((inputs) => ({ img: draw(inputs) }), { ws }, { label: `${model.name} forward` });
  const both = await engine.valueAndGrad(
    (inputs) => ({ value: squaredError(draw(inputs), inputs) }),
    ['ws'],
    { ws, target },
    { label: `${model.name} forward and backward` },
  );
  try {
    forward.write('ws', testValues(sizeOf(ws), 2));
    both.write('ws', testValues(sizeOf(ws), 2));
    both.write('target', testValues(sizeOf(target), 3));
    const spreads = await timeInterleaved(engine.device, samples, [() => forward.run(), () => both.run()]);
    return resultOf(model.name, forward, both, spreads);
  } finally {
    forward.dispose();
    both.dispose();
  }
}

function squaredError(img: Tensor, { target }: { readonly target?: Tensor }): Tensor {
  if (target === undefined) throw new RangeError('internal: no input target');
  return reduceMean(square(sub(img, target)), [0, 1, 2, 3]);
}

function resultOf(name: string, forward: Program, both: Program, spreads: readonly Spread[]): GradientResult {
  const [forwardMilliseconds, bothMilliseconds] = spreads;
  if (forwardMilliseconds === undefined || bothMilliseconds === undefined)
    throw new RangeError('internal: two spreads');
  return {
    suite: 'gradients',
    name: `${name} forward and backward`,
    forwardMilliseconds,
    bothMilliseconds,
    ratio: bothMilliseconds.median / forwardMilliseconds.median,
    forwardDispatches: forward.report.dispatches,
    dispatches: both.report.dispatches,
    forwardArenaBytes: forward.report.arenaBytes,
    arenaBytes: both.report.arenaBytes,
    gigaflops: both.report.flops / 1e9,
  };
}
