/** A traced graph in tfjs's own words. Maps [N, C, H, W] lie as [N, H, W, C] there, the order that its kernels are made for. */
import { matchOp, type OpTensor } from '../../src/engine/graph.js';
import { at, type Shape } from '../../src/engine/shape.js';
import type { Attributes, OpRecord, Tensor } from '../../src/engine/tensor.js';
import { biasActOp, type BiasActAttributes } from '../../src/ops/biasAct.js';
import { binaryOp } from '../../src/ops/binary.js';
import { broadcastToOp } from '../../src/ops/broadcastTo.js';
import { conv2dOp } from '../../src/ops/conv2d.js';
import { conv2dTransposedOp } from '../../src/ops/conv2dTransposed.js';
import { matmulOp } from '../../src/ops/matmul.js';
import { reduceOp } from '../../src/ops/reduce.js';
import { reshapeOp } from '../../src/ops/reshape.js';
import { sliceOp } from '../../src/ops/slice.js';
import { transposeOp } from '../../src/ops/transpose.js';
import { unaryOp, type UnaryAttributes } from '../../src/ops/unary.js';
import { upfirdn2dOp, type UpfirdnAttributes } from '../../src/ops/upfirdn2d.js';
import { planeFilterOf, planeWeights, type PlaneFilter } from './planeFilter.js';
import type { Tfjs, TfTensor } from './runtimes.js';
import type { TracedGraph } from './tracedGraph.js';
import { notTranslated } from './untranslated.js';

type Values = ReadonlyMap<Tensor, TfTensor>;
/** What a node gives, once what it reads is there. */
type Step = (values: Values) => TfTensor;

/** Where a node stands while it is translated. */
interface Place {
  readonly tf: Tfjs;
  readonly node: OpTensor;
  /** What it reads, in its order. */
  readonly inputs: readonly Step[];
  /** Values of an input that no input of the graph decides, in our order. */
  readonly constantOf: (index: number) => Float32Array | null;
  readonly upload: (shape: Shape, values: Float32Array) => TfTensor;
}

/** Null for attributes, or shapes, that have no translation. */
type Rule = (place: Place) => Step | null;

function rule<A extends Attributes>(op: OpRecord<A>, translate: (place: Place, attributes: A) => Step | null): Rule {
  return (place) => {
    const match = matchOp(place.node, op);
    return match === null ? null : translate(place, match.attributes);
  };
}

const isMap = ({ node }: Place): boolean => node.shape.length === 4;

const rules: readonly Rule[] = [
  rule(conv2dOp, ({ tf, inputs, constantOf, node }, { stride, padding: [y, x], groups }) => {
    const weight = constantOf(1);
    if (groups !== 1 || weight === null) return null;
    const filter = tf.transpose(tf.tensor(weight, at(node.source.inputs, 1).shape), [2, 3, 1, 0]);
    const pads: [number, number][] = [
      [0, 0],
      [y, y],
      [x, x],
      [0, 0],
    ];
    return (values) => tf.conv2d(at(inputs, 0)(values), filter, stride, pads);
  }),
  rule(conv2dTransposedOp, ({ tf, inputs, constantOf, node }, { stride, padding, groups }) => {
    const weight = constantOf(1);
    if (groups !== 1 || weight === null || padding.some((zeros) => zeros !== 0)) return null;
    // It wants [h, w, out, in] of our [in, out, h, w].
    const filter = tf.transpose(tf.tensor(weight, at(node.source.inputs, 1).shape), [2, 3, 1, 0]);
    const [n = 1, c = 1, h = 1, w = 1] = node.shape;
    return (values) => tf.conv2dTranspose(at(inputs, 0)(values), filter, [n, h, w, c], stride, 'valid');
  }),
  rule(matmulOp, ({ tf, inputs }, { transposeA, transposeB }) => {
    const [a, b] = [at(inputs, 0), at(inputs, 1)];
    return (values) => tf.matMul(a(values), b(values), transposeA, transposeB);
  }),
  rule(biasActOp, biasAct),
  rule(unaryOp, unary),
  rule(binaryOp, (place, { kind }) => {
    const { tf } = place;
    const [a, b] = [operand(place, 0), operand(place, 1)];
    const isKnown = kind === 'add' || kind === 'sub' || kind === 'mul' || kind === 'div';
    return isKnown && a !== null && b !== null ? (values) => tf[kind](a(values), b(values)) : null;
  }),
  rule(reduceOp, (place, { kind, axes }) => {
    if (kind !== 'sum' || isMap(place)) return null;
    return (values) => place.tf.sum(at(place.inputs, 0)(values), [...axes], true);
  }),
  rule(reshapeOp, reshape),
  rule(broadcastToOp, (place, { shape }) =>
    isMap(place) ? null : (values) => place.tf.broadcastTo(at(place.inputs, 0)(values), [...shape]),
  ),
  rule(sliceOp, (place, { starts, sizes, steps }) => {
    if (isMap(place) || steps.some((step) => step !== 1)) return null;
    return (values) => place.tf.slice(at(place.inputs, 0)(values), [...starts], [...sizes]);
  }),
  rule(transposeOp, (place, { permutation }) =>
    isMap(place) ? null : (values) => place.tf.transpose(at(place.inputs, 0)(values), [...permutation]),
  ),
  rule(upfirdn2dOp, upfirdn2d),
];

function biasAct(place: Place, { act, alpha, gain, clamp, dim }: BiasActAttributes): Step | null {
  const { tf, inputs, node } = place;
  const isLast = dim === (isMap(place) ? 1 : node.shape.length - 1);
  const [x, bias] = inputs;
  if (x === undefined || (act !== 'lrelu' && act !== 'linear') || (bias !== undefined && !isLast)) return null;
  return (values) => {
    const biased = bias === undefined ? x(values) : tf.add(x(values), bias(values));
    const bent = act === 'lrelu' ? tf.leakyRelu(biased, alpha) : biased;
    const gained = gain === 1 ? bent : tf.mul(bent, gain);
    return clamp === null ? gained : tf.clipByValue(gained, -clamp, clamp);
  };
}

function unary({ tf, inputs }: Place, { kind, a, b }: UnaryAttributes): Step | null {
  const x = at(inputs, 0);
  switch (kind) {
    case 'affine':
      return (values) => {
        const scaled = a === 1 ? x(values) : tf.mul(x(values), a);
        return b === 0 ? scaled : tf.add(scaled, b);
      };
    case 'square':
    case 'rsqrt':
    case 'tanh':
      return (values) => tf[kind](x(values));
    default:
      return null;
  }
}

/** An operand that broadcasts to a map as it does in our order; null for one of fewer axes that is not known yet. */
function operand({ node, inputs, constantOf, upload }: Place, index: number): Step | null {
  const { shape } = at(node.source.inputs, index);
  if (node.shape.length !== 4 || shape.length === 4) return at(inputs, index);
  const values = constantOf(index);
  if (values === null) return null;
  const laid = upload([...Array.from({ length: 4 - shape.length }, () => 1), ...shape], values);
  return () => laid;
}

/** A vector per sample and a map of one pixel lie alike; others are turned there and back. */
function reshape({ tf, inputs, node: { source, shape } }: Place): Step {
  const x = at(inputs, 0);
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

function upfirdn2d(place: Place, attributes: UpfirdnAttributes): Step | null {
  const { tf, node, inputs, constantOf } = place;
  const taps = constantOf(1);
  const [height = 0, width = 0] = at(node.source.inputs, 1).shape;
  const said = taps === null ? null : planeFilterOf(attributes, [height, width], taps);
  if (said === null || taps === null) return null;
  const x = at(inputs, 0);
  const [, planes = 1, h = 1, w = 1] = node.shape;
  if (said.kind === 'nearest') return (values) => tf.image.resizeNearestNeighbor(x(values), [h, w]);
  const weights = planeWeights(taps, attributes.gain, planes, said.kind === 'transposed');
  return said.kind === 'depthwise'
    ? depthwise(place, said, tf.tensor(weights, [planes, height, width, 1]))
    : doubled(place, said, weights, [height, width]);
}

type Told<K extends PlaneFilter['kind']> = Extract<PlaneFilter, { readonly kind: K }>;

function depthwise(
  { tf, inputs }: Place,
  { pads: [top, left, bottom, right] }: Told<'depthwise'>,
  weights: TfTensor,
): Step {
  const filter = tf.transpose(weights, [1, 2, 0, 3]);
  const zeros: [number, number][] = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return (values) => tf.depthwiseConv2d(tf.pad(at(inputs, 0)(values), zeros), filter, 1, 'valid');
}

/** There is no transposed convolution of single planes: one of all planes, with zeros between them. */
function doubled(
  { tf, node, inputs }: Place,
  { crops: [top, left, bottom, right] }: Told<'transposed'>,
  weights: Float32Array,
  [height, width]: readonly [number, number],
): Step {
  const [n = 1, planes = 1, h = 1, w = 1] = node.shape;
  const size = height * width;
  const diagonal = new Float32Array(size * planes * planes);
  for (let plane = 0; plane < planes; plane++) {
    for (let tap = 0; tap < size; tap++)
      diagonal[(tap * planes + plane) * planes + plane] = at(weights, plane * size + tap);
  }
  const filter = tf.tensor(diagonal, [height, width, planes, planes]);
  const full: [number, number, number, number] = [n, h + top + bottom, w + left + right, planes];
  return (values) =>
    tf.slice(tf.conv2dTranspose(at(inputs, 0)(values), filter, full, 2, 'valid'), [0, top, left, 0], [n, h, w, planes]);
}

/** A graph that tfjs computes; weights are uploaded once. */
export class TfjsGraph {
  private readonly steps: readonly { readonly node: OpTensor; readonly step: Step }[];
  private readonly uploaded = new Map<Tensor, TfTensor>();
  private readonly inputs = new Map<string, Tensor>();

  /** @throws GanvasError `peer-untranslated` */
  constructor(
    private readonly tf: Tfjs,
    private readonly graph: TracedGraph,
  ) {
    for (const [tensor, values] of graph.constants) this.uploaded.set(tensor, this.upload(tensor.shape, values));
    this.steps = graph.nodes.map((node) => ({ node, step: this.translate(node) }));
  }

  /** @returns the output, in our order */
  async run(inputs: Readonly<Record<string, Float32Array>>): Promise<Float32Array> {
    const { tf, graph } = this;
    const output = tf.tidy(() => {
      const values = new Map(this.uploaded);
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
    for (const tensor of this.uploaded.values()) tensor.dispose();
  }

  private upload(shape: Shape, values: Float32Array): TfTensor {
    const { tf } = this;
    const tensor = tf.tensor(values, shape);
    return shape.length === 4 ? tf.transpose(tensor, [0, 2, 3, 1]) : tensor;
  }

  private translate(node: OpTensor): Step {
    const { tf, graph } = this;
    const place: Place = {
      tf,
      node,
      inputs: node.source.inputs.map((input) => this.read(graph.resolve(input))),
      constantOf: (index) => graph.constants.get(graph.resolve(at(node.source.inputs, index))) ?? null,
      upload: (shape, values) => this.upload(shape, values),
    };
    for (const each of rules) {
      const step = each(place);
      if (step !== null) return step;
    }
    throw notTranslated('tfjs', node);
  }

  private read(tensor: Tensor): Step {
    if (tensor.source.kind === 'input') this.inputs.set(tensor.source.name, tensor);
    return (values) => {
      const value = values.get(tensor);
      if (value === undefined) throw new RangeError('internal: a node before what it reads');
      return value;
    };
  }
}
