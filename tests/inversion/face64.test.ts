import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Inversion } from '../../src/inversion/inversion.js';
import { settingsOf } from '../../src/inversion/inversionMethods.js';
import { latentDomainOf } from '../../src/inversion/latentDomain.js';
import { centreCrop, targetPicture } from '../../src/inversion/targetPicture.js';
import { featureLoss } from '../../src/workbench/featureLoss.js';
import { openCheckpoint } from '../../src/workbench/openedCheckpoint.js';
import { openedEncoder } from '../../src/workbench/openedEncoder.js';
import { toPixels } from '../../src/workbench/pixels.js';
import { GeneratorSession } from '../../src/workbench/session.js';
import { createTestEngine } from '../ops/evaluate.js';

const seeds = [0, 1, 2, 3, 4, 5, 6, 7];
const steps = 500;
const goodEnough = 40;
const wanted = 7;

const file = (name: string): Uint8Array => new Uint8Array(readFileSync(`weights/face64/${name}`));

/** `ganvas invert face64` on pictures that face64 made, psi 1, stopped as soon as enough of them are there. */
test('own pictures reach 40 dB in w+ for seven seeds of eight', { timeout: 1_800_000 }, async () => {
  const engine = await createTestEngine();
  const opened = await openCheckpoint(file('face64-g.safetensors'), 'face64');
  const { generator } = opened;
  const session = await GeneratorSession.open(engine, opened);
  const pictures: Float32Array[] = [];
  for (const seed of seeds) {
    const { resolution } = generator;
    const image = await session.render(session.defaultRecipe(seed), []);
    const pixels = toPixels(image, generator.imgChannels, resolution, resolution);
    pictures.push(targetPicture(pixels, centreCrop(resolution, resolution), generator));
  }
  session.dispose();

  const predictor = { name: 'predictor', bytes: file('face64-predictor.safetensors') };
  const domain = await latentDomainOf(engine, generator, null);
  const inversion = await Inversion.start(engine, {
    label: 'face64 inversion',
    generator,
    pictures,
    settings: settingsOf('ganvas', { space: 'w+', perceptual: true, encoder: true, steps }),
    perceptual: featureLoss(predictor, null).loss,
    domain,
    encoder: openedEncoder({ name: 'encoder', bytes: file('face64-encoder.safetensors') }, opened.summary),
  });
  let reached = 0;
  await inversion.run({
    onReport: ({ best }) => {
      reached = best.filter(({ psnr }) => psnr >= goodEnough).length;
      if (reached >= wanted) inversion.pause();
    },
  });
  const found = inversion.state.best.map(({ psnr, w }) => ({ psnr, gauge: domain.gauge(w) }));
  inversion.dispose();
  expect(reached, found.map(({ psnr }) => psnr.toFixed(1)).join(', ')).toBeGreaterThanOrEqual(wanted);
  // Where edits work: among the model's own w.
  expect(found.filter(({ gauge }) => gauge.verdict === 'inside').length).toBeGreaterThanOrEqual(wanted);
});
