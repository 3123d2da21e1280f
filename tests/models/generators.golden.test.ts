import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { chooseGenerator, readCheckpoint } from '../../src/checkpoints/open.js';
import { recogniseWithLayers } from '../../src/checkpoints/layersFileRecognition.js';
import { recogniseGenerator, type RecognisedGenerator } from '../../src/checkpoints/recognise.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import { translateTensor, type TensorOrigin } from '../../src/checkpoints/translatedNetwork.js';
import { requestGpu } from '../../src/engine/device.js';
import { Engine } from '../../src/engine/engine.js';
import { at, type Shape } from '../../src/engine/shape.js';
import { inputTensor, type Tensor } from '../../src/engine/tensor.js';
import type { SynthesisOptions, Tap } from '../../src/models/generator.js';
import { sub } from '../../src/ops/binary.js';
import { gradient } from '../../src/ops/gradient.js';
import { opLibrary } from '../../src/ops/opLibrary.js';
import { reduceMean } from '../../src/ops/reduce.js';
import { reshape } from '../../src/ops/reshape.js';
import { square } from '../../src/ops/unary.js';
import { testGpu } from '../setup/gpu.js';
import { generatorCases, get, goldenDir, mismatch, readIo, type Golden, type GoldenCase } from './goldenCase.js';
import type { GoldenForm, GoldenRun, Named } from './goldenForms/goldenForm.js';
import { formOf } from './goldenForms/index.js';

const cases = generatorCases();

test('the golden folder is named, and every case in it is covered', () => {
  const missing = cases.filter((golden) => formOf(golden) === undefined).map(({ name }) => name);
  console.info(`${goldenDir}: ${cases.length} generator cases; of no known form: ${missing.join(', ') || 'none'}`);
  expect(missing).toEqual([]);
});

let engine: Engine;
beforeAll(async () => {
  engine = new Engine(await requestGpu(testGpu()), opLibrary);
});

type Values = Record<string, Float32Array<ArrayBuffer>>;

function input(inputs: Named, name: string): Tensor {
  const tensor = inputs[name];
  if (tensor === undefined) throw new Error(`no input ${name}`);
  return tensor;
}

async function run(
  fn: (inputs: Named) => Record<string, Tensor>,
  values: ReadonlyMap<string, Golden>,
  options: { readonly label: string; readonly fuse?: boolean },
): Promise<Values> {
  const shapes = Object.fromEntries([...values].map(([name, { shape }]) => [name, shape]));
  const program = await engine.compile(fn, shapes, options);
  program.run(Object.fromEntries([...values].map(([name, golden]) => [name, golden.values])));
  const results: Values = {};
  for (const name of Object.keys(
    fn(Object.fromEntries(Object.entries(shapes).map(([key, shape]) => [key, inputTensor(key, shape)]))),
  )) {
    results[name] = await program.read(name);
  }
  program.dispose();
  return results;
}

function load(golden: GoldenCase, file: string): RecognisedGenerator {
  const checkpoint = readCheckpoint(new Uint8Array(readFileSync(join(golden.folder, file))), file);
  const network = chooseGenerator(checkpoint);
  // As Hugging Face lays out its repositories: what the weights do not say is in a file beside them.
  const config = join(golden.folder, 'config.json');
  if (golden.manifest.family !== 'biggan-deep' || !existsSync(config)) return recogniseGenerator(checkpoint, network);
  return recogniseWithLayers(checkpoint, network, readFileSync(config, 'utf8'));
}

function synthesisOptions({ noise }: GoldenRun, given: Named, tap?: Tap): SynthesisOptions {
  const { transform, statistics } = given;
  return {
    noise,
    ...(transform === undefined ? {} : { transform }),
    ...(statistics === undefined ? {} : { statistics }),
    ...(tap === undefined ? {} : { tap }),
  };
}

/** Everything from z to the picture, with every module's output when `tapped`. */
function forward({ latent, midName }: GoldenForm, run: GoldenRun, tapped: boolean) {
  return (given: Named): Record<string, Tensor> => {
    const { generator } = run;
    const outputs: Record<string, Tensor> = {};
    const tap = (name: string, tensor: Tensor): void => {
      const reference = tapped ? midName(name) : null;
      if (reference !== null) outputs[`mid.${reference}`] = tensor;
    };
    const w = generator.mapping(input(given, 'z'), given['c'] ?? null, tap);
    const ws = run.ws?.(generator, given) ?? generator.truncate(w, input(given, 'psi'));
    const img = generator.synthesis(ws, synthesisOptions(run, given, tap));
    return { ...outputs, 'out.w': w, [`out.${latent}`]: ws, 'out.img': img };
  };
}

/** Mean squared difference from the target, over all numbers of the picture. */
function loss(img: Tensor, target: Tensor): Tensor {
  return reshape(reduceMean(square(sub(img, target)), [0, 1, 2, 3]), []);
}

/** The name that the generator reads a tensor of the file under. */
function weightName(form: GoldenForm, reference: string, recognised: RecognisedGenerator): string {
  const named = form.weightName?.(reference, recognised);
  const translated = [...recognised.origins].find(([, { from }]) => from === reference)?.[0];
  return named ?? translated ?? reference;
}

const referenceOf = (derivative: string): string => derivative.replace(/^grad\.(noise|param)\./, '');

/** Where the name of a derivative says what it is a derivative of: an input, a noise map or a parameter. */
function leafOf(name: string, form: GoldenForm, recognised: RecognisedGenerator, given: Named): Tensor {
  if (name === 'grad.z') return input(given, 'z');
  if (name === 'grad.class') return input(given, 'c');
  return recognised.weights.get(weightName(form, referenceOf(name), recognised));
}

/** A gradient with respect to a tensor as it is read, as one with respect to what the file stores. */
function inFileLayout(values: Float32Array<ArrayBuffer>, shape: Shape, origin: TensorOrigin): typeof values {
  const permute = origin.permute ?? shape.map((_, axis) => axis);
  const gradient = { dtype: 'f32' as const, shape, strides: null, bytes: new Uint8Array(values.buffer) };
  const back = {
    permute: permute.map((_, axis) => permute.indexOf(axis)),
    flip: (origin.flip ?? []).map((axis) => at(permute, axis)),
    times: origin.times ?? 1,
  };
  return Float32Array.from(readTensor(translateTensor(gradient, back)));
}

/** Compares every stored tensor of `names`; misses are reported together. */
function compare(golden: GoldenCase, io: ReadonlyMap<string, Golden>, results: Values, names: readonly string[]): void {
  const misses = names.flatMap((name) => {
    const stored = golden.manifest.io.aliases?.[name] ?? name;
    const actual = results[name];
    const tolerance = golden.manifest.io.tensors[stored]?.tol;
    if (actual === undefined || tolerance === undefined) return [`${name}: not computed, or without tolerance`];
    return mismatch(name, actual, get(io, stored), tolerance) ?? [];
  });
  expect(misses).toEqual([]);
}

const covered = cases.flatMap((golden) => {
  const form = formOf(golden);
  return form === undefined ? [] : [[golden.name, golden, form] as const];
});

describe.each(covered)('golden %s', (_, golden, form) => {
  const { manifest } = golden;
  const io = readIo(golden);
  const files = Object.keys(manifest.checkpoint_files).filter((name) => !name.endsWith('.json'));
  const [firstFile = ''] = files;
  /** Every result that the folder holds: a folder may hold values only, and what it holds is compared. */
  const stored = [
    ...new Set([
      ...Object.keys(manifest.io.tensors),
      ...Object.keys(manifest.io.aliases ?? {}),
      ...[...io.keys()].filter((name) => !name.startsWith('in.')),
    ]),
  ];
  const matching = (pattern: RegExp): string[] => stored.filter((name) => pattern.test(name));
  const alternatives = Object.entries(manifest.config.alternatives ?? {});
  const namedAlternative = (tag: string): string[] => stored.filter((name) => name.startsWith(`alt.${tag}.`));
  const values = matching(/^(mid\..*|out\.(w|ws|wp|img))$/);
  const latentDerivatives = matching(/^((grad|hvp)\.(ws|wp)|hvp\.z)$/);
  const leafDerivatives = matching(/^grad\.(z|class|noise\..*|param\..*)$/);
  const losses = matching(/^out\.loss$/);
  const opened = (file: string) => ({ golden, io, recognised: load(golden, file) });

  test('every stored result has a test below', () => {
    const compared = [...values, ...latentDerivatives, ...leafDerivatives, ...losses];
    const tags = alternatives.flatMap(([tag]) => namedAlternative(tag));
    expect(stored.filter((name) => ![...compared, ...tags].includes(name))).toEqual([]);
    expect(stored).toContain('out.img');
  });

  test('every module, w, W+ and the picture', async () => {
    const setting = form.run(opened(firstFile), null);
    compare(golden, io, await run(forward(form, setting, true), setting.inputs, { label: golden.name }), values);
  });

  test.each([
    ['fused', true],
    ['unfused', false],
  ])('the picture alone, %s', async (_name, fuse) => {
    const setting = form.run(opened(firstFile), null);
    const results = await run(forward(form, setting, false), setting.inputs, { label: golden.name, fuse });
    compare(golden, io, results, matching(/^out\.(w|ws|wp|img)$/));
  });

  test.each(files.slice(1))('the picture from %s', async (file) => {
    const setting = form.run(opened(file), null);
    compare(golden, io, await run(forward(form, setting, false), setting.inputs, { label: golden.name }), ['out.img']);
  });

  test.each(alternatives)('alternative %s', async (tag, alternative) => {
    const setting = form.run(opened(firstFile), alternative);
    const results = await run(forward(form, setting, false), setting.inputs, { label: golden.name });
    const renamed = Object.entries(results).map(([name, result]) => [name.replace(/^out\./, `alt.${tag}.`), result]);
    const wanted = namedAlternative(tag);
    expect(wanted.length).toBeGreaterThan(0);
    compare(golden, io, Object.fromEntries(renamed) as Values, wanted);
  });

  test.each(latentDerivatives.length > 0 ? [latentDerivatives.join(', ')] : [])('of the latent: %s', async () => {
    const setting = form.run(opened(firstFile), null);
    const { latent } = form;
    const point = latent === 'z' ? get(io, 'in.z') : get(io, `out.${latent}`);
    const inputs = new Map([...setting.inputs, [latent, point], ['target', get(io, 'in.target')]]);
    const isTwice = latentDerivatives.includes(`hvp.${latent}`);
    const directions = [`in.dir.${latent}`, 'in.dir'].filter((name) => io.has(name));
    if (isTwice) inputs.set('direction', get(io, directions[0] ?? `in.dir.${latent}`));
    const derivatives = (given: Named): Record<string, Tensor> => {
      const img =
        latent === 'z'
          ? input(forward(form, setting, false)(given), 'out.img')
          : setting.generator.synthesis(input(given, latent), synthesisOptions(setting, given));
      const first = at(gradient(loss(img, input(given, 'target')), [input(given, latent)]), 0);
      const second = isTwice ? gradient(first, [input(given, latent)], input(given, 'direction')) : [];
      return { [`grad.${latent}`]: first, ...(isTwice ? { [`hvp.${latent}`]: at(second, 0) } : {}) };
    };
    compare(golden, io, await run(derivatives, inputs, { label: golden.name }), latentDerivatives);
  });

  const fromLatents = [...losses, ...leafDerivatives];
  test.each(fromLatents.length > 0 ? [fromLatents.join(', ')] : [])('from z: %s', async () => {
    const whole = opened(firstFile);
    const { recognised } = whole;
    const setting = form.run(whole, null);
    const inputs = new Map([...setting.inputs, ['target', get(io, 'in.target')]]);
    const derivatives = (given: Named): Record<string, Tensor> => {
      const total = loss(input(forward(form, setting, false)(given), 'out.img'), input(given, 'target'));
      const leaves = leafDerivatives.map((name) => leafOf(name, form, recognised, given));
      const gradients = gradient(total, leaves);
      return {
        'out.loss': total,
        ...Object.fromEntries(leafDerivatives.map((name, index) => [name, at(gradients, index)])),
      };
    };
    const results = await run(derivatives, inputs, { label: golden.name });
    for (const name of leafDerivatives) {
      const read = weightName(form, referenceOf(name), recognised);
      const origin = recognised.origins.get(read);
      const result = results[name];
      if (origin !== undefined && result !== undefined) {
        results[name] = inFileLayout(result, recognised.weights.get(read).shape, origin);
      }
    }
    compare(golden, io, results, fromLatents);
  });
});
