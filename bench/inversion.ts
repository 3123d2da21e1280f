import type { Engine } from '../src/engine/engine.js';
import { Inversion } from '../src/inversion/inversion.js';
import { settingsOf } from '../src/inversion/inversionMethods.js';
import type { InversionBest } from '../src/inversion/inversionProgress.js';
import type { PerceptualLoss } from '../src/inversion/inversionRequest.js';
import type { InversionSpace } from '../src/inversion/inversionSettings.js';
import { latentDomainOf, type LatentDomain } from '../src/inversion/latentDomain.js';
import { centreCrop, targetPicture } from '../src/inversion/targetPicture.js';
import type { Generator } from '../src/models/generator.js';
import { openCheckpoint } from '../src/workbench/openedCheckpoint.js';
import { toPixels } from '../src/workbench/pixels.js';
import { GeneratorSession } from '../src/workbench/session.js';
import type { BenchModel } from './benchModel.js';
import { spreadOf, type Spread } from './statistics.js';

/** What the suite inverts, besides pictures of the model's own. */
export interface InversionWork {
  /** Pictures that the model was not trained on, each [imgChannels, resolution, resolution]. */
  readonly heldOut: readonly Float32Array[];
  readonly perceptual: PerceptualLoss | null;
  /** Optimiser steps; 500 by default. */
  readonly steps?: number;
  /** Seeds of own pictures; 8 by default. */
  readonly ownPictures?: number;
}

/** How close inversions come, one row for each space and kind of picture. */
export interface InversionResult {
  readonly suite: 'inversion';
  readonly name: string;
  readonly space: InversionSpace;
  readonly pictures: number;
  readonly steps: number;
  /** Decibels. */
  readonly psnr: Spread;
  /** Pictures of at least 40 dB. */
  readonly reached40: number;
  /** Mahalanobis distances of the w, as `DomainGauge`; beyond `edge` the model's own hardly ever lie. */
  readonly distance: Spread;
  readonly edge: number;
  /** Of one picture at a time, in a batch. */
  readonly secondsPerStep: number;
}

interface Batch {
  readonly name: string;
  readonly space: InversionSpace;
  readonly pictures: readonly Float32Array[];
}

const spaces = ['z', 'w', 'w+'] as const;
/** Pictures inverted together. */
const together = 4;
const goodEnough = 40;

/** Inverts held-out pictures in every space, and the model's own in w+, with `ganvas invert`'s settings. */
export async function benchInversion(
  engine: Engine,
  model: BenchModel,
  { heldOut, perceptual, steps = 500, ownPictures = 8 }: InversionWork,
  onProgress: (label: string) => void,
): Promise<InversionResult[]> {
  const { generator } = await openCheckpoint(model.bytes, model.name);
  const domain = await latentDomainOf(engine, generator, null);
  const own = await picturesOfSeeds(engine, model, ownPictures);
  const batches: readonly Batch[] = [
    ...spaces.map((space) => ({ name: `${model.name} held-out`, space, pictures: heldOut })),
    { name: `${model.name} own pictures`, space: 'w+', pictures: own },
  ];
  const results: InversionResult[] = [];
  for (const batch of batches) {
    results.push(await invertBatch(engine, generator, domain, batch, perceptual, steps, onProgress));
  }
  return results;
}

async function invertBatch(
  engine: Engine,
  generator: Generator,
  domain: LatentDomain,
  { name, space, pictures }: Batch,
  perceptual: PerceptualLoss | null,
  steps: number,
  onProgress: (label: string) => void,
): Promise<InversionResult> {
  const settings = settingsOf('ganvas', { space, perceptual: perceptual !== null, steps });
  const best: InversionBest[] = [];
  let seconds = 0;
  for (let first = 0; first < pictures.length; first += together) {
    const some = pictures.slice(first, first + together);
    const request = {
      label: `inversion in ${space}`,
      generator,
      pictures: some,
      settings,
      perceptual,
      domain,
      encoder: null,
    };
    const inversion = await Inversion.start(engine, request);
    try {
      let secondsPerStep = 0;
      await inversion.run({
        onReport: (report) => {
          secondsPerStep = report.secondsPerStep;
          onProgress(`${name} in ${space}: ${first + some.length} of ${pictures.length}, step ${report.step}`);
        },
      });
      seconds += secondsPerStep;
      best.push(...inversion.state.best);
    } finally {
      inversion.dispose();
    }
  }
  const psnrs = best.map(({ psnr }) => psnr);
  return {
    suite: 'inversion',
    name,
    space,
    pictures: pictures.length,
    steps,
    psnr: spreadOf(psnrs),
    reached40: psnrs.filter((psnr) => psnr >= goodEnough).length,
    distance: spreadOf(best.map(({ w }) => domain.gauge(w).distance)),
    edge: domain.edge,
    secondsPerStep: seconds / pictures.length,
  };
}

/** Pictures of seeds 0 up, as 8-bit files would hold them. */
async function picturesOfSeeds(engine: Engine, model: BenchModel, count: number): Promise<Float32Array[]> {
  const session = await GeneratorSession.open(engine, await openCheckpoint(model.bytes, model.name));
  const { imgChannels, resolution } = session.summary;
  const pictures: Float32Array[] = [];
  try {
    for (let seed = 0; seed < count; seed++) {
      const image = await session.render(session.defaultRecipe(seed), []);
      const pixels = toPixels(image, imgChannels, resolution, resolution);
      pictures.push(targetPicture(pixels, centreCrop(resolution, resolution), { resolution, imgChannels }));
    }
  } finally {
    session.dispose();
  }
  return pictures;
}
