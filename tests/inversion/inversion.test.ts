import { beforeAll, describe, expect, test } from 'vitest';
import { recogniseEncoder } from '../../src/checkpoints/encoderFile.js';
import { readSafetensors } from '../../src/checkpoints/safetensors.js';
import { requestGpu } from '../../src/engine/device.js';
import { Engine } from '../../src/engine/engine.js';
import { at } from '../../src/engine/shape.js';
import { encodedStyles } from '../../src/inversion/encodedStyles.js';
import { Inversion } from '../../src/inversion/inversion.js';
import { inversionMethods, settingsOf } from '../../src/inversion/inversionMethods.js';
import type { InversionReport } from '../../src/inversion/inversionProgress.js';
import type { InversionSettings } from '../../src/inversion/inversionSettings.js';
import type { Generator } from '../../src/models/generator.js';
import type { StyleEncoder } from '../../src/models/styleEncoder.js';
import { opLibrary } from '../../src/ops/opLibrary.js';
import { encoderFile } from '../checkpoints/encoderWriter.js';
import { expectAgreement } from '../ops/agreement.js';
import { createTestEngine } from '../ops/evaluate.js';
import { instrumentedGpu } from '../workbench/instrumentedGpu.js';
import { goldenGenerator, ownPictures, tinyGenerator } from './tinyGenerator.js';

let engine: Engine;
let tiny: Generator;
/** One object, so that its domain is sampled once. */
const noisyGenerator = goldenGenerator('stylegan2-ada-16-resnet');

beforeAll(async () => {
  engine = await createTestEngine();
  tiny = await tinyGenerator();
});

/** Runs to the end; gives what was reported and the final state. */
async function invert(
  generator: Generator,
  settings: Partial<InversionSettings>,
  pictures = 1,
): Promise<{ reports: readonly InversionReport[]; inversion: Inversion }> {
  const inversion = await Inversion.start(engine, await ownPictures(engine, generator, pictures, settings));
  const reports: InversionReport[] = [];
  try {
    expect(await inversion.run({ onReport: (report) => reports.push(report) })).toBe('finished');
  } finally {
    inversion.dispose();
  }
  return { reports, inversion };
}

describe('a run', () => {
  test.each(['z', 'w', 'w+'] as const)('comes close to an own picture in %s', async (space) => {
    const generator = await noisyGenerator;
    const { reports, inversion } = await invert(generator, { space, steps: 120 });
    expect(reports.map(({ step }) => step)).toEqual(Array.from({ length: 13 }, (_, index) => index * 10));
    const [first, last] = [at(reports, 0), at(reports, -1)];
    expect(at(last.best, 0).psnr).toBeGreaterThan(at(first.best, 0).psnr + 10);
    const { latents, w } = at(inversion.state.best, 0);
    expect(latents).toHaveLength(space === 'w+' ? generator.numWs * generator.wDim : generator.wDim);
    expect(w).toHaveLength(latents.length);
    expect(inversion.state.curve.map(({ step }) => step)).toEqual(reports.map(({ step }) => step));
  });

  test.each(['ganvas', 'projector'] as const)('of %s reports the picture that its best w makes', async (method) => {
    const generator = await noisyGenerator;
    const request = await ownPictures(engine, generator, 1, { method, space: 'w', steps: 20 });
    const inversion = await Inversion.start(engine, request);
    await inversion.run();
    inversion.dispose();
    const best = at(inversion.state.best, 0);
    // A run that starts at that w, without noise on it, finds the picture before its first step.
    const settings = { ...settingsOf('ganvas', { space: 'w', perceptual: false }), coordinates: 'plain' as const };
    const again = await Inversion.start(engine, { ...request, settings });
    const state = { ...again.state, tensors: { ...again.state.tensors, latents: best.w } };
    again.dispose();
    const check = await Inversion.resume(engine, request, state);
    const reports: InversionReport[] = [];
    await check.run({ reportEvery: 100, onReport: (report) => void (reports.push(report) === 1 && check.pause()) });
    check.dispose();
    expect(at(at(reports, 0).best, 0).psnr).toBeCloseTo(best.psnr, 4);
  });

  test('keeps the best start of each picture', async () => {
    const { reports, inversion } = await invert(tiny, { starts: 3, steps: 20, startFrom: 'mean' }, 2);
    const last = at(reports, -1);
    expect(last.losses).toHaveLength(6);
    expect(last.best).toHaveLength(2);
    inversion.state.best.forEach(({ loss }, picture) => {
      const everySeen = reports.flatMap(({ losses }) => losses.slice(picture * 3, picture * 3 + 3));
      expect(loss).toBe(Math.min(...everySeen));
    });
  });

  test.each(inversionMethods)(
    'with the constants of %s comes closer to a picture of a model with noise maps',
    async (method) => {
      const generator = await noisyGenerator;
      expect(generator.noiseMaps.length).toBeGreaterThan(0);
      const { reports } = await invert(generator, { method, steps: 30, learningRate: 0.05 });
      const [first, last] = [at(at(reports, 0).best, 0), at(at(reports, -1).best, 0)];
      expect(last.psnr).toBeGreaterThan(first.psnr + 1);
    },
  );

  test('optimises noise maps that stay noise', async () => {
    const generator = await noisyGenerator;
    const { inversion } = await invert(generator, { method: 'projector', space: 'w', steps: 12 });
    const maps = Object.entries(inversion.state.tensors).filter(([name]) => name.startsWith('noise '));
    expect(maps).toHaveLength(generator.noiseMaps.length);
    for (const [, values] of maps) {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
      expect([mean, square]).toEqual([expect.closeTo(0, 4), expect.closeTo(1, 4)]);
    }
  });

  test('inverts in a class of a conditional model', async () => {
    const generator = await goldenGenerator('stylegan2-ada-32-cond5');
    const { reports } = await invert(generator, { space: 'z', class: 2, steps: 20, learningRate: 0.05 });
    expect(at(at(reports, -1).best, 0).loss).toBeLessThan(at(at(reports, 0).losses, 0));
  });
});

describe('a run that starts from an encoder', () => {
  function encoderOf(generator: Generator): StyleEncoder {
    const { numWs, wDim, resolution } = generator;
    const file = encoderFile({ modelHash: 'tiny', numWs, wDim, resolution: Math.max(16, resolution) });
    return recogniseEncoder(readSafetensors(file));
  }

  test.each(['plain', 'whitened'] as const)('begins at its styles, in %s coordinates', async (coordinates) => {
    const encoder = encoderOf(tiny);
    const settings = { startFrom: 'encoder', coordinates, steps: 1 } as const;
    const request = { ...(await ownPictures(engine, tiny, 2, settings)), encoder };
    const inversion = await Inversion.start(engine, request);
    await inversion.run({ onReport: ({ step }) => void (step === 0 && inversion.pause()) });
    inversion.dispose();
    const guesses = await encodedStyles(engine, encoder, tiny, request.pictures);
    expect(guesses).toHaveLength(2);
    guesses.forEach((guess, picture) => {
      const { step, w } = at(inversion.state.best, picture);
      expect(step).toBe(0);
      // To whitened coordinates and back.
      expectAgreement('w', w, guess, undefined, { relL2: 1e-4, maxAbs: 1e-4 });
    });
  });

  test('tries the nearest draws besides, from the second start on', async () => {
    const encoder = encoderOf(tiny);
    const near = await Inversion.start(engine, await ownPictures(engine, tiny, 1, { starts: 2, steps: 1 }));
    const settings = { startFrom: 'encoder', starts: 2, steps: 1 } as const;
    const request = { ...(await ownPictures(engine, tiny, 1, settings)), encoder };
    const encoded = await Inversion.start(engine, request);
    const [usual, ours] = [near, encoded].map(({ state }) => state.tensors['latents'] ?? new Float32Array());
    const half = tiny.numWs * tiny.wDim;
    expect(ours?.slice(0, half)).not.toEqual(usual?.slice(0, half));
    expect(ours?.slice(half)).toEqual(usual?.slice(half));
    near.dispose();
    encoded.dispose();
  });

  test.each([
    ['without one', { startFrom: 'encoder' }, null],
    ['in w', { startFrom: 'encoder', space: 'w' }, 'given'],
  ] as const)('is refused %s', async (_, settings, given) => {
    const encoder = given === null ? null : encoderOf(tiny);
    const request = { ...(await ownPictures(engine, tiny, 1, settings)), encoder };
    await expect(Inversion.start(engine, request)).rejects.toMatchObject({ code: 'invalid-inversion' });
  });
});

test.each([
  ['ganvas', 'w+', true, 'encoder'],
  ['ganvas', 'w', true, 'nearest'],
  ['projector', 'w+', true, 'mean'],
  ['ganvas', 'w+', false, 'nearest'],
] as const)('%s in %s, with an encoder at hand %s, starts from %s', (method, space, encoder, startFrom) => {
  expect(settingsOf(method, { space, perceptual: false, encoder }).startFrom).toBe(startFrom);
});

describe('a run that is interrupted', () => {
  const settings = { steps: 30, latentNoise: 0.05, noiseRamp: 0.75 };

  test('goes on after a pause, and after a structured clone on another device, as if nothing had been', async () => {
    const request = await ownPictures(engine, tiny, 1, settings);
    const whole = await Inversion.start(engine, request);
    await whole.run();
    whole.dispose();

    const first = await Inversion.start(engine, request);
    expect(await first.run({ onReport: ({ step }) => void (step === 10 && first.pause()) })).toBe('paused');
    const state = structuredClone(first.state);
    expect(state.step).toBe(11);
    const other = await createTestEngine();
    const second = await Inversion.resume(other, request, state);
    expect(await second.run()).toBe('finished');
    expect(second.state.tensors).toEqual(whole.state.tensors);
    expect(second.state.best).toEqual(whole.state.best);

    expect(await first.run()).toBe('finished');
    expect(first.state.tensors).toEqual(whole.state.tensors);
    first.dispose();
    second.dispose();
  });

  test('by a lost device resumes from the last reading on a new one', async () => {
    const lossy = instrumentedGpu();
    const doomed = new Engine(await requestGpu(lossy.gpu), opLibrary);
    const request = await ownPictures(doomed, tiny, 1, settings);
    const inversion = await Inversion.start(doomed, request);
    const run = inversion.run({ onReport: ({ step }) => void (step === 20 && lossy.loseDevice('driver crash')) });
    await expect(run).rejects.toMatchObject({ code: 'device-lost' });
    expect(inversion.state.step).toBe(20);

    const next = await Inversion.resume(engine, request, inversion.state);
    expect(await next.run()).toBe('finished');
    next.dispose();
    const whole = await Inversion.start(engine, request);
    await whole.run();
    whole.dispose();
    expect(next.state.best).toEqual(whole.state.best);
  });

  test('by a loss that is no number stops, says where, and keeps the best', async () => {
    const request = await ownPictures(engine, tiny, 1, { steps: 50, coordinates: 'plain', learningRate: 1e38 });
    const inversion = await Inversion.start(engine, request);
    await expect(inversion.run()).rejects.toMatchObject({ code: 'inversion-diverged', details: { step: 10 } });
    expect(inversion.state.step).toBe(0);
    expect(at(inversion.state.best, 0).step).toBe(0);
    expect(Number.isFinite(at(inversion.state.best, 0).psnr)).toBe(true);
    inversion.dispose();
  });
});

describe('what a step costs', () => {
  test('one submit, no GPU object, no memory, over 1000 steps', async () => {
    const counted = instrumentedGpu();
    const own = new Engine(await requestGpu(counted.gpu), opLibrary);
    const request = await ownPictures(own, tiny, 1, { steps: 1000, startFrom: 'mean' });
    const inversion = await Inversion.start(own, request);
    let bytes = 0;
    let readings = 0;
    await inversion.run({
      reportEvery: 250,
      onReport: ({ step }) => {
        if (step === 0) {
          // Reading made its staging buffers.
          bytes = own.allocatedBytes;
          counted.reset();
        } else readings++;
      },
    });
    expect(own.allocatedBytes).toBe(bytes);
    const { submit = 0, ...created } = counted.calls;
    expect(Object.values(created).reduce((sum, calls) => sum + calls, 0)).toBe(0);
    // A reading copies latents, moments, loss, mse and w; the run judges its end with one step more.
    expect(submit).toBe(1000 + readings * 5);
    inversion.dispose();
  });

  test('nothing is left when it is disposed of', async () => {
    const request = await ownPictures(engine, tiny, 1, { steps: 1 });
    const before = engine.allocatedBytes;
    const inversion = await Inversion.start(engine, request);
    await inversion.run();
    inversion.dispose();
    expect(engine.allocatedBytes).toBe(before);
  });
});

describe('what cannot be inverted', () => {
  const settings = settingsOf('ganvas', { space: 'w', perceptual: false });

  test.each([
    ['no steps', { steps: 0 }, 'invalid-inversion'],
    ['half a start', { starts: 0.5 }, 'invalid-inversion'],
    ['a learning rate of 0', { learningRate: 0 }, 'invalid-inversion'],
    ['a ramp longer than the run', { rampDown: 1.5 }, 'invalid-inversion'],
    ['a weight that is no number', { pixelWeight: NaN }, 'invalid-inversion'],
    ['nothing to go by', { pixelWeight: 0 }, 'invalid-inversion'],
    ['a seed below 0', { seed: -1 }, 'invalid-seed'],
    ['a class of a model without any', { class: 1 }, 'class-out-of-range'],
  ] as const)('%s', async (_, wrong, code) => {
    const request = await ownPictures(engine, tiny, 1, settings);
    const started = Inversion.start(engine, { ...request, settings: { ...settings, ...wrong } });
    await expect(started).rejects.toMatchObject({ code });
  });

  test.each([
    ['no picture', []],
    ['a picture of another size', [new Float32Array(12)]],
    ['a picture that is not finite', [new Float32Array(192).fill(NaN)]],
  ])('%s', async (_, pictures) => {
    const request = await ownPictures(engine, tiny, 1, settings);
    await expect(Inversion.start(engine, { ...request, pictures })).rejects.toMatchObject({
      code: 'invalid-inversion',
    });
  });

  test('a state of another run', async () => {
    const request = await ownPictures(engine, tiny, 1, { steps: 1 });
    const inversion = await Inversion.start(engine, request);
    inversion.dispose();
    const [picture] = request.pictures;
    const other = { ...request, pictures: [at(request.pictures, 0), picture ?? new Float32Array()] };
    await expect(Inversion.resume(engine, other, inversion.state)).rejects.toMatchObject({
      code: 'inversion-state-mismatch',
    });
  });
});
