import { linearWorkgroups, state } from '../engine/kernel.js';
import { at, sizeOf, type Shape } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { applyUpdate, type Update, type UpdateRecord } from '../engine/update.js';

type RenormaliseAttributes = Readonly<Record<string, never>>;

const workgroupSize = 256;
/** Below this mean square a plane counts as constant; the reference divides by zero there. */
const leastVariance = 1e-30;

/**
 * Gives every plane (the last two axes) mean 0 and mean square 1 again: what noise maps need after each step of an
 * optimiser, so that they stay noise (Karras et al. 2020, appendix D; stylegan2-ada-pytorch projector.py: project).
 */
export const renormaliseUpdate: UpdateRecord<RenormaliseAttributes> = Object.freeze<
  UpdateRecord<RenormaliseAttributes>
>({
  name: 'renormalise',
  stateNames: ['value'],
  operandNames: [],
  shapeProblem: ([value = []]) => (value.length < 2 ? 'the value must have planes: at least two axes' : null),
  reference: ({ states, stateShapes }) => {
    const { planes, size } = planesOf(at(stateShapes, 0));
    const value = at(states, 0).slice();
    for (let plane = 0; plane < planes; plane++) {
      const values = value.subarray(plane * size, (plane + 1) * size);
      const mean = values.reduce((sum, x) => sum + x, 0) / size;
      const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / size;
      values.forEach((x, i) => (values[i] = (x - mean) / Math.sqrt(Math.max(variance, leastVariance))));
    }
    return [value];
  },
  lower: ({ stateShapes }) => {
    const { planes, size } = planesOf(at(stateShapes, 0));
    return {
      shader: 'renormalise',
      flags: {},
      constants: { WORKGROUP_SIZE: workgroupSize },
      params: { planes, size, leastVariance },
      bindings: { value: state(0) },
      workgroups: linearWorkgroups(planes, 1),
      flops: 7 * planes * size,
    };
  },
});

function planesOf(shape: Shape): { planes: number; size: number } {
  return { planes: sizeOf(shape.slice(0, -2)), size: sizeOf(shape.slice(-2)) };
}

/**
 * Normalises an input of the program in place: noise maps [N, 1, H, W], after the update that moved them.
 * @throws GanvasError `shape-mismatch`
 */
export function renormalise(value: Tensor): Update {
  return applyUpdate(renormaliseUpdate, [value], [], {});
}
