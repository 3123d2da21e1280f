import { input, linearWorkgroups, state } from '../engine/kernel.js';
import { at, formatShape, sameShape, sizeOf, type Shape } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { applyUpdate, type Update, type UpdateRecord } from '../engine/update.js';

export type AdamAttributes = {
  /** Decay of the mean of the gradient. */
  readonly beta1: number;
  /** Decay of the mean of its square. */
  readonly beta2: number;
  readonly epsilon: number;
};

/** Those of torch.optim.Adam. */
export const adamDefaults: AdamAttributes = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

const workgroupSize = 64;

/**
 * Adam (Kingma & Ba 2015, algorithm 1) with the arithmetic of torch.optim.Adam: ε is added to the root of the
 * bias-corrected second moment. `moments` holds both means, [2, …shape of value], zeros before the first step.
 */
export const adamUpdate: UpdateRecord<AdamAttributes> = Object.freeze<UpdateRecord<AdamAttributes>>({
  name: 'adam',
  stateNames: ['value', 'moments'],
  operandNames: ['gradient', 'schedule'],
  shapeProblem: ([value = [], moments = []], [gradient = [], schedule = []]) => {
    if (!sameShape(moments, momentsShape(value))) return `moments must be ${formatShape(momentsShape(value))}`;
    if (!sameShape(gradient, value)) return `the gradient must be ${formatShape(value)}, like the value`;
    return sameShape(schedule, adamScheduleShape) ? null : `the schedule must be ${formatShape(adamScheduleShape)}`;
  },
  reference: ({ states, operands, attributes: { beta1, beta2, epsilon } }) => {
    const [value, moments] = [at(states, 0).slice(), at(states, 1).slice()];
    const [gradient, schedule] = [at(operands, 0), at(operands, 1)];
    const [rate, correction1, correction2] = [at(schedule, 0), at(schedule, 1), at(schedule, 2)];
    const count = value.length;
    gradient.forEach((g, i) => {
      const mean = beta1 * at(moments, i) + (1 - beta1) * g;
      const square = beta2 * at(moments, count + i) + (1 - beta2) * g * g;
      moments[i] = mean;
      moments[count + i] = square;
      value[i] = at(value, i) - (rate * correction1 * mean) / (Math.sqrt(square * correction2) + epsilon);
    });
    return [value, moments];
  },
  lower: ({ stateShapes, attributes: { beta1, beta2, epsilon } }) => {
    const count = sizeOf(at(stateShapes, 0));
    return {
      shader: 'adam',
      flags: {},
      constants: { WORKGROUP_SIZE: workgroupSize },
      params: { count, gain1: 1 - beta1, gain2: 1 - beta2, epsilon },
      bindings: { value: state(0), moments: state(1), gradient: input(0), schedule: input(1) },
      workgroups: linearWorkgroups(count, workgroupSize),
      flops: 12 * count,
    };
  },
});

/** Shape of `moments` for a value. */
export function momentsShape(value: Shape): Shape {
  return [2, ...value];
}

/** Shape of `schedule`. */
export const adamScheduleShape: Shape = [3];

/**
 * What the CPU writes into `schedule` before a step: learning rate, 1/(1 − β1^step), 1/(1 − β2^step).
 * @param step counted from 1, as the moments start from zero
 */
export function adamSchedule(
  learningRate: number,
  step: number,
  { beta1, beta2 }: Pick<AdamAttributes, 'beta1' | 'beta2'> = adamDefaults,
): Float32Array<ArrayBuffer> {
  if (!Number.isInteger(step) || step < 1) throw new RangeError(`Adam counts its steps from 1, got ${step}`);
  return Float32Array.of(learningRate, 1 / (1 - beta1 ** step), 1 / (1 - beta2 ** step));
}

/**
 * One step of Adam on an input of the program, in place.
 * @param value the input that is optimised, of any shape
 * @param moments another input, of `momentsShape(value.shape)`, zeros at first
 * @param gradient of the loss in `value`
 * @param schedule an input of `adamScheduleShape`, written by `adamSchedule` before each step
 * @throws GanvasError `shape-mismatch`
 */
export function adam(
  value: Tensor,
  moments: Tensor,
  gradient: Tensor,
  schedule: Tensor,
  attributes: AdamAttributes = adamDefaults,
): Update {
  return applyUpdate(adamUpdate, [value, moments], [gradient, schedule], attributes);
}
