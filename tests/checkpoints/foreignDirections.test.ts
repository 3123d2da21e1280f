import { describe, expect, it } from 'vitest';
import { writeDirections } from '../../src/checkpoints/directionFile.js';
import {
  checkDirectionsBelong,
  readAnyDirections,
  writeBoundaryNpy,
  type DirectionSizes,
} from '../../src/checkpoints/foreignDirections.js';
import { readNpy, writeNpy } from '../../src/checkpoints/npy.js';
import { writeSafetensors } from '../../src/checkpoints/safetensors.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import type { Direction } from '../../src/latent/direction.js';
import { factorPt, ganspaceNpz, higanBoundary, pickledNpy } from './directionWriter.js';
import { expectError } from './expectError.js';
import * as p from './pickleWriter.js';
import { stateDict, writeTorchZip } from './torchWriter.js';

const sizes: DirectionSizes = { name: 'models/age.c_glasses.npy', space: 'w', zDim: 2, wDim: 3, numWs: 4 };
const unit = Float32Array.of(0.6, 0, 0.8);
const all = [0, 1, 2, 3];

const own: Direction = {
  name: 'Age',
  space: 'w',
  layers: [1, 2],
  dim: 3,
  vectors: unit,
  unit: 'unit length',
  provenance: { method: 'sefa', parameters: {}, modelHash: 'ab12' },
  statistics: { eigenvalue: 2 },
};

describe('directions of InterFaceGAN', () => {
  it.each([
    [[3], 1],
    [[1, 3], 1],
    [[2, 3], 2],
  ])('of shape %j are rows', (shape, count) => {
    const values = Float32Array.from({ length: 3 * count }, (_, index) => index + 1);
    const found = readAnyDirections(writeNpy(shape, values), sizes);
    expect(found).toHaveLength(count);
    found.forEach((direction, index) => {
      expect(direction).toMatchObject({
        name: count === 1 ? 'age.c_glasses' : `age.c_glasses ${index + 1}`,
        space: 'w',
        layers: all,
        dim: 3,
        vectors: values.slice(3 * index, 3 * index + 3),
        unit: 'length of its own vector in w',
        provenance: { method: 'import', parameters: { file: sizes.name, index }, modelHash: null },
        statistics: {},
      });
    });
  });

  it('are of z when they are said to be', () => {
    const [found] = readAnyDirections(writeNpy([1, 2], Float32Array.of(1, 0)), { ...sizes, space: 'z' });
    expect(found).toMatchObject({ space: 'z', layers: [], dim: 2 });
  });

  it('with a row a layer are one of w+', () => {
    const values = Float32Array.from({ length: 12 }, (_, index) => index);
    const [found, ...others] = readAnyDirections(writeNpy([4, 3], values), sizes);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ space: 'w+', layers: all, dim: 3, vectors: values });
    expect(readAnyDirections(writeNpy([2, 4, 3], new Float32Array(24).fill(1)), sizes)).toHaveLength(2);
  });

  it.each<[string, Uint8Array, Partial<DirectionSizes>, string]>([
    ['another length', writeNpy([1, 5], new Float32Array(5).fill(1)), {}, 'direction-length'],
    ['the length of z', writeNpy([1, 2], new Float32Array(2).fill(1)), {}, 'direction-length'],
    ['a number', writeNpy([], Float32Array.of(1)), {}, 'direction-length'],
    ['nothing', writeNpy([0, 3], new Float32Array()), {}, 'directions-invalid'],
    ['zeros', writeNpy([1, 3], new Float32Array(3)), {}, 'directions-invalid'],
    ['NaN', writeNpy([1, 3], Float32Array.of(1, NaN, 0)), {}, 'directions-invalid'],
    ['rows for other layers', writeNpy([2, 5, 3], new Float32Array(30).fill(1)), {}, 'directions-invalid'],
    ['w where there is only z', writeNpy([1, 3], unit), { latentSpaces: ['z'] }, 'direction-space'],
  ])('of %s are refused', (_, bytes, change, code) => {
    expectError(code, () => readAnyDirections(bytes, { ...sizes, ...change }));
  });
});

describe('boundaries of HiGAN', () => {
  it.each<[string, Readonly<Record<string, p.Pickled>>, readonly number[]]>([
    ['under meta_data', { meta_data: p.dict({ manipulate_layers: p.text('1-2') }) }, [1, 2]],
    ['beside it', { manipulate_layers: p.text('0,3') }, [0, 3]],
    ['as a list', { manipulate_layers: p.list(p.int(2), p.int(1)) }, [1, 2]],
    ['nowhere', { classifier_score: p.float(0.5) }, all],
  ])('say their layers %s', (_, layers, expected) => {
    const [found, ...others] = readAnyDirections(higanBoundary(Float64Array.of(0.6, 0, 0.8), layers), sizes);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ space: 'w', layers: expected, vectors: unit, provenance: { method: 'higan' } });
  });

  it.each<[string, Uint8Array, string]>([
    [
      'layers of a larger model',
      higanBoundary(Float64Array.of(1, 0, 0), { manipulate_layers: p.text('6-11') }),
      'invalid-layer-range',
    ],
    [
      'layers that are none',
      higanBoundary(Float64Array.of(1, 0, 0), { manipulate_layers: p.float(3.5) }),
      'directions-invalid',
    ],
    ['another length', higanBoundary(new Float64Array(512).fill(1)), 'direction-length'],
    ['no boundary', pickledNpy(p.dict({ meta_data: p.dict({}) })), 'directions-invalid'],
    ['text', pickledNpy(p.text('boundary')), 'directions-invalid'],
    ['a program', pickledNpy(p.call('posix', 'system', p.text('touch ran'))), 'directions-invalid'],
  ])('with %s are refused', (_, bytes, code) => {
    expectError(code, () => readAnyDirections(bytes, sizes));
  });
});

describe('components of GANSpace', () => {
  const components = Float32Array.of(1, 0, 0, 0, 0.6, 0.8);

  it.each([true, false])('have one standard deviation as their unit (compressed: %s)', (deflate) => {
    const found = readAnyDirections(ganspaceNpz(components, Float32Array.of(4, 2), { deflate }), sizes);
    expect(found.map(({ vectors }) => [...vectors])).toEqual([
      [4, 0, 0],
      [0, expect.closeTo(1.2, 6), expect.closeTo(1.6, 6)],
    ]);
    expect(found[1]).toMatchObject({
      space: 'w',
      layers: all,
      unit: 'σ of w along the direction',
      provenance: { method: 'ganspace', modelHash: null },
      statistics: { stdev: 7, varianceRatio: 0.25, sigma: 1 },
    });
  });

  it('are of z where the file measured no deviation of the latent', () => {
    const [found] = readAnyDirections(ganspaceNpz(Float32Array.of(1, 0), Float32Array.of(1)), sizes);
    expect(found).toMatchObject({ space: 'z', layers: [], dim: 2 });
  });

  it.each<[string, Uint8Array, string]>([
    ['another length', ganspaceNpz(Float32Array.of(1, 0, 0, 0, 0), Float32Array.of(2)), 'direction-length'],
    ['deviations of NaN', ganspaceNpz(components, Float32Array.of(NaN, 2)), 'directions-invalid'],
    ['two axes', ganspaceNpz(components, Float32Array.of(4, 2), { shape: [1, 2, 3] }), 'directions-invalid'],
  ])('of %s are refused', (_, bytes, code) => {
    expectError(code, () => readAnyDirections(bytes, sizes));
  });
});

describe('closed-form factors of rosinality', () => {
  it('have directions in their columns', () => {
    const eigvec = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
    const found = readAnyDirections(factorPt(eigvec, [3, 3]), { ...sizes, name: 'factor.pt' });
    expect(found.map(({ vectors }) => [...vectors])).toEqual([
      [1, 4, 7],
      [2, 5, 8],
      [3, 6, 9],
    ]);
    expect(found[2]).toMatchObject({ name: 'factor 3', space: 'w', layers: all, statistics: { index: 2 } });
  });

  it('of another length are refused', () => {
    expectError('direction-length', () => readAnyDirections(factorPt(new Float32Array(4).fill(1), [2, 2]), sizes));
  });
});

describe('files of directions', () => {
  it('may be our own', () => {
    expect(readAnyDirections(writeDirections([own]), sizes)).toEqual([own]);
    expectError('direction-length', () => readAnyDirections(writeDirections([own]), { ...sizes, wDim: 4 }));
    expectError('invalid-layer-range', () => readAnyDirections(writeDirections([own]), { ...sizes, numWs: 2 }));
    expectError('direction-space', () => readAnyDirections(writeDirections([own]), { ...sizes, latentSpaces: ['z'] }));
  });

  it.each<[string, Uint8Array, string]>([
    [
      'a checkpoint',
      writeTorchZip(stateDict({ weight: { shape: [2], data: new Float32Array(2) } })),
      'directions-unknown',
    ],
    ['weights', writeSafetensors(new Map()), 'directions-not-a-direction-file'],
    ['a picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), 'directions-unknown'],
    ['a pickle without tensors', p.writePickle(p.dict({ a: p.int(1) })), 'directions-unknown'],
    ['text', new TextEncoder().encode('age glasses smile'), 'directions-unknown'],
    ['nothing', new Uint8Array(), 'directions-unknown'],
  ])('that are %s are refused', (_, bytes, code) => {
    const error = expectError(code, () => readAnyDirections(bytes, sizes));
    if (code === 'directions-unknown') expect(error.message).toContain('holds no directions that are known');
  });

  it('say when they are of another model', () => {
    const unknown = { ...own, provenance: { ...own.provenance, modelHash: null } };
    expect(() => checkDirectionsBelong([own, unknown], 'ab12')).not.toThrow();
    const error = expectError('direction-other-model', () => checkDirectionsBelong([unknown, own], 'cd34'));
    expect(error.details).toEqual({ direction: 'Age', found: 'ab12', model: 'cd34' });
  });

  it('are written as InterFaceGAN writes a boundary', () => {
    const bytes = writeBoundaryNpy(own);
    const tensor = readNpy(bytes);
    expect(tensor).toMatchObject({ dtype: 'f32', shape: [1, 3] });
    expect(readTensor(tensor)).toEqual(unit);
    expect(readAnyDirections(bytes, sizes)[0]?.vectors).toEqual(unit);
    expectError('direction-space', () => writeBoundaryNpy({ ...own, space: 'w+' }));
  });
});
