/** Writes ONNX models (onnx.proto3, IR version 8, opset 17): messages in protobuf's wire format. */

type Bytes = Uint8Array<ArrayBuffer>;

/** A list of numbers is whole ones, except where `float` says otherwise. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number };

export interface OnnxNode {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxInitializer {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array | BigInt64Array;
}

export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface OnnxGraph {
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
}

const [irVersion, opset] = [8, 17];
/** TensorProto.DataType */
const dataTypes = { float: 1, int64: 7 } as const;
/** AttributeProto.AttributeType */
const attributeTypes = { float: 1, int: 2, string: 3, ints: 7 } as const;

export function writeOnnx(graph: OnnxGraph): Bytes {
  return message([
    whole(1, irVersion),
    text(2, 'ganvas'),
    part(7, graphMessage(graph)),
    part(8, message([text(1, ''), whole(2, opset)])),
  ]);
}

function graphMessage({ inputs, outputs, nodes, initializers }: OnnxGraph): Bytes {
  return message([
    ...nodes.map((node) => part(1, nodeMessage(node))),
    text(2, 'graph'),
    ...initializers.map((initializer) => part(5, tensorMessage(initializer))),
    ...inputs.map((value) => part(11, valueMessage(value))),
    ...outputs.map((value) => part(12, valueMessage(value))),
  ]);
}

function nodeMessage({ type, inputs, output, attributes }: OnnxNode): Bytes {
  return message([
    ...inputs.map((name) => text(1, name)),
    text(2, output),
    text(3, `${type} ${output}`),
    text(4, type),
    ...Object.entries(attributes).map(([name, value]) => part(5, attributeMessage(name, value))),
  ]);
}

function attributeMessage(name: string, value: OnnxAttribute): Bytes {
  if (typeof value === 'number') return message([text(1, name), whole(3, value), whole(20, attributeTypes.int)]);
  if (typeof value === 'string') return message([text(1, name), text(4, value), whole(20, attributeTypes.string)]);
  if ('float' in value) return message([text(1, name), single(2, value.float), whole(20, attributeTypes.float)]);
  return message([text(1, name), ...value.map((each) => whole(8, each)), whole(20, attributeTypes.ints)]);
}

function tensorMessage({ name, shape, values }: OnnxInitializer): Bytes {
  const type = values instanceof Float32Array ? dataTypes.float : dataTypes.int64;
  const bytes = new Uint8Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
  return message([...shape.map((extent) => whole(1, extent)), whole(2, type), text(8, name), part(9, bytes)]);
}

function valueMessage({ name, shape }: OnnxValue): Bytes {
  const dimensions = message(shape.map((extent) => part(1, message([whole(1, extent)]))));
  const tensor = message([whole(1, dataTypes.float), part(2, dimensions)]);
  return message([text(1, name), part(2, message([part(1, tensor)]))]);
}

// Protobuf: a key is field number and wire type (0 varint, 2 with its length, 5 four bytes).

function whole(field: number, value: number): Bytes {
  return message([varint(BigInt(field * 8)), varint(BigInt.asUintN(64, BigInt(value)))]);
}

function single(field: number, value: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return message([varint(BigInt(field * 8 + 5)), bytes]);
}

function text(field: number, value: string): Bytes {
  return part(field, Uint8Array.from(new TextEncoder().encode(value)));
}

function part(field: number, bytes: Bytes): Bytes {
  return message([varint(BigInt(field * 8 + 2)), varint(BigInt(bytes.length)), bytes]);
}

function varint(value: bigint): Bytes {
  const bytes: number[] = [];
  for (; value >= 128n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
  return Uint8Array.from([...bytes, Number(value)]);
}

function message(parts: readonly Bytes[]): Bytes {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const bytes of parts) {
    joined.set(bytes, offset);
    offset += bytes.length;
  }
  return joined;
}
