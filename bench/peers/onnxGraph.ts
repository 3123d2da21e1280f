/** A traced graph as an ONNX model: an op of ours is one to four nodes, as an exporter would write them. */
import { matchOp, type OpTensor } from '../../src/engine/graph.js';
import { at } from '../../src/engine/shape.js';
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
import { writeOnnx, type OnnxAttribute, type OnnxInitializer, type OnnxNode } from './onnxFile.js';
import { planeFilterOf, planeWeights } from './planeFilter.js';
import type { TracedGraph } from './tracedGraph.js';
import { notTranslated } from './untranslated.js';

/**
 * The graph with its own names for inputs, and the output called `y`.
 * @throws GanvasError `peer-untranslated`
 */
export function onnxOf(graph: TracedGraph): Uint8Array<ArrayBuffer> {
  const writer = new GraphWriter(graph);
  const last = graph.nodes.reduce((_, node) => writer.translate(node), '');
  writer.node('Identity', [last], {}, 'y');
  const outputs = [{ name: 'y', shape: graph.output.shape }];
  return writeOnnx({ inputs: graph.inputs, outputs, nodes: writer.nodes, initializers: writer.initializers });
}

/** Name of what a node gives; null for attributes that have no translation. */
type Translate<A> = (writer: GraphWriter, attributes: A, inputs: readonly string[], node: OpTensor) => string | null;

type Rule = (writer: GraphWriter, node: OpTensor, inputs: readonly string[]) => string | null;

function rule<A extends Attributes>(op: OpRecord<A>, translate: Translate<A>): Rule {
  return (writer, node, inputs) => {
    const match = matchOp(node, op);
    return match === null ? null : translate(writer, match.attributes, inputs, node);
  };
}

const binaryTypes: Readonly<Record<string, string>> = { add: 'Add', sub: 'Sub', mul: 'Mul', div: 'Div' };

const rules: readonly Rule[] = [
  rule(conv2dOp, (writer, { stride, padding: [y, x], groups }, inputs) =>
    writer.node('Conv', inputs, { strides: [stride, stride], pads: [y, x, y, x], group: groups }),
  ),
  rule(conv2dTransposedOp, (writer, { stride, padding: [y, x], groups, outputPadding }, inputs) =>
    writer.node('ConvTranspose', inputs, {
      strides: [stride, stride],
      pads: [y, x, y, x],
      output_padding: outputPadding,
      group: groups,
    }),
  ),
  rule(matmulOp, (writer, { transposeA, transposeB }, [a = '', b = '']) => {
    const turned = (name: string, turn: boolean): string =>
      turn ? writer.node('Transpose', [name], { perm: [1, 0] }) : name;
    return writer.node('MatMul', [turned(a, transposeA), turned(b, transposeB)]);
  }),
  rule(biasActOp, biasAct),
  rule(unaryOp, unary),
  rule(binaryOp, (writer, { kind }, inputs) => {
    const type = binaryTypes[kind];
    return type === undefined ? null : writer.node(type, inputs);
  }),
  rule(reduceOp, (writer, { kind, axes }, [x = '']) =>
    kind === 'sum' ? writer.node('ReduceSum', [x, writer.whole(axes)]) : null,
  ),
  rule(reshapeOp, (writer, { shape }, [x = '']) => writer.node('Reshape', [x, writer.whole(shape)])),
  rule(broadcastToOp, (writer, { shape }, [x = '']) => writer.node('Expand', [x, writer.whole(shape)])),
  rule(transposeOp, (writer, { permutation }, [x = '']) => writer.node('Transpose', [x], { perm: permutation })),
  rule(sliceOp, (writer, { starts, sizes, steps }, [x = '']) => {
    if (steps.some((step) => step < 1)) return null;
    const ends = starts.map((start, axis) => start + (at(sizes, axis) - 1) * at(steps, axis) + 1);
    const axes = starts.map((_, axis) => axis);
    return writer.node('Slice', [x, ...[starts, ends, axes, steps].map((list) => writer.whole(list))]);
  }),
  rule(upfirdn2dOp, upfirdn2d),
];

function biasAct(
  writer: GraphWriter,
  { act, alpha, gain, clamp, dim }: BiasActAttributes,
  [x = '', bias]: readonly string[],
  { shape }: OpTensor,
): string | null {
  if (act !== 'lrelu' && act !== 'linear') return null;
  let y = x;
  if (bias !== undefined) {
    const spread = shape.map((extent, axis) => (axis === dim ? extent : 1));
    y = writer.node('Add', [y, writer.node('Reshape', [bias, writer.whole(spread)])]);
  }
  if (act === 'lrelu') y = writer.node('LeakyRelu', [y], { alpha: { float: alpha } });
  if (gain !== 1) y = writer.node('Mul', [y, writer.number(gain)]);
  return clamp === null ? y : writer.node('Clip', [y, writer.number(-clamp), writer.number(clamp)]);
}

function unary(writer: GraphWriter, { kind, a, b }: UnaryAttributes, [x = '']: readonly string[]): string | null {
  switch (kind) {
    case 'affine': {
      const scaled = a === 1 ? x : writer.node('Mul', [x, writer.number(a)]);
      return b === 0 ? scaled : writer.node('Add', [scaled, writer.number(b)]);
    }
    case 'square':
      return writer.node('Mul', [x, x]);
    case 'rsqrt':
      return writer.node('Reciprocal', [writer.node('Sqrt', [x])]);
    case 'tanh':
      return writer.node('Tanh', [x]);
    default:
      return null;
  }
}

function upfirdn2d(
  writer: GraphWriter,
  attributes: UpfirdnAttributes,
  [x = '']: readonly string[],
  node: OpTensor,
): string | null {
  const filter = at(node.source.inputs, 1);
  const [height = 0, width = 0] = filter.shape;
  const said = planeFilterOf(attributes, [height, width], writer.valuesOf(filter));
  if (said === null) return null;
  if (said.kind === 'nearest') {
    const scales = writer.floats([4], Float32Array.of(1, 1, 2, 2));
    return writer.node('Resize', [x, '', scales], {
      mode: 'nearest',
      nearest_mode: 'floor',
      coordinate_transformation_mode: 'asymmetric',
    });
  }
  const planes = at(node.shape, 1);
  const turned = said.kind === 'transposed';
  const weights = planeWeights(writer.valuesOf(filter), attributes.gain, planes, turned);
  const w = writer.floats([planes, 1, height, width], weights);
  return turned
    ? writer.node('ConvTranspose', [x, w], { strides: [2, 2], pads: said.crops, group: planes })
    : writer.node('Conv', [x, w], { strides: [1, 1], pads: said.pads, group: planes });
}

class GraphWriter {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxInitializer[] = [];
  private readonly names = new Map<Tensor, string>();

  constructor(private readonly graph: TracedGraph) {}

  translate(node: OpTensor): string {
    const inputs = node.source.inputs.map((input) => this.nameOf(input));
    for (const each of rules) {
      const name = each(this, node, inputs);
      if (name === null) continue;
      this.names.set(node, name);
      return name;
    }
    throw notTranslated('ONNX', node);
  }

  node(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    output = `t${this.nodes.length}`,
  ): string {
    this.nodes.push({ type, inputs, output, attributes });
    return output;
  }

  floats(shape: readonly number[], values: Float32Array): string {
    return this.initializer(shape, values);
  }

  number(value: number): string {
    return this.initializer([], Float32Array.of(value));
  }

  whole(values: readonly number[]): string {
    return this.initializer([values.length], BigInt64Array.from(values.map(BigInt)));
  }

  valuesOf(tensor: Tensor): Float32Array {
    const values = this.graph.constants.get(this.graph.resolve(tensor));
    if (values === undefined) throw new RangeError('internal: a filter that depends on an input');
    return values;
  }

  private nameOf(tensor: Tensor): string {
    const resolved = this.graph.resolve(tensor);
    if (resolved.source.kind === 'input') return resolved.source.name;
    const known = this.names.get(resolved);
    if (known !== undefined) return known;
    const name = this.floats(resolved.shape, this.valuesOf(resolved));
    this.names.set(resolved, name);
    return name;
  }

  private initializer(shape: readonly number[], values: Float32Array | BigInt64Array): string {
    const name = `c${this.initializers.length}`;
    this.initializers.push({ name, shape, values });
    return name;
  }
}
