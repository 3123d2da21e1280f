import type { GraphPass } from '../engine/fusion.js';
import { constantNodes, matchOp, rewriteGraph, topologicalOrder } from '../engine/graph.js';
import { bytesOf, storageRoot } from '../engine/schedule.js';
import { at, sizeOf } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { concat } from './concat.js';
import { fusedMatmulOp } from './fusedMatmul.js';
import { groupedMatmul, groupMemberOp, type GroupedProduct } from './groupedMatmul.js';
import { reshape } from './reshape.js';
import { transpose } from './transpose.js';

/** A product that may be computed together with others: of rows of `a` and constants. */
interface Candidate extends GroupedProduct {
  readonly a: Tensor;
  readonly rows: number;
  readonly demodulates: boolean;
  /** [depth, columns], or turned. */
  readonly weight: Tensor;
  readonly isTurned: boolean;
  readonly bias: Tensor | null;
}

type Match = (tensor: Tensor) => Candidate | null;

/** Of the weights of a group: what every adapter binds. */
const mostBytes = 128 * 2 ** 20;
/** As many as `concat` joins. */
const mostProducts = 64;

/**
 * Gathers matrix products that read one tensor, and constants beside it, into groups of one dispatch each: first the
 * styles of all layers, which are read from W+, then their demodulation coefficients, which are read from those. The
 * weights are laid side by side once an engine.
 */
export const groupMatmuls: GraphPass = (outputs) => gathered(gathered(outputs, styleOf), demodulationOf);

function gathered(outputs: readonly Tensor[], match: Match): Tensor[] {
  const groupOf = new Map<Tensor, readonly Tensor[]>();
  for (const group of groupsIn(outputs, match)) for (const tensor of group) groupOf.set(tensor, group);
  const made = new Map<Tensor, Tensor>();
  return rewriteGraph(outputs, (rebuilt, original) => {
    const group = groupOf.get(original);
    const a = group === undefined ? undefined : match(rebuilt)?.a;
    if (group === undefined || a === undefined) return rebuilt;
    if (!made.has(original)) {
      const members = productsTogether(
        a,
        group.flatMap((tensor) => match(tensor) ?? []),
      );
      group.forEach((tensor, g) => made.set(tensor, at(members, g)));
    }
    return made.get(original) ?? rebuilt;
  }).outputs;
}

/** Products that may share a dispatch, two or more, in the order in which they are computed. */
function groupsIn(outputs: readonly Tensor[], match: Match): Tensor[][] {
  const order = topologicalOrder(outputs);
  const constants = constantNodes(order);
  // What a caller reads has a buffer of its own.
  const kept = new Set(outputs.map(storageRoot));
  const open = new Map<Tensor, Map<string, { tensors: Tensor[]; bytes: number }[]>>();
  for (const tensor of order) {
    const product = kept.has(tensor) || constants.has(tensor) ? null : match(tensor);
    if (product === null || !constants.has(product.weight)) continue;
    if (product.bias !== null && !constants.has(product.bias)) continue;
    const bytes = bytesOf(product.weight.shape);
    const ofInput = open.get(product.a) ?? new Map<string, { tensors: Tensor[]; bytes: number }[]>();
    open.set(product.a, ofInput);
    const key = `${product.rows} ${product.bias !== null}`;
    const alike = ofInput.get(key) ?? [];
    ofInput.set(key, alike);
    const group = alike.find((each) => each.tensors.length < mostProducts && each.bytes + bytes <= mostBytes);
    if (group === undefined) alike.push({ tensors: [tensor], bytes });
    else {
      group.tensors.push(tensor);
      group.bytes += bytes;
    }
  }
  return [...open.values()]
    .flatMap((ofInput) => [...ofInput.values()].flat())
    .map(({ tensors }) => tensors)
    .filter(({ length }) => length > 1);
}

function productsTogether(a: Tensor, products: readonly Candidate[]): Tensor[] {
  const weights = products.map(({ weight, isTurned }) =>
    reshape(isTurned ? transpose(weight, [1, 0]) : weight, [sizeOf(weight.shape)]),
  );
  const biases = products.flatMap(({ bias }) => bias ?? []);
  const bias = biases.length === 0 ? null : concat(biases, 0);
  const { rows, demodulates } = at(products, 0);
  return groupedMatmul(a, concat(weights, 0), bias, products, { rows, demodulates });
}

/** A linear layer of rows, of W+ for instance. */
function styleOf(tensor: Tensor): Candidate | null {
  const product = plainProduct(tensor);
  return product === null || product.demodulates ? null : product;
}

/** Demodulation of styles that are gathered already. */
function demodulationOf(tensor: Tensor): Candidate | null {
  const product = plainProduct(tensor);
  const styles = product === null ? null : matchOp(product.a, groupMemberOp);
  if (product === null || styles === null || !product.demodulates) return null;
  return { ...product, a: at(styles.inputs, 0), aOffset: styles.attributes.start + product.aOffset };
}

/** A product of rows and a whole matrix that at most a factor follows. */
function plainProduct(tensor: Tensor): Candidate | null {
  const match = matchOp(tensor, fusedMatmulOp);
  if (match === null) return null;
  const { rows, depth, columns, aOffset, aRowStride, gain, squareInput, rsqrtEpsilon, ...rest } = match.attributes;
  const isTurned = rest.bDepthStride === 1 && rest.bColumnStride === depth;
  const isWhole = isTurned || (rest.bColumnStride === 1 && rest.bDepthStride === columns);
  const isLinear = rest.act === 'linear' && rest.clamp === null && squareInput === (rsqrtEpsilon !== null);
  if (!isWhole || !isLinear || rest.batch !== 1 || rest.aDepthStride !== 1) return null;
  const [a, weight, bias = null] = [at(match.inputs, 0), at(match.inputs, 1), match.inputs[2]];
  const epsilon = rsqrtEpsilon ?? 0;
  const demodulates = rsqrtEpsilon !== null;
  return { a, aOffset, aRowStride, rows, depth, columns, gain, epsilon, demodulates, weight, isTurned, bias };
}
