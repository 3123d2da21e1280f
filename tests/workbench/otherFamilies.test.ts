/** What generators bring that StyleGAN2 does not: z alone, statistics by psi, a transform. On one small enough to check by hand. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { Inversion } from '../../src/inversion/inversion.js';
import { settingsOf, usualSpace } from '../../src/inversion/inversionMethods.js';
import type { InversionRequest } from '../../src/inversion/inversionRequest.js';
import type { InversionSpace } from '../../src/inversion/inversionSettings.js';
import { latentDomainOf } from '../../src/inversion/latentDomain.js';
import { transformMatrix } from '../../src/latent/pictureTransform.js';
import type { Recipe } from '../../src/latent/recipe.js';
import { latentOfSeed } from '../../src/workbench/latentOfSeed.js';
import { sefaRequestOf } from '../../src/workbench/sefaWeights.js';
import { GeneratorSession } from '../../src/workbench/session.js';
import { createTestEngine } from '../ops/evaluate.js';
import { expectedPicture, openedPlainGenerator, PlainGenerator } from './plainGenerator.js';

let engine: Engine;
let session: GeneratorSession;
beforeAll(async () => {
  engine = await createTestEngine();
  session = await GeneratorSession.open(engine, openedPlainGenerator());
});
afterAll(() => {
  session.dispose();
  engine.dispose();
});

const z = (seed: number): Float32Array => latentOfSeed(new PlainGenerator(), seed);
const seed5 = (): Recipe => session.defaultRecipe(5);

async function distance(recipe: Recipe, expected: Float32Array): Promise<number> {
  const picture = await session.render(recipe, session.resolveDirections(recipe));
  return picture.reduce((worst, value, index) => Math.max(worst, Math.abs(value - (expected[index] ?? NaN))), 0);
}

describe('a generator whose only space is z', () => {
  test('shows a seed in its first class', async () => {
    expect(seed5()).toMatchObject({ class: 0, truncation: { psi: 1 } });
    expect(await distance(seed5(), expectedPicture(z(5), 0, { psi: 1, shift: 0 }))).toBeLessThan(1e-5);
    const other = { ...seed5(), class: 1 };
    expect(await distance(other, expectedPicture(z(5), 1, { psi: 1, shift: 0 }))).toBeLessThan(1e-5);
  });

  test('has psi scale z and choose the statistics, without compiling anything', async () => {
    const frame = await session.frame({ noise: 'const', units: [] }, 'picture');
    for (const psi of [0, 0.25, 0.8]) {
      const recipe = { ...seed5(), truncation: { psi, cutoff: null } };
      expect(await distance(recipe, expectedPicture(z(5), 0, { psi, shift: 0 }))).toBeLessThan(1e-5);
    }
    expect(await session.frame({ noise: 'const', units: [] }, 'picture')).toBe(frame);
  });

  test('moves its picture as the recipe says', async () => {
    const transform = { x: 0.5, y: 0, angle: 0 };
    const shift = transformMatrix(transform)[2] ?? NaN;
    expect(shift).toBe(-0.5);
    expect(await distance({ ...seed5(), transform }, expectedPicture(z(5), 0, { psi: 1, shift }))).toBeLessThan(1e-5);
  });

  test('has SeFa directions of z, which move it whatever layers were looked at', async () => {
    const { space, layerWeights } = sefaRequestOf(session.opened);
    expect(space).toBe('z');
    expect(layerWeights.map(({ inFeatures, outFeatures }) => [inFeatures, outFeatures])).toEqual([
      [4, 48],
      [4, 48],
    ]);
    const [direction] = session.sefaDirections('1');
    expect(direction).toMatchObject({ space: 'z', dim: 4, layers: [], unit: 'unit length in z' });
    const edit = {
      name: 'first',
      direction: { method: 'sefa', layers: '1', index: 0 },
      strength: 2,
      layers: 'all',
      muted: false,
    } as const;
    const moved = z(5).map((value, index) => value + 2 * (direction?.vectors[index] ?? NaN));
    const recipe = { ...seed5(), edits: [edit] };
    expect(await distance(recipe, expectedPicture(moved, 0, { psi: 1, shift: 0 }))).toBeLessThan(1e-5);
  });

  test.each<[string, Partial<Recipe>, string]>([
    ['a stored w', { latent: { space: 'w', values: [1, 2, 3, 4, 5, 6] } }, 'latent-space-missing'],
    ['psi without statistics', { truncation: { psi: 1.2, cutoff: null } }, 'truncation-out-of-range'],
    ['a class it has not', { class: 2 }, 'class-out-of-range'],
    ['no class', { class: null }, 'class-missing'],
  ])('refuses %s', async (_, part, code) => {
    await expect(session.frameInputs({ ...seed5(), ...part }, [])).rejects.toMatchObject({ code });
  });
});

describe('inverting with z alone', () => {
  const generator = new PlainGenerator();
  const request = async (space: InversionSpace): Promise<InversionRequest> => ({
    label: 'plain inversion',
    generator,
    pictures: [expectedPicture(z(9), 1, { psi: 1, shift: 0 })],
    settings: { ...settingsOf('ganvas', { space, perceptual: false, class: 1 }), steps: 60 },
    perceptual: null,
    domain: await latentDomainOf(engine, generator, 1),
    encoder: null,
  });

  test('finds the picture in z', async () => {
    const inversion = await Inversion.start(engine, await request('z'));
    await inversion.run();
    expect(inversion.state.best[0]?.psnr).toBeGreaterThan(25);
    inversion.dispose();
  });

  test('refuses the other spaces, and takes z for the usual one', async () => {
    await expect(request('w+').then((wanted) => Inversion.start(engine, wanted))).rejects.toMatchObject({
      code: 'latent-space-missing',
    });
    expect(usualSpace('projector', ['z'])).toBe('z');
    expect(usualSpace('projector', ['z', 'w', 'w+'])).toBe('w');
  });
});

describe('what a generator lacks', () => {
  test('is said in sentences, and only that', () => {
    const { lacks, psiRange } = openedPlainGenerator().summary;
    expect(lacks).toMatchObject({ truncation: null, sefa: null, transform: null });
    expect(lacks.noise).toMatch(/no noise inputs/);
    expect(lacks.mapping).toMatch(/z is the only space/);
    expect(psiRange).toEqual([0, 1]);
    const bare = openedPlainGenerator(new PlainGenerator(false)).summary.lacks;
    expect(bare.truncation).toMatch(/no mapping network.*ψ stays at 1/);
    expect(bare.sefa).toMatch(/SeFa reads the weights/);
    expect(bare.transform).toMatch(/StyleGAN3/);
  });

  test('is refused with the same sentence', async () => {
    const bare = await GeneratorSession.open(engine, openedPlainGenerator(new PlainGenerator(false)));
    const recipe = bare.defaultRecipe(0);
    const refused = (part: Partial<Recipe>): Promise<unknown> => bare.frameInputs({ ...recipe, ...part }, []);
    await expect(refused({ truncation: { psi: 0.5, cutoff: null } })).rejects.toMatchObject({
      code: 'cannot-truncate',
      message: bare.summary.lacks.truncation,
    });
    await expect(refused({ transform: { x: 1, y: 0, angle: 0 } })).rejects.toMatchObject({ code: 'cannot-transform' });
    expect(() => bare.sefaDirections('all')).toThrow(expect.objectContaining({ code: 'sefa-not-possible' }));
    bare.dispose();
  });
});
