import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import { nameInFile, translateNetwork, translateTensor } from '../../src/checkpoints/translatedNetwork.js';
import { at } from '../../src/engine/shape.js';
import { storedNetwork, untouchableTensor } from './storedNetwork.js';
import { stored, type Plain } from './tinyStylegan2.js';

const counting = (shape: readonly number[]): Plain => {
  const count = shape.reduce((product, size) => product * size, 1);
  return { shape, values: Float32Array.from({ length: count }, (_, index) => index) };
};

/** Where in a row-major tensor an index lies. */
const offsetOf = (index: readonly number[], shape: readonly number[]): number =>
  index.reduce((offset, position, axis) => offset * at(shape, axis) + position, 0);

/** The index of a row-major tensor's nth number. */
function indexOf(offset: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = offset;
  for (const size of [...shape].reverse()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return index;
}

const rearrangements = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 5 }).chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    permute: fc.shuffledSubarray(
      shape.map((_, axis) => axis),
      { minLength: shape.length },
    ),
    flip: fc.subarray(shape.map((_, axis) => axis)),
  }),
);

describe('translateTensor', () => {
  it('permutes axes and turns some of the results around', () => {
    fc.assert(
      fc.property(rearrangements, ({ shape, permute, flip }) => {
        const result = translateTensor(stored(counting(shape)), { permute, flip });
        expect(result.shape).toEqual(permute.map((axis) => at(shape, axis)));
        const values = readTensor(result);
        values.forEach((value, offset) => {
          const index = indexOf(offset, result.shape);
          const turned = index.map((i, axis) => (flip.includes(axis) ? at(result.shape, axis) - 1 - i : i));
          const source = shape.map((_, axis) => at(turned, permute.indexOf(axis)));
          expect(value).toBe(offsetOf(source, shape));
        });
      }),
    );
  });

  it('multiplies, then adds', () => {
    const result = translateTensor(stored(counting([3])), { times: 2, plus: 1 });
    expect([...readTensor(result)]).toEqual([1, 3, 5]);
  });

  it('reshapes without copying, and reads nothing before it is asked', () => {
    const tensor = stored(counting([1, 2, 3]));
    expect(translateTensor(tensor, { shape: [2, 3] }).bytes).toBe(tensor.bytes);
    expect(translateTensor(untouchableTensor([1, 2, 3]), { shape: [2, 3] }).shape).toEqual([2, 3]);
    expect(translateTensor(untouchableTensor([2, 3]), { permute: [1, 0], plus: 1 }).shape).toEqual([3, 2]);
  });

  it('leaves a shape that does not fit for later checks', () => {
    expect(translateTensor(stored(counting([5])), { shape: [2, 3], permute: [1, 0] }).shape).toEqual([5]);
  });

  it('has no numbers where the tensor has none', () => {
    expect(readTensor(translateTensor(stored(counting([0, 3])), { permute: [1, 0] })).length).toBe(0);
  });
});

describe('translateNetwork', () => {
  const network = translateNetwork(
    storedNetwork([['conv.weight', stored(counting([2]))]]),
    new Map([
      ['b4.weight', { from: 'conv.weight' }],
      ['b4.bias', { from: 'conv.bias' }],
    ]),
  );

  it('leaves out what the file lacks', () => {
    expect([...network.tensors.keys()]).toEqual(['b4.weight']);
    expect([...network.origins.keys()]).toEqual(['b4.weight']);
  });

  it('knows what the file calls a tensor, there or not', () => {
    expect(nameInFile(network, 'b4.weight')).toBe('conv.weight');
    expect(nameInFile(network, 'b4.bias')).toBe('conv.bias');
    expect(nameInFile(network, 'b8.weight')).toBe('b8.weight');
    expect(nameInFile(storedNetwork([]), 'b4.bias')).toBe('b4.bias');
  });
});
