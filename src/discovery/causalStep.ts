import type { Engine, TracedStep } from '../engine/engine.js';
import type { Program } from '../engine/program.js';
import { at, type Shape } from '../engine/shape.js';
import { constantTensor, type Tensor } from '../engine/tensor.js';
import { synthesisWithFeatures, type FeatureLayer } from '../models/featureLayers.js';
import type { Generator } from '../models/generator.js';
import type { PartSegmenter } from '../models/partSegmenter.js';
import { movedUnitsWhere } from '../models/unitIntervention.js';
import { adam, adamScheduleShape, momentsShape } from '../optimisers/adam.js';
import { clampState } from '../optimisers/clampState.js';
import { add, mul } from '../ops/binary.js';
import { concat } from '../ops/concat.js';
import { gradient } from '../ops/gradient.js';
import { reduceSum } from '../ops/reduce.js';
import { reshape } from '../ops/reshape.js';
import { sliceAxis } from '../ops/slice.js';
import { softmax } from '../ops/softmax.js';
import { scale, square } from '../ops/unary.js';
import { segmenterConcepts, segmenterLogits } from './conceptReader.js';
import { sampledSynthesis, sampledWs } from './sampledLatents.js';

/** λ of the penalty on α (netdissect/aceoptimize.py: ace_loss, `ablation.pow(2).sum() * 0.005`). */
const penalty = 0.005;

/** What one step looks at: every sample twice, first with the units erased, then with them inserted. */
export type CausalBatch = {
  /** [pairs, zDim] */
  readonly z: Float32Array<ArrayBuffer>;
  /** Where the units are changed, [2 · pairs, 1, resolution, resolution]. */
  readonly place: Float32Array<ArrayBuffer>;
  /** What a pixel's probability adds to the loss, [2 · pairs, 1, size, size]. */
  readonly weight: Float32Array<ArrayBuffer>;
};

export interface CausalTask {
  readonly layer: FeatureLayer;
  /** Index of the part. */
  readonly concept: number;
  readonly class: number | null;
  readonly pairs: number;
}

const alphaShape = ({ channels }: FeatureLayer): Shape => [1, channels, 1, 1];

/** How many numbers Adam keeps of α. */
export const alphaMoments = ({ channels }: FeatureLayer): number => 2 * channels;

/**
 * One step as one program: both changed pictures, the part's probability in them, its gradient in α, Adam, and α back into
 * 0…1. States `alpha`, `moments`; inputs `values` [1, channels, 1, 1], those of `CausalBatch`, `schedule`; output `loss`.
 */
export function compileCausalStep(
  engine: Engine,
  generator: Generator,
  segmenter: PartSegmenter,
  task: CausalTask,
): Promise<Program> {
  const { layer, pairs } = task;
  const { size } = segmenterConcepts(segmenter, generator);
  const shapes = {
    alpha: alphaShape(layer),
    moments: momentsShape(alphaShape(layer)),
    values: alphaShape(layer),
    z: [pairs, generator.zDim],
    place: [2 * pairs, 1, layer.resolution, layer.resolution],
    weight: [2 * pairs, 1, size, size],
    schedule: adamScheduleShape,
  };
  return engine.compileStep((inputs) => traceStep(generator, segmenter, task, inputs), shapes, {
    label: 'causal search',
  });
}

function traceStep(
  generator: Generator,
  segmenter: PartSegmenter,
  { layer, concept, class: label, pairs }: CausalTask,
  inputs: Readonly<Record<string, Tensor>>,
): TracedStep {
  const input = (name: string): Tensor => {
    const tensor = inputs[name];
    if (tensor === undefined) throw new RangeError(`internal: no input ${name}`);
    return tensor;
  };
  const alpha = input('alpha');
  const ws = sampledWs(generator, input('z'), label);
  const inserted = constantTensor(
    'inserted',
    [2 * pairs, 1, 1, 1],
    Float32Array.from({ length: 2 * pairs }, (_, row) => (row < pairs ? 0 : 1)),
  );
  const change = movedUnitsWhere(mul(input('place'), alpha), input('values'), inserted);
  const { img } = synthesisWithFeatures(
    generator,
    concat([ws, ws], 0),
    sampledSynthesis(generator),
    new Map([[layer.name, change]]),
  );
  const probability = sliceAxis(softmax(segmenterLogits(segmenter, generator, img), 1), 1, concept, 1);
  const effect = reshape(reduceSum(mul(probability, input('weight')), [0, 1, 2, 3]), [1]);
  const size = reshape(reduceSum(square(alpha), [0, 1, 2, 3]), [1]);
  const loss = add(effect, scale(size, penalty));
  const step = adam(alpha, input('moments'), at(gradient(loss, [alpha]), 0), input('schedule'));
  return { outputs: { loss }, updates: [step, clampState(alpha, 0, 1)] };
}
