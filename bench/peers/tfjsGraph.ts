/** A traced graph in tfjs's own words. Maps [N, C, H, W] lie as [N, H, W, C] there, the order that its kernels are made for. */
import { matchOp, type OpTensor } from '../../src/engine/graph.js';
import { at, type Shape } from '../../src/engine/shape.js';
import type { Attributes, OpRecord, Tensor } from '../../src/engine/tensor.js';
import { biasActOp } from '../../src/ops/biasAct.js';
import { binaryOp } from '../../src/ops/binary.js';
import { broadcastToOp } from '../../src/ops/broadcastTo.js';
import { conv2dOp } from '../../src/ops/conv2d.js';
import { conv2dTransposedOp } from '../../src/ops/conv2dTransposed.js';
import { matmulOp } from '../../src/ops/matmul.js';
import { reduceOp } from '../../src/ops/reduce.js';
import { reshapeOp } from '../../src/ops/reshape.js';
import { sliceOp } from '../../src/ops/slice.js';
import { transposeOp } from '../../src/ops/transpose.js';
import { unaryOp } from '../../src/ops/unary.js';
import { upfirdn2dOp } from '../../src/ops/upfirdn2d.js';
import { planeFilterOf, planeWeights } from './planeFilter.js';
import type { Tfjs, TfTensor } from './runtimes.js';
import type { TracedGraph } from './tracedGraph.js';
import { notTranslated } from './untranslated.js';

type Values = ReadonlyMap<Tensor, TfTensor>;
type Step = (values: Values) => TfTensor;

/** A graph that tfjs computes; weights are uploaded once. */
export class TfjsGraph {
  private readonly steps: readonly { readonly node: OpTensor; readonly step: Step }[];
  private readonly constants = new Map<Tensor, TfTensor>();
  private readonly inputs = new Map<string, Tensor>();

  /** @throws GanvasError `peer-untranslated` */
  constructor(
    private readonly tf: Tfjs,
    private readonly graph: TracedGraph,
  ) {
    for (const [tensor, values] of graph.constants) this.constants.set(tensor, this.upload(tensor.shape, values));
    this.steps = graph.nodes.map((node) => ({ node, step: this.translate(node) }));
  }

  /** @returns the output, in our order */
  async run(inputs: Readonly<Record<string, Float32Array>>): Promise<Float32Array> {
    const { tf, graph } = this;
    const output = tf.tidy(() => {
      const values = new Map(this.constants);
      for (const { name, shape } of graph.inputs) {
        const data = inputs[name];
        const found = this.inputs.get(name);
        if (data !== undefined && found !== undefined) values.set(found, this.upload(shape, data));
      }
      for (const { node, step } of this.steps) values.set(node, step(values));
      const y = values.get(graph.output);
      if (y === undefined) throw new RangeError('internal: no output');
      return graph.output.shape.length === 4 ? tf.transpose(y, [0, 3, 1, 2]) : y;
    });
    const data = await output.data();
    output.dispose();
    return data;
  }

  dispose(): void {
    for (const tensor of this.constants.values()) tensor.dispose();
  }

  private upload(shape: Shape, values: Float32Array): TfTensor {
    const { tf } = this;
    const tensor = tf.tensor(values, shape);
    return shape.length === 4 ? tf.transpose(tensor, [0, 2, 3, 1]) : tensor;
  }

  private translate(node: OpTensor): Step {
    const { tf, graph } = this;
    const read = node.source.inputs.map((input) => {
      const resolved = graph.resolve(input);
      if (resolved.source.kind === 'input') this.inputs.set(resolved.source.name, resolved);
      return (values: Values): TfTensor => {
        const value = values.get(resolved);
        if (value === undefined) throw new RangeError('internal: a node before what it reads');
        return value;
      };
    });
    const [x = missing, other = missing] = read;
    const attributes = <A extends Attributes>(op: OpRecord<A>): A | null => matchOp(node, op)?.attributes ?? null;
    const { shape } = node;

    const conv = attributes(conv2dOp);
    if (conv?.groups === 1) {
      // Filters [out, in, h, w] came as [out, h, w, in].
      const filter = tf.transpose(other(this.constants), [1, 2, 3, 0]);
      return (values) => tf.conv2d(x(values), filter, conv.stride, around(conv.padding));
    }
    const transposed = attributes(conv2dTransposedOp);
    if (transposed?.groups === 1 && transposed.padding.every((zeros) => zeros === 0)) {
      // Filters [in, out, h, w] came as [in, h, w, out].
      const filter = tf.transpose(other(this.constants), [1, 2, 3, 0]);
      const [n = 1, c = 1, h = 1, w = 1] = shape;
      return (values) => tf.conv2dTranspose(x(values), filter, [n, h, w, c], transposed.stride, 'valid');
    }
    const product = attributes(matmulOp);
    if (product !== null)
      return (values) => tf.matMul(x(values), other(values), product.transposeA, product.transposeB);
    const act = attributes(biasActOp);
    if (act !== null && (act.act === 'lrelu' || act.act === 'linear')) {
      const last = shape.length === 4 ? act.dim === 1 : act.dim === shape.length - 1;
      if (last) {
        return (values) => {
          const biased = node.source.inputs.length > 1 ? tf.add(x(values), other(values)) : x(values);
          const bent = act.act === 'lrelu' ? tf.leakyRelu(biased, act.alpha) : biased;
          const gained = act.gain === 1 ? bent : tf.mul(bent, act.gain);
          return act.clamp === null ? gained : tf.clipByValue(gained, -act.clamp, act.clamp);
        };
      }
    }
    const unary = attributes(unaryOp);
    if (unary?.kind === 'affine') {
      return (values) => {
        const scaled = unary.a === 1 ? x(values) : tf.mul(x(values), unary.a);
        return unary.b === 0 ? scaled : tf.add(scaled, unary.b);
      };
    }
    if (unary?.kind === 'square') return (values) => tf.square(x(values));
    if (unary?.kind === 'rsqrt') return (values) => tf.rsqrt(x(values));
    if (unary?.kind === 'tanh') return (values) => tf.tanh(x(values));
    const kind = attributes(binaryOp)?.kind;
    if (kind === 'add' || kind === 'sub' || kind === 'mul' || kind === 'div') {
      const [a, b] = [this.operand(node, 0, x), this.operand(node, 1, other)];
      if (a !== null && b !== null) return (values) => tf[kind](a(values), b(values));
    }
    const reduced = attributes(reduceOp);
    if (reduced?.kind === 'sum' && shape.length !== 4) return (values) => tf.sum(x(values), [...reduced.axes], true);
    if (attributes(reshapeOp) !== null) return this.reshape(node, x);
    if (attributes(broadcastToOp) !== null && shape.length !== 4)
      return (values) => tf.broadcastTo(x(values), [...shape]);
    const cut = attributes(sliceOp);
    if (cut?.steps.every((step) => step === 1) === true && shape.length !== 4)
      return (values) => tf.slice(x(values), [...cut.starts], [...cut.sizes]);
    const turned = attributes(transposeOp);
    if (turned !== null && shape.length !== 4) return (values) => tf.transpose(x(values), [...turned.permutation]);
    return this.upfirdn2d(node, x) ?? untranslatable(node);
  }

  /** An operand that broadcasts to a map as it does in our order; null for one of another rank that is not known yet. */
  private operand({ source, shape }: OpTensor, index: number, read: Step): Step | null {
    const operand = this.graph.resolve(at(source.inputs, index));
    if (shape.length !== 4 || operand.shape.length === 4) return read;
    const values = this.graph.constants.get(operand);
    if (values === undefined) return null;
    const missingAxes = Array.from({ length: 4 - operand.shape.length }, () => 1);
    const laid = this.upload([...missingAxes, ...operand.shape], values);
    return () => laid;
  }

  /** A vector per sample and a map of one pixel lie alike; others are turned there and back. */
  private reshape({ source, shape }: OpTensor, x: Step): Step {
    const { tf } = this;
    const from = at(source.inputs, 0).shape;
    const onePixel = (map: Shape): boolean => map.length !== 4 || (at(map, 2) === 1 && at(map, 3) === 1);
    const [n = 1, c = 1, h = 1, w = 1] = shape;
    const laid = shape.length === 4 ? [n, h, w, c] : [...shape];
    if (onePixel(from) && onePixel(shape)) return (values) => tf.reshape(x(values), laid);
    return (values) => {
      const plain = from.length === 4 ? tf.transpose(x(values), [0, 3, 1, 2]) : x(values);
      const shaped = tf.reshape(plain, [...shape]);
      return shape.length === 4 ? tf.transpose(shaped, [0, 2, 3, 1]) : shaped;
    };
  }

  private upfirdn2d(node: OpTensor, x: Step): Step | null {
    const { tf, graph } = this;
    const match = matchOp(node, upfirdn2dOp);
    if (match === null) return null;
    const f = graph.resolve(at(node.source.inputs, 1));
    const values = graph.constants.get(f);
    const [height = 0, width = 0] = f.shape;
    const said = values === undefined ? null : planeFilterOf(match.attributes, [height, width], values);
    if (said === null || values === undefined) return null;
    const [n = 1, planes = 1, h = 1, w = 1] = node.shape;
    if (said.kind === 'nearest') return (read) => tf.image.resizeNearestNeighbor(x(read), [h, w]);
    const weights = planeWeights(values, match.attributes.gain, planes, said.kind === 'transposed');
    if (said.kind === 'depthwise') {
      const filter = tf.transpose(tf.tensor(weights, [planes, height, width, 1]), [1, 2, 0, 3]);
      const [top, left, bottom, right] = said.pads;
      const zeros: [number, number][] = [
        [0, 0],
        [top, bottom],
        [left, right],
        [0, 0],
      ];
      return (read) => tf.depthwiseConv2d(tf.pad(x(read), zeros), filter, 1, 'valid');
    }
    // There is no transposed convolution of single planes: one of all planes with zeros between them.
    const diagonal = new Float32Array(height * width * planes * planes);
    const size = height * width;
    for (let plane = 0; plane < planes; plane++) {
      for (let tap = 0; tap < size; tap++)
        diagonal[(tap * planes + plane) * planes + plane] = at(weights, plane * size + tap);
    }
    const filter = tf.tensor(diagonal, [height, width, planes, planes]);
    const [top, left, bottom, right] = said.crops;
    const full: [number, number, number, number] = [n, h + top + bottom, w + left + right, planes];
    return (read) =>
      tf.slice(tf.conv2dTranspose(x(read), filter, full, 2, 'valid'), [0, top, left, 0], [n, h, w, planes]);
  }
}

const missing: Step = () => {
  throw new RangeError('internal: an input is missing');
};

function untranslatable(node: OpTensor): never {
  throw notTranslated('tfjs', node);
}

function around([y, x]: readonly [number, number]): [
  [number, number],
  [number, number],
  [number, number],
  [number, number],
] {
  return [
    [0, 0],
    [y, y],
    [x, x],
    [0, 0],
  ];
}
