import type { Engine } from '../src/engine/engine.js';
import { Inversion } from '../src/inversion/inversion.js';
import { settingsOf } from '../src/inversion/inversionMethods.js';
import type { InversionBest } from '../src/inversion/inversionProgress.js';
import type { PerceptualLoss } from '../src/inversion/inversionRequest.js';
import type { InversionSettings, InversionSpace } from '../src/inversion/inversionSettings.js';
import { latentDomainOf, type LatentDomain } from '../src/inversion/latentDomain.js';
import { centreCrop, targetPicture } from '../src/inversion/targetPicture.js';
import type { Generator } from '../src/models/generator.js';
import type { StyleEncoder } from '../src/models/styleEncoder.js';
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
  /** The model's own, from which runs in w+ start. */
  readonly encoder: StyleEncoder;
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
  readonly startFrom: InversionSettings['startFrom'];
  /** Decibels of the first guess. */
  readonly startPsnr: Spread;
  /** Decibels in the end. */
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
  readonly steps: number;
  readonly encoder: StyleEncoder | null;
}

/** What all batches are inverted by. */
interface Common {
  readonly generator: Generator;
  readonly domain: LatentDomain;
  readonly perceptual: PerceptualLoss | null;
}

const spaces = ['z', 'w', 'w+'] as const;
/** Pictures inverted together. */
const together = 4;
const goodEnough = 40;
/** Steps of someone who is in a hurry. */
const fewSteps = 50;

/**
 * Inverts held-out pictures in every space, and the model's own in w+, with `ganvas invert`'s settings; and held-out ones in a
 * few steps, from the encoder and without it.
 */
export async function benchInversion(
  engine: Engine,
  model: BenchModel,
  { heldOut, perceptual, encoder, steps = 500, ownPictures = 8 }: InversionWork,
  onProgress: (label: string) => void,
): Promise<InversionResult[]> {
  const { generator } = await openCheckpoint(model.bytes, model.name);
  const domain = await latentDomainOf(engine, generator, null);
  const own = await picturesOfSeeds(engine, model, ownPictures);
  const batches: readonly Batch[] = [
    ...spaces.map((space) => ({ name: 'held-out', space, pictures: heldOut, steps, encoder })),
    { name: 'own pictures', space: 'w+', pictures: own, steps, encoder },
    ...[encoder, null].map((start) => {
      return { name: 'held-out', space: 'w+' as const, pictures: heldOut, steps: fewSteps, encoder: start };
    }),
  ];
  const results: InversionResult[] = [];
  for (const batch of batches) {
    results.push(await invertBatch(engine, { generator, domain, perceptual }, batch, onProgress));
  }
  return results;
}

async function invertBatch(
  engine: Engine,
  { generator, domain, perceptual }: Common,
  { name, space, pictures, steps, encoder }: Batch,
  onProgress: (label: string) => void,
): Promise<InversionResult> {
  const given = { perceptual: perceptual !== null, encoder: encoder !== null };
  const settings = settingsOf('ganvas', { space, steps, ...given });
  const best: InversionBest[] = [];
  const startPsnrs: number[] = [];
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
      encoder,
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
      const { state } = inversion;
      best.push(...state.best);
      startPsnrs.push(...(state.curve[0]?.psnr ?? []));
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
    startFrom: settings.startFrom,
    startPsnr: spreadOf(startPsnrs),
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
