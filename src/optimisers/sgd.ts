import { input, linearWorkgroups, state } from '../engine/kernel.js';
import { at, formatShape, sameShape, sizeOf, type Shape } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { applyUpdate, type Update, type UpdateRecord } from '../engine/update.js';

export type SgdAttributes = {
  /** Part of the last step's velocity that is kept; 0 for plain gradient descent. */
  readonly momentum: number;
};

const workgroupSize = 64;

/**
 * Gradient descent with momentum as torch.optim.SGD does it: the learning rate scales the velocity when it is applied,
 * not when it is gathered. `velocity` has the shape of `value`, zeros before the first step.
 */
export const sgdUpdate: UpdateRecord<SgdAttributes> = Object.freeze<UpdateRecord<SgdAttributes>>({
  name: 'sgd',
  stateNames: ['value', 'velocity'],
  operandNames: ['gradient', 'schedule'],
  shapeProblem: ([value = [], velocity = []], [gradient = [], schedule = []]) => {
    if (!sameShape(velocity, value)) return `the velocity must be ${formatShape(value)}, like the value`;
    if (!sameShape(gradient, value)) return `the gradient must be ${formatShape(value)}, like the value`;
    return sameShape(schedule, sgdScheduleShape) ? null : `the schedule must be ${formatShape(sgdScheduleShape)}`;
  },
  reference: ({ states, operands, attributes }) => {
    const [gradient, rate] = [at(operands, 0), at(at(operands, 1), 0)];
    const velocity = at(states, 1).map((v, i) => attributes.momentum * v + at(gradient, i));
    return [at(states, 0).map((value, i) => value - rate * at(velocity, i)), velocity];
  },
  lower: ({ stateShapes, attributes }) => {
    const count = sizeOf(at(stateShapes, 0));
    return {
      shader: 'sgd',
      flags: {},
      constants: { WORKGROUP_SIZE: workgroupSize },
      params: { count, momentum: attributes.momentum },
      bindings: { value: state(0), velocity: state(1), gradient: input(0), schedule: input(1) },
      workgroups: linearWorkgroups(count, workgroupSize),
      flops: 4 * count,
    };
  },
});

/** Shape of `schedule`: the learning rate alone. */
export const sgdScheduleShape: Shape = [1];

/**
 * One step of gradient descent with momentum on an input of the program, in place.
 * @param value the input that is optimised, of any shape
 * @param velocity another input, of the same shape, zeros at first
 * @param gradient of the loss in `value`
 * @param schedule an input of `sgdScheduleShape` that holds the learning rate
 * @throws GanvasError `shape-mismatch`
 */
export function sgd(
  value: Tensor,
  velocity: Tensor,
  gradient: Tensor,
  schedule: Tensor,
  attributes: SgdAttributes,
): Update {
  return applyUpdate(sgdUpdate, [value, velocity], [gradient, schedule], attributes);
}
