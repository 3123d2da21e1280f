/** What peers are given is the graph that ganvas runs. The peers themselves are installed for a benchmark only. */
import { describe, expect, test } from 'vitest';
import { writeOnnx } from '../../bench/peers/onnxFile.js';
import { onnxOf } from '../../bench/peers/onnxGraph.js';
import { planeFilterOf, planeWeights } from '../../bench/peers/planeFilter.js';
import { nodeRuntimes } from '../../bench/peers/nodeRuntimes.js';
import { traceGraph } from '../../bench/peers/tracedGraph.js';
import { opWorkloads } from '../../bench/peers/workloads.js';
import { testValues } from '../../bench/workloads.js';
import { constantTensor, inputTensor, type Tensor } from '../../src/engine/tensor.js';
import { maximum, mul } from '../../src/ops/binary.js';
import { conv2d } from '../../src/ops/conv2d.js';
import { conv2dTransposed } from '../../src/ops/conv2dTransposed.js';
import { pad } from '../../src/ops/pad.js';
import { sliceAxis } from '../../src/ops/slice.js';
import { scale } from '../../src/ops/unary.js';
import { upfirdn2d, type UpfirdnAttributes, type UpfirdnOptions } from '../../src/ops/upfirdn2d.js';
import { named, runReference } from '../ops/evaluate.js';
import { testGpu } from '../setup/gpu.js';

const planes = 2;
const x = { shape: [1, planes, 5, 6], values: testValues(planes * 30, 1) };

/** upfirdn2d as a peer is told it, and as ganvas defines it. */
function bothWays(
  size: readonly [number, number],
  options: UpfirdnOptions,
): { told: string; theirs: Float64Array; ours: Float64Array } {
  const taps = testValues(size[0] * size[1], 2);
  const filter = constantTensor('f', size, taps);
  const filtered = upfirdn2d(inputTensor('x', x.shape), filter, { ...options, flipFilter: true });
  if (filtered.source.kind !== 'op') throw new Error('not an op');
  const attributes = filtered.source.attributes as UpfirdnAttributes;
  const said = planeFilterOf(attributes, size, taps);
  if (said === null || said.kind === 'nearest') throw new Error('not a filter of planes');
  const turned = said.kind === 'transposed';
  const weights = constantTensor('w', [planes, 1, ...size], planeWeights(taps, attributes.gain, planes, turned));
  const theirs = runReference(
    (inputs) => {
      const given = named(inputs, 'x');
      const map = turned
        ? cropped(conv2dTransposed(given, weights, { stride: 2, groups: planes }), said.crops)
        : conv2d(padded(given, said.pads), weights, { groups: planes });
      return { y: map };
    },
    { x },
  );
  const ours = runReference(
    (inputs) => ({ y: upfirdn2d(named(inputs, 'x'), filter, { ...options, flipFilter: true }) }),
    { x },
  );
  return { told: said.kind, theirs: theirs['y'] ?? new Float64Array(), ours: ours['y'] ?? new Float64Array() };
}

type Sides = readonly [number, number, number, number];

function cropped(map: Tensor, [top, left, bottom, right]: Sides): Tensor {
  const [, , h = 0, w = 0] = map.shape;
  return sliceAxis(sliceAxis(map, 2, top, h - top - bottom), 3, left, w - left - right);
}

function padded(map: Tensor, [top, left, bottom, right]: Sides): Tensor {
  const [n = 0, c = 0, h = 0, w = 0] = map.shape;
  return pad(map, [n, c, h + top + bottom, w + left + right], [0, 0, top, left]);
}

describe('a filter of planes is the same in the words of a peer', () => {
  test.each([
    ['depthwise', [4, 4], { padding: [1, 1, 1, 1], gain: 4 }],
    ['depthwise', [3, 2], { padding: [2, 0, 0, 1] }],
    ['transposed', [4, 4], { up: 2, padding: [2, 1, 2, 1], gain: 4 }],
    ['transposed', [3, 4], { up: 2, padding: [1, 0, 2, 1] }],
  ] as const)('%s, %j %j', (told, size, options) => {
    const both = bothWays(size, options);
    expect(both.told).toBe(told);
    expect(both.theirs).toHaveLength(both.ours.length);
    both.theirs.forEach((value, index) => expect(value).toBeCloseTo(both.ours[index] ?? NaN, 12));
  });

  test('and a box that doubles is nearest neighbours', () => {
    const box = { up: [2, 2], down: [1, 1], padding: [1, 0, 1, 0], gain: 1 } as const;
    expect(planeFilterOf(box, [2, 2], Float32Array.of(1, 1, 1, 1))).toEqual({ kind: 'nearest' });
    expect(planeFilterOf(box, [2, 2], Float32Array.of(1, 1, 1, 0.5))?.kind).toBe('transposed');
  });
});

test('what only weights decide is computed once, and marks that compute nothing are left out', () => {
  const w = scale(constantTensor('w', [1, 3], [1, 2, 3]), 2);
  const graph = traceGraph((inputs) => scale(mul(named(inputs, 'x'), w), 3), { x: [1, 3] });
  expect(graph.nodes.map(({ source }) => source.op.name)).toEqual(['binary', 'unary']);
  expect([...graph.constants.values()].map((values) => [...values])).toEqual([[2, 4, 6]]);
});

test('ONNX files are protobuf as onnx.proto3 numbers its fields', () => {
  const file = writeOnnx({
    inputs: [{ name: 'x', shape: [2] }],
    outputs: [{ name: 'y', shape: [2] }],
    nodes: [{ type: 'LeakyRelu', inputs: ['x'], output: 'y', attributes: { alpha: { float: 0.5 }, axes: [-1] } }],
    initializers: [{ name: 'c', shape: [1], values: Float32Array.of(1) }],
  });
  const hex = Buffer.from(file).toString('hex');
  const text = (value: string): string => Buffer.from(value).toString('hex');
  // ir_version 8, producer
  expect(hex.startsWith(`08081206${text('ganvas')}3a`)).toBe(true);
  // opset_import of the default domain, version 17
  expect(hex.endsWith('42040a001011')).toBe(true);
  // op_type, then alpha: a float of 0.5 whose type is FLOAT
  expect(hex).toContain(`2209${text('LeakyRelu')}`);
  expect(hex).toContain(`2a0f0a05${text('alpha')}150000003fa00101`);
  // axes: −1 as a varint of 64 bits, type INTS
  expect(hex).toContain(`0a04${text('axes')}40ffffffffffffffffff01a00107`);
  // initializer: dims [1], FLOAT, name, raw_data
  expect(hex).toContain(`2a0d080110014201${text('c')}4a040000803f`);
});

test('every workload has a translation, and an op without one is named', () => {
  for (const { build, inputs } of opWorkloads) expect(onnxOf(traceGraph(build, inputs)).length).toBeGreaterThan(100);
  const unknown = traceGraph((inputs) => maximum(named(inputs, 'x'), named(inputs, 'x')), { x: [2] });
  expect(() => onnxOf(unknown)).toThrowError(expect.objectContaining({ code: 'peer-untranslated' }));
});

test('peers that are not installed are asked for', async () => {
  const nowhere = new URL('nowhere/package.json', import.meta.url);
  await expect(nodeRuntimes(testGpu(), nowhere)).rejects.toMatchObject({ code: 'peers-missing' });
});
