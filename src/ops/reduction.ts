import {
  input,
  linearWorkgroups,
  output,
  temporary,
  type BindingRole,
  type KernelCall,
  type Lowering,
} from '../engine/kernel.js';

/** A reduction of the middle of [outer, size, inner]. */
export interface Reduction {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
}

/** The kernel of the first pass: a shader that imports `lib/reduction`, without what this file adds. */
export interface ReductionKernel {
  readonly shader: 'reduce' | 'scaleGrad';
  readonly flags: Readonly<Record<string, boolean>>;
  readonly params: Readonly<Record<string, number>>;
  /** All but the result `y`. */
  readonly bindings: Readonly<Record<string, BindingRole>>;
}

const workgroupSize = 64;
/** From this length on lanes that share a sum through workgroup memory beat one long serial one, in time and in accuracy. */
const parallelFrom = 256;
/** Lanes of a sum, and from which length on there are more: each should have a dozen terms, for what it costs besides. */
const [fewLanes, manyTerms] = [16, 2048];
/**
 * Most terms that a workgroup combines: more go to several workgroups, so that a few long sums still fill a GPU and
 * each lane's share stays short enough for f32.
 */
const longestPart = 4096;

interface Pass extends Reduction {
  readonly parts: number;
}

/** The passes of one reduction: of long ones, first the parts, then what they left. */
function passesOf(reduction: Reduction): Pass[] {
  const parts = Math.ceil(reduction.size / longestPart);
  const pass = { ...reduction, parts };
  return parts === 1 ? [pass] : [pass, ...passesOf({ ...reduction, size: parts })];
}

/** Reductions one after the other: the first reads what `kernel` says, the others what the one before left. */
export function lowerReductions(kernel: ReductionKernel, reductions: readonly Reduction[], maximum: boolean): Lowering {
  const passes = reductions.flatMap(passesOf);
  const calls = passes.map((pass, index): KernelCall => {
    const { shader, flags, params, bindings } = index === 0 ? kernel : plainKernel(temporary(index - 1), maximum);
    const { outer, size, inner, parts } = pass;
    const outputs = outer * parts * inner;
    const length = Math.ceil(size / parts);
    const parallel = length >= parallelFrom;
    const lanes = length < manyTerms ? fewLanes : workgroupSize;
    return {
      shader,
      flags: { ...flags, parallel },
      constants: { WORKGROUP_SIZE: workgroupSize, ...(parallel ? { LANES: lanes } : {}) },
      params: { ...params, outputs, size, inner, parts, length },
      bindings: { ...bindings, y: index === passes.length - 1 ? output : temporary(index) },
      workgroups: linearWorkgroups(outputs, parallel ? workgroupSize / lanes : workgroupSize),
      flops: outer * size * inner * Object.keys(bindings).length,
    };
  });
  return { temporaries: passes.slice(0, -1).map(({ outer, parts, inner }) => [outer, parts, inner]), calls };
}

/** A sum or maximum of what one binding holds. */
export function plainKernel(x: BindingRole, maximum: boolean): ReductionKernel {
  return { shader: 'reduce', flags: { maximum, product: false }, params: {}, bindings: { x } };
}

/** The sum of the products of the first two inputs. */
export const productKernel: ReductionKernel = {
  shader: 'reduce',
  flags: { maximum: false, product: true },
  params: {},
  bindings: { x: input(0), other: input(1) },
};
