import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InversionWork } from '../../bench/inversion.js';
import { centreCrop, targetPicture } from '../inversion/targetPicture.js';
import { featureLoss } from '../workbench/featureLoss.js';
import { readBundledFile } from './checkpointSource.js';
import { readBundledEncoder } from './encoderInput.js';
import { readPicture } from './pictureInput.js';

const renders = fileURLToPath(new URL('../../weights/face64/test-renders/', import.meta.url));
const form = { resolution: 64, imgChannels: 3 } as const;
/** Of the held-out renders. */
const pictures = 12;

/** The held-out renders of the bundled model, its predictor to compare by and its encoder to start from. */
export async function inversionWork(): Promise<InversionWork> {
  const names = (await readdir(renders)).filter((name) => /^\d+\.png$/.test(name)).sort();
  const heldOut: Float32Array[] = [];
  for (const name of names.slice(0, pictures)) {
    const pixels = await readPicture(join(renders, name));
    heldOut.push(targetPicture(pixels, centreCrop(pixels.width, pixels.height), form));
  }
  const [predictor, encoder] = await Promise.all([
    readBundledFile('face64/face64-predictor.safetensors'),
    readBundledEncoder(),
  ]);
  return { heldOut, perceptual: featureLoss({ name: 'predictor', bytes: predictor }, null).loss, encoder };
}
