import type { FusionRule } from '../engine/fusion.js';
import { matchOp } from '../engine/graph.js';
import { input, linearWorkgroups, output, singleCall } from '../engine/kernel.js';
import { applyOp, defineOp } from '../engine/op.js';
import { at, sameShape, sizeOf } from '../engine/shape.js';
import type { OpRecord, Tensor } from '../engine/tensor.js';
import { binaryOp } from './binary.js';
import { matmulOp } from './matmul.js';
import { matchScaled, unaryOp } from './unary.js';

type StyleGradAttributes = { readonly factor: number; readonly hasRest: boolean };

const workgroupSize = 64;

/**
 * Gradient of styles through their demodulation coefficients, −s ∘ ((dd ∘ d³) × energyᵀ), and the sum with what
 * reaches them otherwise. Inputs: dd, d [N, O], energy [C, O], s [N, C] and, with `hasRest`, the rest [N, C].
 */
export const fusedStyleGradOp: OpRecord<StyleGradAttributes> = defineOp({
  name: 'fusedStyleGrad',
  inputNames: ['dd', 'd', 'energy', 's', 'rest'],
  inferShape: (shapes) => at(shapes, 3),
  reference: ({ inputs, shapes, attributes }) => {
    const [dd, d, energy] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
    const [channels, outChannels] = [at(at(shapes, 2), 0), at(at(shapes, 2), 1)];
    return at(inputs, 3).map((style, index) => {
      const [sample, c] = [Math.floor(index / channels), index % channels];
      let sum = 0;
      for (let o = 0; o < outChannels; o++) {
        const slot = sample * outChannels + o;
        sum += at(energy, c * outChannels + o) * at(dd, slot) * at(d, slot) ** 3;
      }
      return attributes.factor * style * sum + (attributes.hasRest ? at(at(inputs, 4), index) : 0);
    });
  },
  lower: ({ shapes, outputShape, attributes: { factor, hasRest } }) => {
    const count = sizeOf(outputShape);
    const [channels, outChannels] = [at(at(shapes, 2), 0), at(at(shapes, 2), 1)];
    return singleCall({
      shader: 'styleGrad',
      flags: { hasRest },
      constants: { WORKGROUP_SIZE: workgroupSize },
      params: { count, channels, outChannels, factor },
      bindings: {
        dd: input(0),
        d: input(1),
        energy: input(2),
        s: input(3),
        ...(hasRest ? { rest: input(4) } : {}),
        ds: output,
      },
      workgroups: linearWorkgroups(count, workgroupSize),
      flops: 5 * count * outChannels,
    });
  },
});

type ReadOnce = (tensor: Tensor) => boolean;

/** The gradient of rsqrt(s² × energy + ε) in s, as the rules of unary and matmul write it. */
export const styleGradRule: FusionRule = {
  name: 'style gradient',
  apply: (tensor, readOnce) => {
    const product = matchProduct(tensor);
    const styles = product === null ? null : matchScaled(product.b);
    const matrix = product === null || !readOnce(product.a) ? null : matchOp(product.a, matmulOp);
    if (styles === null || matrix === null || matrix.attributes.transposeA || !matrix.attributes.transposeB)
      return null;
    const root = matchRootGradient(at(matrix.inputs, 0), readOnce);
    if (root === null || tensor.shape.length !== 2) return null;
    return applyOp(fusedStyleGradOp, [root.dd, root.d, at(matrix.inputs, 1), styles.x], {
      factor: root.factor * styles.factor,
      hasRest: false,
    });
  },
};

/** dd · factor · d · d²: what the gradient of d = rsqrt(…) passes on. */
function matchRootGradient(
  tensor: Tensor,
  readOnce: ReadOnce,
): { readonly dd: Tensor; readonly d: Tensor; readonly factor: number } | null {
  const product = readOnce(tensor) ? matchProduct(tensor) : null;
  const scaled = product === null ? null : matchScaled(product.b);
  const cube = scaled === null ? null : matchProduct(scaled.x);
  const square = cube === null ? null : matchOp(cube.b, unaryOp);
  if (product === null || scaled === null || cube === null) return null;
  if (square?.attributes.kind !== 'square' || square.inputs[0] !== cube.a) return null;
  return { dd: product.a, d: cube.a, factor: scaled.factor };
}

/** a · b of one shape. */
function matchProduct(tensor: Tensor): { readonly a: Tensor; readonly b: Tensor } | null {
  const match = matchOp(tensor, binaryOp);
  if (match?.attributes.kind !== 'mul') return null;
  const [a, b] = [at(match.inputs, 0), at(match.inputs, 1)];
  return sameShape(a.shape, b.shape) ? { a, b } : null;
}

/** What else reaches the styles is added in the same kernel. */
export const styleGradSumRule: FusionRule = {
  name: 'sum of style gradients',
  apply: (tensor, readOnce) => {
    const sum = matchOp(tensor, binaryOp);
    if (sum?.attributes.kind !== 'add') return null;
    for (const [part, rest] of [sum.inputs, [...sum.inputs].reverse()]) {
      if (part === undefined || rest === undefined || !sameShape(part.shape, rest.shape) || !readOnce(part)) continue;
      const style = matchOp(part, fusedStyleGradOp);
      if (style === null || style.attributes.hasRest) continue;
      return applyOp(fusedStyleGradOp, [...style.inputs, rest], { ...style.attributes, hasRest: true });
    }
    return null;
  },
};
