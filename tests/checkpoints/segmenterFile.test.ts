import { readdirSync, readFileSync } from 'node:fs';
import { decode } from 'fast-png';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Checkpoint } from '../../src/checkpoints/checkpoint.js';
import { layersFileKey } from '../../src/checkpoints/generatorFamily.js';
import { readSafetensors } from '../../src/checkpoints/safetensors.js';
import { recogniseSegmenter } from '../../src/checkpoints/segmenterFile.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import { segmenterConcepts } from '../../src/discovery/conceptReader.js';
import type { Engine } from '../../src/engine/engine.js';
import type { PartSegmenter } from '../../src/models/partSegmenter.js';
import { openCheckpoint } from '../../src/workbench/openedCheckpoint.js';
import { createTestEngine, named } from '../ops/evaluate.js';
import { stampSegmenterFile } from '../planted/stamps.js';
import { expectError } from './expectError.js';
import { checkpointWith, constantTensor, storedNetwork } from './storedNetwork.js';

const read = (file: string): Checkpoint => readSafetensors(new Uint8Array(readFileSync(`weights/face64/${file}`)));
const bundled = (): Checkpoint => read('face64-segmenter.safetensors');
const parts = 'background skin hair eyes brows nose mouth glasses beard ears neck_clothes'.split(' ');

describe('the bundled segmenter', () => {
  let engine: Engine;
  let segmenter: PartSegmenter;
  let segment: (pictures: Float32Array<ArrayBuffer>) => Promise<Uint8Array>;

  beforeAll(async () => {
    engine = await createTestEngine();
    segmenter = recogniseSegmenter(bundled(), null);
    const face64 = new Uint8Array(readFileSync('weights/face64/face64-g.safetensors'));
    const concepts = segmenterConcepts(segmenter, (await openCheckpoint(face64, 'face64')).generator);
    const program = await engine.compile(
      (inputs) => ({ map: concepts.trace(named(inputs, 'pictures')) }),
      { pictures: [4, 3, 64, 64] },
      { label: 'segmenter' },
    );
    segment = async (pictures) => {
      program.run({ pictures });
      return concepts.labels(await program.read('map'));
    };
  });

  test('takes 64² pictures and names its parts', () => {
    expect(segmenter).toMatchObject({ resolution: 64, imgChannels: 3, parts });
  });

  test("reproduces its card's golden at every pixel", async () => {
    const tensors = read('face64-golden.safetensors').networks[0]?.tensors;
    const [pictures, expected] = [tensors?.get('image_psi07'), tensors?.get('segmenter_psi07')];
    if (pictures === undefined || expected === undefined) throw new Error('the golden file lacks the segmenter');
    const found = await segment(Float32Array.from(readTensor(pictures)));
    expect([...found]).toEqual([...expected.bytes]);
  });

  test('agrees with the masks that the test renders come with', async () => {
    const names = readdirSync('weights/face64/test-renders')
      .filter((name) => /^\d+\.png$/.test(name))
      .slice(0, 16);
    const png = (name: string): ReturnType<typeof decode> =>
      decode(new Uint8Array(readFileSync(`weights/face64/test-renders/${name}`)));
    const [both, either] = [new Float64Array(parts.length), new Float64Array(parts.length)];
    for (let first = 0; first < names.length; first += 4) {
      const batch = names.slice(first, first + 4);
      const pictures = new Float32Array(4 * 3 * 4096);
      batch.forEach((name, row) => {
        const { data, channels } = png(name);
        for (let value = 0; value < 3 * 4096; value++) {
          const [channel, pixel] = [Math.floor(value / 4096), value % 4096];
          pictures[row * 3 * 4096 + value] = (data[pixel * channels + channel] ?? 0) / 127.5 - 1;
        }
      });
      const found = await segment(pictures);
      const masks = batch.flatMap((name) => [...png(name.replace('.png', '-mask.png')).data]);
      masks.forEach((expected, pixel) => {
        const shown = found[pixel] ?? 0;
        either[expected] = (either[expected] ?? 0) + 1;
        if (shown === expected) both[expected] = (both[expected] ?? 0) + 1;
        else either[shown] = (either[shown] ?? 0) + 1;
      });
    }
    const ious = parts.map((_, part) => (both[part] ?? 0) / (either[part] ?? 1));
    const mean = ious.reduce((sum, iou) => sum + iou, 0) / ious.length;
    console.info(
      `mIoU ${mean.toFixed(3)}: ${ious.map((iou, part) => `${parts[part] ?? ''} ${iou.toFixed(2)}`).join(', ')}`,
    );
    expect(mean).toBeGreaterThan(0.8);
  });
});

describe('what is no segmenter', () => {
  const [stored] = bundled().networks;
  const tensors = [...(stored?.tensors ?? [])];

  test.each([
    ['the generator', () => read('face64-g.safetensors')],
    ['the predictor', () => read('face64-predictor.safetensors')],
    ['an empty file', () => checkpointWith()],
  ])('%s', (_, checkpoint) => {
    expectError('segmenter-missing', () => recogniseSegmenter(checkpoint(), null));
  });

  test('one that lacks a tensor, or has one of another shape', () => {
    const without = tensors.filter(([name]) => name !== 'convs.dec1.bias');
    const { details } = expectError('weights-missing', () =>
      recogniseSegmenter(checkpointWith(storedNetwork(without)), null),
    );
    expect(details).toMatchObject({ key: 'convs.dec1.bias' });
    const other = [...without, ['convs.dec1.bias', constantTensor([25])] as const];
    expectError('weights-shape', () => recogniseSegmenter(checkpointWith(storedNetwork(other)), null));
  });

  test.each([
    ['too few', '["skin", "hair"]'],
    ['one twice', JSON.stringify([...parts.slice(1), 'hair'])],
    ['no JSON', 'skin, hair'],
    ['numbers', '[1, 2, 3]'],
  ])('parts that are %s', (_, names) => {
    const checkpoint = { ...bundled(), metadata: { parts: names } };
    expectError('segmenter-parts', () => recogniseSegmenter(checkpoint, null));
  });

  test('without names its parts are numbered', () => {
    const segmenter = recogniseSegmenter({ ...bundled(), metadata: {} }, null);
    expect(segmenter.parts.slice(0, 2)).toEqual(['part 0', 'part 1']);
  });
});

describe('a segmenter by its layers file', () => {
  const { bytes, layers } = stampSegmenterFile();
  const checkpoint = readSafetensors(bytes);
  const plain = { ...checkpoint, metadata: {} };
  const described = (change: object): string => JSON.stringify({ ...(JSON.parse(layers) as object), ...change });

  test('beside the weights or within them', () => {
    expect(recogniseSegmenter(checkpoint, null)).toMatchObject({ resolution: 32, imgChannels: 3 });
    expect(recogniseSegmenter(checkpoint, null).parts).toEqual(['background', 'disc', 'bar', 'strip']);
    expect(recogniseSegmenter(plain, layers).parts).toEqual(['part 0', 'part 1', 'part 2', 'part 3']);
  });

  test('of another kind, or of no square maps, is refused', () => {
    const pooled = {
      kind: 'predictor',
      layers: [
        { type: 'pool', mode: 'average' },
        { type: 'reshape', shape: [3] },
      ],
    };
    expectError('segmenter-missing', () => recogniseSegmenter(plain, described(pooled)));
    expectError('layers-shape', () => recogniseSegmenter(plain, described({ layers: pooled.layers })));
    expectError('layers-shape', () => recogniseSegmenter(plain, described({ input: [3, 32, 16] })));
    expectError('layers-file-invalid', () => recogniseSegmenter(plain, '{'));
  });

  test('that makes a single map sees a part and the rest', () => {
    const one = storedNetwork([
      ['classes.weight', constantTensor([1, 3, 1, 1], 1)],
      ['classes.bias', constantTensor([1], 0)],
    ]);
    const segmenter = recogniseSegmenter({ ...checkpointWith(one), metadata: { [layersFileKey]: layers } }, null);
    expect(segmenter.parts).toEqual(['part 0', 'rest']);
  });
});
