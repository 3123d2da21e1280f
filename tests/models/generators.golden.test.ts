import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { chooseGenerator, readCheckpoint } from '../../src/checkpoints/open.js';
import { recogniseGenerator, type RecognisedGenerator } from '../../src/checkpoints/recognise.js';
import { psiOfLayers } from '../../src/editing/applyEdits.js';
import { requestGpu } from '../../src/engine/device.js';
import { Engine } from '../../src/engine/engine.js';
import { at } from '../../src/engine/shape.js';
import { inputTensor, type Tensor } from '../../src/engine/tensor.js';
import type { Generator } from '../../src/models/generator.js';
import { sub } from '../../src/ops/binary.js';
import { opLibrary } from '../../src/ops/opLibrary.js';
import { gradient } from '../../src/ops/gradient.js';
import { reduceMean } from '../../src/ops/reduce.js';
import { reshape } from '../../src/ops/reshape.js';
import { square } from '../../src/ops/unary.js';
import { testGpu } from '../setup/gpu.js';
import { generatorCases, get, goldenDir, mismatch, readIo, type Golden, type GoldenCase } from './goldenCase.js';

/** Families that are implemented; the others are listed by name below, never passed over in silence. */
function isImplemented({ manifest }: GoldenCase): boolean {
  const className = manifest.config.G_kwargs?.class_name ?? '';
  return /^training\.networks(_stylegan2)?\.Generator$/.test(className);
}

const cases = generatorCases();
const implemented = cases.filter(isImplemented);

test('the golden folder is named, and what is not covered yet', () => {
  const missing = cases.filter((golden) => !isImplemented(golden)).map(({ name }) => name);
  console.info(
    `${goldenDir}: ${implemented.length} StyleGAN2 cases; not implemented yet: ${missing.join(', ') || 'none'}`,
  );
  expect(missing.filter((name) => /^stylegan2-(ada|from-stylegan3-repo)-/.test(name))).toEqual([]);
});

let engine: Engine;
beforeAll(async () => {
  engine = new Engine(await requestGpu(testGpu()), opLibrary);
});

type Named = Readonly<Record<string, Tensor>>;
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
  return recogniseGenerator(checkpoint, chooseGenerator(checkpoint));
}

function psiValues(generator: Generator, psi: number, cutoff: number | null): Golden {
  return { shape: [generator.numWs], values: psiOfLayers({ psi, cutoff }, generator.numWs) };
}

function latents(io: ReadonlyMap<string, Golden>): Map<string, Golden> {
  const values = new Map([['z', get(io, 'in.z')]]);
  const label = io.get('in.c');
  return label === undefined ? values : values.set('c', label);
}

/** Everything from z to the picture, with every module's output when `tapped`. */
function forward(generator: Generator, tapped: boolean, noise: 'const' | 'none') {
  return (inputs: Named): Record<string, Tensor> => {
    const outputs: Record<string, Tensor> = {};
    const tap = (name: string, tensor: Tensor): void => {
      if (tapped) outputs[`mid.${name}`] = tensor;
    };
    const w = generator.mapping(input(inputs, 'z'), inputs['c'] ?? null, tap);
    const ws = generator.truncate(w, input(inputs, 'psi'));
    const img = generator.synthesis(ws, { noise, tap });
    return { ...outputs, 'out.w': w, 'out.ws': ws, 'out.img': img };
  };
}

/** Mean squared difference from the target, over all numbers of the picture. */
function loss(img: Tensor, target: Tensor): Tensor {
  return reshape(reduceMean(square(sub(img, target)), [0, 1, 2, 3]), []);
}

/** Where the name of a derivative says what it is a derivative of: z, a noise map or a parameter. */
function leafOf(name: string, { weights }: RecognisedGenerator, z: Tensor): Tensor {
  return name === 'grad.z' ? z : weights.get(name.replace(/^grad\.(noise|param)\./, ''));
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

describe.each(implemented.map((golden) => [golden.name, golden] as const))('golden %s', (_, golden) => {
  const { manifest } = golden;
  const io = readIo(golden);
  const files = Object.keys(manifest.checkpoint_files);
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
  const values = matching(/^(mid\..*|out\.(w|ws|img))$/);
  const latentDerivatives = matching(/^(grad|hvp)\.ws$/);
  const leafDerivatives = matching(/^grad\.(z|noise\..*|param\..*)$/);
  const losses = matching(/^out\.loss$/);
  const { truncation_psi: psi, truncation_cutoff: cutoff, noise_mode: noise } = manifest.config.run;

  test('every stored result has a test below', () => {
    const compared = [...values, ...latentDerivatives, ...leafDerivatives, ...losses];
    const tags = alternatives.flatMap(([tag]) => namedAlternative(tag));
    expect(stored.filter((name) => ![...compared, ...tags].includes(name))).toEqual([]);
    expect(stored).toContain('out.img');
  });

  test('every module, w, W+ and the picture', async () => {
    const { generator } = load(golden, firstFile);
    const inputs = latents(io).set('psi', psiValues(generator, psi, cutoff));
    const results = await run(forward(generator, true, noise), inputs, { label: golden.name });
    compare(golden, io, results, values);
  });

  test.each([
    ['fused', true],
    ['unfused', false],
  ])('the picture alone, %s', async (_name, fuse) => {
    const { generator } = load(golden, firstFile);
    const inputs = latents(io).set('psi', psiValues(generator, psi, cutoff));
    const results = await run(forward(generator, false, noise), inputs, { label: golden.name, fuse });
    compare(golden, io, results, matching(/^out\.(w|ws|img)$/));
  });

  test.each(files.slice(1))('the picture from %s', async (file) => {
    const { generator } = load(golden, file);
    const inputs = latents(io).set('psi', psiValues(generator, psi, cutoff));
    const results = await run(forward(generator, false, noise), inputs, { label: golden.name });
    compare(golden, io, results, ['out.img']);
  });

  test.each(alternatives)('alternative %s', async (tag, alternative) => {
    const known = ['psi', 'cutoff', 'noise_mode'];
    expect(Object.keys(alternative).filter((key) => !known.includes(key))).toEqual([]);
    const { generator } = load(golden, firstFile);
    const controls = psiValues(generator, alternative.psi ?? psi, alternative.cutoff ?? cutoff);
    const inputs = latents(io).set('psi', controls);
    const results = await run(forward(generator, false, alternative.noise_mode ?? noise), inputs, {
      label: golden.name,
    });
    const renamed = { [`alt.${tag}.ws`]: results['out.ws'], [`alt.${tag}.img`]: results['out.img'] };
    const wanted = namedAlternative(tag);
    expect(wanted.length).toBeGreaterThan(0);
    compare(golden, io, renamed as Values, wanted);
  });

  test.each(latentDerivatives.length > 0 ? [latentDerivatives.join(', ')] : [])('of W+: %s', async () => {
    const { generator } = load(golden, firstFile);
    const inputs = new Map([
      ['ws', get(io, 'out.ws')],
      ['target', get(io, 'in.target')],
    ]);
    const isTwice = latentDerivatives.includes('hvp.ws');
    if (isTwice) inputs.set('direction', get(io, 'in.dir.ws'));
    const derivatives = (given: Named): Record<string, Tensor> => {
      const ws = input(given, 'ws');
      const img = generator.synthesis(ws, { noise });
      const first = at(gradient(loss(img, input(given, 'target')), [ws]), 0);
      if (!isTwice) return { 'grad.ws': first };
      return { 'grad.ws': first, 'hvp.ws': at(gradient(first, [ws], input(given, 'direction')), 0) };
    };
    compare(golden, io, await run(derivatives, inputs, { label: golden.name }), latentDerivatives);
  });

  const fromLatents = [...losses, ...leafDerivatives];
  test.each(fromLatents.length > 0 ? [fromLatents.join(', ')] : [])('from z: %s', async () => {
    const recognised = load(golden, firstFile);
    const { generator } = recognised;
    const inputs = latents(io)
      .set('psi', psiValues(generator, psi, cutoff))
      .set('target', get(io, 'in.target'));
    const derivatives = (given: Named): Record<string, Tensor> => {
      const img = input(forward(generator, false, noise)(given), 'out.img');
      const total = loss(img, input(given, 'target'));
      const leaves = leafDerivatives.map((name) => leafOf(name, recognised, input(given, 'z')));
      const gradients = gradient(total, leaves);
      return {
        'out.loss': total,
        ...Object.fromEntries(leafDerivatives.map((name, index) => [name, at(gradients, index)])),
      };
    };
    compare(golden, io, await run(derivatives, inputs, { label: golden.name }), fromLatents);
  });
});
