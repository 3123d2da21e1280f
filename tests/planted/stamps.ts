/**
 * F2: a generator with hand-set weights, one unit a stamp. Every stamp has a place of its own in the picture and is there in
 * about half of the samples; all other units make noise that never reaches the picture. With it the segmenter that sees the
 * stamps exactly. Known answers for dissection, ablation, causal search and painting.
 */
import { layersFileKey } from '../../src/checkpoints/generatorFamily.js';
import { readSafetensors, writeSafetensors, type TensorToWrite } from '../../src/checkpoints/safetensors.js';
import { recogniseSegmenter } from '../../src/checkpoints/segmenterFile.js';
import type { PartSegmenter } from '../../src/models/partSegmenter.js';
import { openCheckpoint, type OpenedCheckpoint } from '../../src/workbench/openedCheckpoint.js';
import { RandomState } from '../../src/latent/randomState.js';

/** Pixels a side of the layer of stamps; the picture has twice as many. */
export const stampSize = 16;
export const pictureSize = 2 * stampSize;
const zDim = 8;
const places = stampSize * stampSize;

/** The layer that holds them, by its name. */
export const stampLayer = 'stamps';
export const stamps = ['disc', 'bar', 'strip'] as const;
export type Stamp = (typeof stamps)[number];

/** Where each stamp is, and the unit that makes it, of `units`. */
export const stampUnits: Readonly<Record<Stamp, number>> = { disc: 5, bar: 17, strip: 30 };

export function inStamp(stamp: Stamp, row: number, column: number): boolean {
  switch (stamp) {
    case 'disc':
      return (row - 4) ** 2 + (column - 4) ** 2 <= 2.3 ** 2;
    case 'bar':
      return column >= 11 && column <= 12 && row >= 1 && row <= 8;
    case 'strip':
      return row === stampSize - 1;
  }
}

export interface StampFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Text of its layers file. */
  readonly layers: string;
}

const f32 = (shape: readonly number[], values: Iterable<number>): TensorToWrite => ({
  dtype: 'F32',
  shape,
  data: Float32Array.from(values),
});

const fileOf = (
  tensors: Iterable<readonly [string, TensorToWrite]>,
  metadata: Record<string, string>,
): Uint8Array<ArrayBuffer> => writeSafetensors(new Map(tensors), metadata);

/** The generator's weights and what its layers are. */
export function stampsFile(units = 64): StampFile {
  const random = new RandomState(7);
  const dense = new Float32Array(units * places * zDim);
  for (let unit = 0; unit < units; unit++) {
    const planted = stamps.findIndex((stamp) => stampUnits[stamp] === unit);
    for (let place = 0; place < places; place++) {
      const start = (unit * places + place) * zDim;
      const stamp = stamps[planted];
      if (stamp === undefined) {
        // Noise of the latents that no stamp listens to.
        dense.set(random.randn(zDim - stamps.length), start + stamps.length);
      } else if (inStamp(stamp, Math.floor(place / stampSize), place % stampSize)) {
        dense[start + planted] = 2;
      }
    }
  }
  // Unit of stamp n to channel n of the picture, all others to none; background −1.
  const rgb = new Float32Array(3 * units);
  stamps.forEach((stamp, channel) => (rgb[channel * units + stampUnits[stamp]] = 1));
  const layers = {
    format: 'ganvas-layers',
    version: 1,
    kind: 'generator',
    input: [zDim],
    layers: [
      { type: 'dense', weights: { weight: 'dense.weight' } },
      { type: 'reshape', shape: [units, stampSize, stampSize] },
      { type: 'activation', activation: 'relu', name: stampLayer },
      { type: 'upsample', mode: 'bilinear', name: 'twice' },
      { type: 'conv', weights: 'rgb' },
    ],
  };
  const tensors = [
    ['dense.weight', f32([units * places, zDim], dense)],
    ['rgb.weight', f32([3, units, 1, 1], rgb)],
    ['rgb.bias', f32([3], [-1, -1, -1])],
  ] as const;
  const text = JSON.stringify(layers);
  return { bytes: fileOf(tensors, { [layersFileKey]: text }), layers: text };
}

/** A segmenter that sees a stamp where its channel is at least −0.5: 4 · (channel + 1) − 2 against the background's 0. */
export function stampSegmenterFile(): StampFile {
  const weight = new Float32Array(4 * 3);
  stamps.forEach((_, channel) => (weight[(channel + 1) * 3 + channel] = 4));
  const text = JSON.stringify({
    format: 'ganvas-layers',
    version: 1,
    kind: 'segmenter',
    input: [3, pictureSize, pictureSize],
    layers: [{ type: 'conv', weights: 'classes' }],
  });
  const tensors = [
    ['classes.weight', f32([4, 3, 1, 1], weight)],
    ['classes.bias', f32([4], [0, 2, 2, 2])],
  ] as const;
  const metadata = { [layersFileKey]: text, parts: JSON.stringify(['background', ...stamps]) };
  return { bytes: fileOf(tensors, metadata), layers: text };
}

export function openStamps(units?: number): Promise<OpenedCheckpoint> {
  return openCheckpoint(stampsFile(units).bytes, 'stamps');
}

export function stampSegmenter(): PartSegmenter {
  return recogniseSegmenter(readSafetensors(stampSegmenterFile().bytes), null);
}
