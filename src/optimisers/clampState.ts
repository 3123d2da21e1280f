import { linearWorkgroups, state } from '../engine/kernel.js';
import { at, sizeOf } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { applyUpdate, type Update, type UpdateRecord } from '../engine/update.js';

type ClampAttributes = { readonly low: number; readonly high: number };

const workgroupSize = 64;

/**
 * Puts every number back into an interval: the projection of projected gradient descent, after each step of an optimiser
 * (gandissect netdissect/aceoptimize.py: train_ablation, which clamps α to 0…1).
 */
export const clampStateUpdate: UpdateRecord<ClampAttributes> = Object.freeze<UpdateRecord<ClampAttributes>>({
  name: 'clampState',
  stateNames: ['value'],
  operandNames: [],
  shapeProblem: (_, __, { low, high }) =>
    low <= high ? null : `the interval from ${low} to ${high} must not be empty`,
  reference: ({ states, attributes: { low, high } }) => [at(states, 0).map((x) => Math.min(Math.max(x, low), high))],
  lower: ({ stateShapes, attributes: { low, high } }) => {
    const count = sizeOf(at(stateShapes, 0));
    return {
      shader: 'clampState',
      flags: {},
      constants: { WORKGROUP_SIZE: workgroupSize },
      params: { count, low, high },
      bindings: { value: state(0) },
      workgroups: linearWorkgroups(count, workgroupSize),
      flops: 2 * count,
    };
  },
});

/**
 * Limits an input of the program to [low, high] in place, after the update that moved it.
 * @throws GanvasError `shape-mismatch` for an empty interval
 */
export function clampState(value: Tensor, low: number, high: number): Update {
  return applyUpdate(clampStateUpdate, [value], [], { low, high });
}
