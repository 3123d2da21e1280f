import { GanvasError } from '../../engine/errors.js';
import type { Engine } from '../../engine/engine.js';
import { Inversion } from '../../inversion/inversion.js';
import { inversionMethods, settingsOf, usualSpace, type InversionOptions } from '../../inversion/inversionMethods.js';
import type { InversionRequest } from '../../inversion/inversionRequest.js';
import type { InversionMethod, InversionSettings, InversionSpace } from '../../inversion/inversionSettings.js';
import { latentDomainOf } from '../../inversion/latentDomain.js';
import { centreCrop, checkCrop, targetPicture, type Crop, type SourcePixels } from '../../inversion/targetPicture.js';
import { checkLatentSpace } from '../../latent/latentSpaces.js';
import { MAX_SEED } from '../../latent/randomState.js';
import { defaultRecipe, type Recipe } from '../../latent/recipe.js';
import { inversionRecipe } from '../../workbench/inversionRecipe.js';
import { GeneratorSession } from '../../workbench/session.js';
import { CHECKPOINT_OPTIONS } from '../architecture.js';
import { usageError, wrongValue, type Arguments } from '../arguments.js';
import type { Command } from '../command.js';
import { checkOutputFolder } from '../files.js';
import { withEngine } from '../gpu.js';
import { readEncoder } from '../encoderInput.js';
import { perceptualLoss, readLossRequest } from '../inversionLoss.js';
import { writeInversion } from '../inversionOutput.js';
import { readModel, type Model } from '../model.js';
import { overLostDevices, type Progress } from '../overLostDevices.js';
import { readPicture } from '../pictureInput.js';
import type { Terminal } from '../terminal.js';

const SPACES: readonly InversionSpace[] = ['z', 'w', 'w+'];
const NOISES: readonly InversionSettings['noise'][] = ['const', 'none'];

/** `ganvas invert` */
export const invert: Command = {
  name: 'invert',
  summary: 'Find the latent whose picture comes closest to a given one.',
  operands: ['CHECKPOINT', 'IMAGE'],
  usage: '[--space z|w|w+] [--steps N] [options]  --out DIR',
  options: {
    space: {
      value: 'z|w|w+',
      help: 'z: always a picture of the model; w: one style for all layers; w+: one for each, closest (default where there is one, but w of projector).',
    },
    method: {
      value: 'ganvas|projector|image2stylegan',
      help: 'Ours (default), NVIDIA’s projector, or Image2StyleGAN, with their constants.',
    },
    steps: { value: 'N', help: 'Optimiser steps (default 500, of projector 1000, of image2stylegan 5000).' },
    starts: { value: 'N', help: 'Starts, of which the best is kept (default 1).' },
    crop: { value: 'x,y,size', help: 'Square of the picture, in its pixels (default the largest in the middle).' },
    loss: {
      value: 'pixels|features|discriminator',
      help: 'Pixels alone, or also features of a network or of the checkpoint’s own discriminator (default features where they fit).',
    },
    features: {
      value: 'vgg16.pth',
      help: 'torchvision VGG16, AlexNet or SqueezeNet 1.1; without it the predictor that comes with face64.',
    },
    heads: { value: 'vgg.pth', help: 'LPIPS heads of that network: the loss is LPIPS then.' },
    encoder: {
      value: 'FILE|none',
      help: 'The model’s style encoder, to start from with our method in w+ (default face64’s own, for face64).',
    },
    'learning-rate': { value: '0.1', help: 'Adam’s, at its highest (default the method’s).' },
    class: { value: 'N', help: 'Class of a conditional model, from 0; such models need it.' },
    noise: { value: 'const|none', help: 'Noise inputs of the pictures: those of the checkpoint (default), or none.' },
    seed: { value: 'N', help: 'Seed of random starts and noise (default 0).' },
    ...CHECKPOINT_OPTIONS,
    out: { value: 'DIR', help: 'Folder for inverted.png, target.png, w.npy, recipe.json and report.json.' },
  },
  notes: [
    'The picture is turned upright, transparency laid over white, and the square shrunk by area. ' +
      '`generate --w DIR/w.npy` and `edit --recipe DIR/recipe.json` go on from the result, and so does the editor.',
  ],
  examples: [
    'ganvas invert face64 portrait.jpg --out inverted',
    'ganvas invert network-snapshot.pkl portrait.jpg --space w --method projector --features vgg16.pth --heads vgg.pth --out projected',
  ],
  usesGpu: true,

  async run(args, terminal) {
    const request = readRequest(args);
    await checkOutputFolder(request.out);
    const file = args.operand(1);
    const pixels = await readPicture(file);
    const crop = request.crop ?? centreCrop(pixels.width, pixels.height);
    checkCrop(pixels, crop);
    const model = await readModel(args, terminal);
    const { generator } = model.opened;
    const space = request.space ?? usualSpace(request.method, generator.latentSpaces);
    checkLatentSpace(space, generator.latentSpaces);
    checkEncoderIsOfUse(request, space);
    const perceptual = await perceptualLoss(request.loss, model.opened);
    const encoder = startsFromEncoders(request, space)
      ? await readEncoder(request.encoder, model.opened.summary)
      : null;
    const task = {
      label: `${model.name} inversion`,
      generator,
      pictures: [targetPicture(pixels, crop, generator)],
      settings: settingsFor(request, { space, perceptual: perceptual !== null, encoder: encoder !== null }),
      perceptual,
      encoder,
    };
    const context = { model, pixels, crop, file, out: request.out };
    await overLostDevices(withEngine, (engine, progress) => invertWith(engine, task, context, terminal, progress));
  },
};

/** What follows from the model and the networks beside it. */
type FoundOptions = Pick<InversionOptions, 'space' | 'perceptual' | 'encoder'>;

interface InvertRequest {
  readonly out: string;
  readonly method: InversionMethod;
  /** Null for the method's usual one. */
  readonly space: InversionSpace | null;
  readonly options: Omit<InversionOptions, keyof FoundOptions>;
  /** A file or `none`; null for the bundled one. */
  readonly encoder: string | null;
  readonly learningRate: number | null;
  readonly crop: Crop | null;
  readonly loss: ReturnType<typeof readLossRequest>;
}

function readRequest(args: Arguments): InvertRequest {
  const method = args.choice('method', inversionMethods) ?? 'ganvas';
  const steps = args.whole('steps', 1);
  const learningRate = args.finite('learning-rate');
  if (learningRate !== null && learningRate <= 0) {
    throw wrongValue('learning-rate', String(learningRate), 'a number above 0');
  }
  return {
    out: args.requiredText('out', 'a folder'),
    method,
    space: args.choice('space', SPACES),
    options: {
      ...(steps === null ? {} : { steps }),
      starts: args.whole('starts', 1, 64) ?? 1,
      seed: args.whole('seed', 0, MAX_SEED) ?? 0,
      class: args.whole('class', 0),
      noise: args.choice('noise', NOISES) ?? 'const',
    },
    encoder: args.text('encoder'),
    learningRate,
    crop: readCrop(args.text('crop')),
    loss: readLossRequest(args),
  };
}

function startsFromEncoders({ method }: InvertRequest, space: InversionSpace): boolean {
  return method === 'ganvas' && space === 'w+';
}

/** @throws GanvasError `usage` for an encoder that the run would not start from */
function checkEncoderIsOfUse(request: InvertRequest, space: InversionSpace): void {
  if (request.encoder === null || startsFromEncoders(request, space)) return;
  throw usageError(
    `--encoder goes with --method ganvas and --space w+, and this is ${request.method} in ${space}. Leave the encoder out.`,
  );
}

function readCrop(text: string | null): Crop | null {
  if (text === null) return null;
  const [x, y, size, ...rest] = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (
    x === undefined ||
    y === undefined ||
    size === undefined ||
    rest.length > 0 ||
    ![x, y, size].every(Number.isFinite)
  ) {
    throw usageError(`--crop is ${JSON.stringify(text)}. Expected x,y,size in pixels, such as 120,40,512.`);
  }
  return { x, y, size };
}

function settingsFor({ method, options, learningRate }: InvertRequest, found: FoundOptions): InversionSettings {
  const settings = settingsOf(method, { ...options, ...found });
  return learningRate === null ? settings : { ...settings, learningRate };
}

interface InvertContext {
  readonly model: Model;
  readonly pixels: SourcePixels;
  readonly crop: Crop;
  readonly file: string;
  readonly out: string;
}

async function invertWith(
  engine: Engine,
  task: Omit<InversionRequest, 'domain'>,
  { model, pixels, crop, file, out }: InvertContext,
  terminal: Terminal,
  progress: Progress,
): Promise<void> {
  const { opened } = model;
  const domain = await latentDomainOf(engine, task.generator, task.settings.class, (fraction) =>
    terminal.progress({ label: 'Sampling w', fraction }),
  );
  terminal.progress({ label: 'Compiling kernels', fraction: null });
  const { state: reached } = progress;
  const inversion = await (reached === null
    ? Inversion.start(engine, { ...task, domain })
    : Inversion.resume(engine, { ...task, domain }, reached));
  const { diverged, secondsPerStep } = await runInversion(inversion, terminal, progress);
  const { state } = inversion;
  inversion.dispose();
  const [best] = state.best;
  if (best === undefined) throw diverged ?? new RangeError('internal: a finished inversion has a best');

  const recipe = inversionRecipe(defaultRecipe(opened.summary.hash, 0), task.settings, best, opened.summary.wDim);
  await writeInversion(out, {
    model: opened.summary,
    source: { file, width: pixels.width, height: pixels.height, crop },
    state,
    best,
    recipe,
    target: task.pictures[0] ?? new Float32Array(),
    picture: await renderOnce(engine, model, recipe, terminal),
    gauge: domain.gauge(best.w),
    secondsPerStep,
  });
  // The best before it is there; that it went wrong is still to be told.
  if (diverged !== null) throw diverged;
}

async function runInversion(
  inversion: Inversion,
  terminal: Terminal,
  progress: Progress,
): Promise<{ diverged: GanvasError | null; secondsPerStep: number }> {
  let secondsPerStep = 0;
  try {
    await inversion.run({
      onReport: (report) => {
        progress.state = inversion.state;
        secondsPerStep = report.secondsPerStep;
        const psnr = report.best[0]?.psnr.toFixed(1) ?? '';
        terminal.progress({ label: `Inverting, ${psnr} dB`, fraction: report.step / report.steps });
      },
    });
    return { diverged: null, secondsPerStep };
  } catch (thrown) {
    if (thrown instanceof GanvasError && thrown.code === 'inversion-diverged')
      return { diverged: thrown, secondsPerStep };
    throw thrown;
  }
}

/** The picture of the recipe itself: what `edit` and the editor will show. */
async function renderOnce(
  engine: Engine,
  { opened }: Model,
  recipe: Recipe,
  terminal: Terminal,
): Promise<Float32Array> {
  const session = await GeneratorSession.open(engine, opened, terminal.progress);
  try {
    return await session.render(recipe, []);
  } finally {
    session.dispose();
  }
}
