/** ganvas beside other runtimes: the same graph on the same adapter, equal first, then timed in turns. */
import type { Engine } from '../../src/engine/engine.js';
import { GanvasError } from '../../src/engine/errors.js';
import { at, sizeOf } from '../../src/engine/shape.js';
import type { BenchModel } from '../benchModel.js';
import { openCheckpoint } from '../../src/workbench/openedCheckpoint.js';
import { spreadOf } from '../statistics.js';
import { testValues } from '../workloads.js';
import { onnxOf } from './onnxGraph.js';
import { peerNames, type PeerResult, type RunTime } from './peerResult.js';
import type { Ort, Runtimes, Tfjs } from './runtimes.js';
import { TfjsGraph } from './tfjsGraph.js';
import { traceGraph, type TracedGraph } from './tracedGraph.js';
import { modelWorkload, opWorkloads, publishedWorkload, type PeerWorkload } from './workloads.js';

type Inputs = Readonly<Record<string, Float32Array<ArrayBuffer>>>;

interface Runner {
  run(inputs: Inputs): Promise<Float32Array>;
  dispose(): void | Promise<void>;
}

/** Two float32 engines that add in another order agree to less. */
const largestDifference = 1e-4;
const warmUps = 2;

/**
 * StyleGAN2-f 256² beside peers.
 * @throws GanvasError `peer-untranslated`, `peer-disagrees`
 */
export async function benchLargePeers(
  engine: Engine,
  runtimes: Runtimes,
  samples: number,
  onProgress: (label: string) => void,
): Promise<PeerResult[]> {
  const workload = publishedWorkload();
  onProgress(`${workload.name} beside peers`);
  return [await benchBeside(engine, runtimes, workload, samples)];
}

/**
 * Single operations and `models` beside peers.
 * @param runtimes on the adapter of `engine`
 * @throws GanvasError `peer-untranslated`, `peer-disagrees`
 */
export async function benchPeers(
  engine: Engine,
  runtimes: Runtimes,
  models: readonly BenchModel[],
  samples: number,
  onProgress: (label: string) => void,
): Promise<PeerResult[]> {
  const opened = await Promise.all(
    models.map(async ({ bytes, name }) => ({ name, ...(await openCheckpoint(bytes, name)) })),
  );
  const workloads = [...opWorkloads, ...opened.map(({ name, generator }) => modelWorkload(name, generator))];
  const results: PeerResult[] = [];
  for (const workload of workloads) {
    onProgress(`${workload.name} beside peers`);
    results.push(await benchBeside(engine, runtimes, workload, samples));
  }
  return results;
}

async function benchBeside(
  engine: Engine,
  { ort, tf, versions, cpuMilliseconds }: Runtimes,
  workload: PeerWorkload,
  samples: number,
): Promise<PeerResult> {
  const graph = traceGraph(workload.build, workload.inputs);
  const inputs: Inputs = Object.fromEntries(
    graph.inputs.map(({ name, shape }, index) => [name, testValues(sizeOf(shape), index + 2)]),
  );
  const runners: Runner[] = [];
  try {
    runners.push(await ganvasRunner(engine, workload));
    runners.push(await onnxRunner(ort, graph));
    runners.push(tfjsRunner(tf, graph));
    const [onnxruntime, tfjs] = await differencesOf(workload.name, runners, inputs);
    const [ganvas, ...others] = await timeInTurns(runners, inputs, samples, cpuMilliseconds);
    const [ortTime, tfTime] = others;
    if (ganvas === undefined || ortTime === undefined || tfTime === undefined)
      throw new RangeError('internal: a time for each');
    const { name, group } = workload;
    return {
      suite: 'peers',
      name,
      group,
      ganvas,
      peers: { onnxruntime: ortTime, tfjs: tfTime },
      differences: { onnxruntime: onnxruntime ?? NaN, tfjs: tfjs ?? NaN },
      versions,
    };
  } finally {
    for (const runner of runners) await runner.dispose();
  }
}

async function ganvasRunner(engine: Engine, { build, inputs, name }: PeerWorkload): Promise<Runner> {
  const program = await engine.compile((tensors) => ({ y: build(tensors) }), inputs, { label: name });
  return {
    run: (values) => {
      program.run(values);
      return program.read('y');
    },
    dispose: () => program.dispose(),
  };
}

async function onnxRunner(ort: Ort, graph: TracedGraph): Promise<Runner> {
  const session = await ort.InferenceSession.create(onnxOf(graph), { executionProviders: ['webgpu'] });
  return {
    run: async (values) => {
      const feeds = graph.inputs.map(({ name, shape }) => {
        const data = values[name];
        if (data === undefined) throw new RangeError('internal: an input is missing');
        return [name, new ort.Tensor('float32', data, shape)] as const;
      });
      const { y } = await session.run(Object.fromEntries(feeds));
      if (y === undefined) throw new RangeError('internal: no output');
      return y.data;
    },
    dispose: () => session.release(),
  };
}

function tfjsRunner(tf: Tfjs, graph: TracedGraph): Runner {
  const translated = new TfjsGraph(tf, graph);
  return { run: (values) => translated.run(values), dispose: () => translated.dispose() };
}

/** Of each but the first from the first. @throws GanvasError `peer-disagrees` */
async function differencesOf(name: string, runners: readonly Runner[], inputs: Inputs): Promise<number[]> {
  const outputs: Float32Array[] = [];
  for (const runner of runners) outputs.push(Float32Array.from(await runner.run(inputs)));
  const [own = new Float32Array(), ...others] = outputs;
  const largest = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return others.map((other, peer) => {
    const difference = own.reduce((most, value, k) => Math.max(most, Math.abs(value - (other[k] ?? NaN))), 0) / largest;
    if (other.length === own.length && difference <= largestDifference) return difference;
    throw new GanvasError(
      'peer-disagrees',
      `${name}: ${at(peerNames, peer)} differs by ${difference.toExponential(1)} of the largest number. Expected ${largestDifference} at most; times of different numbers say nothing.`,
      { difference: String(difference) },
    );
  });
}

/** Samples in turns, each round beginning with another, so that drift and leftovers meet all alike. */
async function timeInTurns(
  runners: readonly Runner[],
  inputs: Inputs,
  samples: number,
  cpuMilliseconds: () => number | null,
): Promise<RunTime[]> {
  const times = runners.map((runner) => ({ runner, wall: [] as number[], cpu: [] as number[] }));
  for (let round = 0; round < samples + warmUps; round++) {
    for (let turn = 0; turn < times.length; turn++) {
      const { runner, wall, cpu } = at(times, (round + turn) % times.length);
      const [begun, used] = [performance.now(), cpuMilliseconds()];
      await runner.run(inputs);
      const usedSince = cpuMilliseconds();
      if (round < warmUps) continue;
      wall.push(performance.now() - begun);
      if (used !== null && usedSince !== null) cpu.push(usedSince - used);
    }
  }
  return times.map(({ wall, cpu }) => ({
    wallMilliseconds: spreadOf(wall),
    cpuMilliseconds: cpu.length > 0 ? spreadOf(cpu) : null,
  }));
}
