/** GANSpace on w: the mapping and the sums of its results on the GPU, one matrix a batch read back. */
import type { Engine } from '../engine/engine.js';
import type { Program } from '../engine/program.js';
import { inputTensor } from '../engine/tensor.js';
import type { Direction } from '../latent/direction.js';
import { LatentDraws } from '../latent/latentDraws.js';
import { classLabels } from '../models/classLabels.js';
import type { Generator } from '../models/generator.js';
import { mul, sub } from '../ops/binary.js';
import { matmul } from '../ops/matmul.js';
import { checkGoesOn, ganspaceDirections, InterimClock, type GanspaceRequest } from './ganspaceRequest.js';
import { RunningScatter, type PrincipalComponents } from './principalComponents.js';

/** Rows that go through the mapping at a time; their [wDim, wDim] scatter is what is read back. */
const largestBatch = 1000;
/** Samples before the first interim result. */
const firstInterim = 2000;

/** Mean and scatter of a batch's w, of which the last may have fewer rows than it has places. */
async function compileScatter(
  engine: Engine,
  generator: Generator,
  label: number | null,
  batch: number,
): Promise<Program> {
  const shapes = { z: [batch, generator.zDim], present: [batch, 1], share: [1, batch] };
  return engine.compile(
    (inputs) => {
      const input = (name: keyof typeof shapes) => inputs[name] ?? inputTensor(name, shapes[name]);
      const w = generator.mapping(input('z'), classLabels(generator, label, batch));
      const mean = matmul(input('share'), w);
      const centred = mul(sub(w, mean), input('present'));
      return { mean, scatter: matmul(centred, centred, { transposeA: true }) };
    },
    shapes,
    { label: 'scatter of w' },
  );
}

/**
 * Principal components of w, exact: the covariance of all samples, of which only batches are held at a time.
 * @throws GanvasError `cancelled`, `class-missing`, `eigen-not-converged`, and of `Engine.compile`
 */
export async function componentsOfW(
  engine: Engine,
  generator: Generator,
  request: GanspaceRequest,
): Promise<PrincipalComponents> {
  const { samples, seed, count, class: label, onProgress, onInterim } = request;
  const batch = Math.min(largestBatch, samples);
  const draws = new LatentDraws(generator, seed);
  const sums = new RunningScatter(generator.wDim);
  const interim = new InterimClock(firstInterim);
  const program = await compileScatter(engine, generator, label, batch);
  const start = (first: number): void => {
    const rows = Math.min(batch, samples - first);
    const z = new Float32Array(batch * generator.zDim);
    z.set(draws.next(rows));
    const present = new Float32Array(batch).fill(1, 0, rows);
    program.run({ z, present, share: present.map((value) => value / rows) });
  };
  try {
    start(0);
    for (let first = 0; first < samples; first += batch) {
      const done = Math.min(first + batch, samples);
      // The copies are queued before the next run, which is computed while they are read.
      const reading = Promise.all([program.read('mean'), program.read('scatter')]);
      if (done < samples && request.signal?.aborted !== true) start(done);
      sums.add(done - first, ...(await reading));
      checkGoesOn(request);
      onProgress?.(done, samples);
      if (done === samples || onInterim === undefined || !interim.isDue(done)) continue;
      onInterim(directionsOfW(sums.components(count), generator, request), done);
    }
    return sums.components(count);
  } finally {
    program.dispose();
  }
}

export function directionsOfW(
  components: PrincipalComponents,
  generator: Generator,
  request: GanspaceRequest,
): Direction[] {
  return ganspaceDirections({ ...components, latentStdev: components.stdev }, generator, request);
}
