import type { Engine } from '../src/engine/engine.js';
import { sizeOf } from '../src/engine/shape.js';
import { checkFinite, kernelsOf, timeWall, type KernelResult } from './forward.js';
import type { Spread } from './statistics.js';
import { testValues, type OpWorkload } from './workloads.js';

/** One op, timed as it is replayed. */
export interface OpResult {
  readonly suite: 'ops';
  readonly op: string;
  readonly name: string;
  readonly wallMicroseconds: Spread;
  readonly kernels: readonly KernelResult[];
  readonly dispatches: number;
  /** Intermediates and the output. */
  readonly arenaBytes: number;
  /** All buffers that it needs to run: arena, inputs, weights and constants. */
  readonly gpuBytes: number;
  /** By the median wall time. */
  readonly gigaflopsPerSecond: number;
}

/** @throws GanvasError `bench-wrong-result` */
export async function benchOp(engine: Engine, workload: OpWorkload, samples: number): Promise<OpResult> {
  const before = engine.allocatedBytes;
  const program = await engine.compile((inputs) => ({ y: workload.build(inputs) }), workload.inputs, {
    label: workload.name,
  });
  try {
    let seed = 2;
    for (const [name, shape] of Object.entries(workload.inputs)) program.write(name, testValues(sizeOf(shape), seed++));
    await checkFinite(program, 'y', workload.name);
    const wall = await timeWall(engine.device, samples, () => program.run());
    const { dispatches, arenaBytes, flops } = program.report;
    return {
      suite: 'ops',
      op: workload.op,
      name: workload.name,
      wallMicroseconds: scaleSpread(wall, 1000),
      kernels: await kernelsOf(engine, program),
      dispatches,
      arenaBytes,
      gpuBytes: engine.allocatedBytes - before,
      gigaflopsPerSecond: flops / (wall.median * 1e6),
    };
  } finally {
    program.dispose();
  }
}

function scaleSpread({ median, quartiles, samples }: Spread, factor: number): Spread {
  return { median: median * factor, quartiles: [quartiles[0] * factor, quartiles[1] * factor], samples };
}
