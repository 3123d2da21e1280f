import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { latentFromSeed, RandomState } from '../../src/latent/randomState.js';

interface NumpyAnswers {
  readonly first: Readonly<Record<string, { randn: number[]; then_random_sample: number[]; then_randn: number[] }>>;
  readonly latents_f32_sha256_seeds_0_to_199: Readonly<Record<string, string>>;
}

const numpy = JSON.parse(readFileSync(new URL('numpy-randn.json', import.meta.url), 'utf8')) as NumpyAnswers;

/** Logarithms of two maths libraries may differ in the last bit; everything else is exact. */
function expectSameDoubles(ours: Float64Array, theirs: readonly number[]): void {
  expect(ours).toHaveLength(theirs.length);
  theirs.forEach((value, i) =>
    expect(Math.abs((ours[i] ?? NaN) - value)).toBeLessThanOrEqual(Math.abs(value) * 2 ** -51),
  );
}

describe('RandomState', () => {
  it('begins as everyone remembers seed 0', () => {
    expect(Array.from(new RandomState(0).randn(3))).toEqual([
      1.764052345967664, 0.4001572083672233, 0.9787379841057392,
    ]);
  });

  it.each(Object.entries(numpy.first))('gives the numbers of NumPy for seed %s', (seed, answers) => {
    const state = new RandomState(Number(seed));
    expectSameDoubles(state.randn(answers.randn.length), answers.randn);
    expect(Array.from(state.randomSample(answers.then_random_sample.length))).toEqual(answers.then_random_sample);
    expectSameDoubles(state.randn(answers.then_randn.length), answers.then_randn);
  });

  it('shuffles as NumPy does, and draws on from there', () => {
    const state = new RandomState(7);
    expect([...state.shuffled(Int32Array.from({ length: 12 }, (_, i) => i))]).toEqual([
      7, 10, 2, 5, 0, 1, 11, 8, 3, 6, 9, 4,
    ]);
    expect([...state.shuffled(Int32Array.of(0, 1, 2, 3, 4))]).toEqual([1, 3, 4, 0, 2]);
    expectSameDoubles(state.randn(2), [-0.381087145090334, 0.8308398625169492]);
    // Where the numbers that are drawn take more than 16 bits.
    const many = new RandomState(123).shuffled(Int32Array.from({ length: 70_000 }, (_, i) => i));
    expect([...many.slice(0, 6), ...many.slice(-3)]).toEqual([
      21971, 16953, 48447, 42344, 4376, 65743, 17730, 28030, 15725,
    ]);
    expect([...new RandomState(0).shuffled(new Int32Array())]).toEqual([]);
  });

  it('does not depend on how many are asked for at once', () => {
    const whole = new RandomState(7);
    const pieces = new RandomState(7);
    expect([...pieces.randn(3), ...pieces.randn(0), ...pieces.randn(4)]).toEqual([...whole.randn(7)]);
  });

  it.each([-1, 2 ** 32, 0.5, NaN, Infinity])('refuses the seed %s', (seed) => {
    expect(() => new RandomState(seed)).toThrow(
      expect.objectContaining({ code: 'invalid-seed', message: expect.stringContaining(String(seed)) as string }),
    );
  });
});

describe('latentFromSeed', () => {
  it.each(Object.entries(numpy.latents_f32_sha256_seeds_0_to_199))(
    'gives the f32 latents of NumPy for seeds 0 to 199, z of %s',
    (zDim, sha256) => {
      const digest = createHash('sha256');
      for (let seed = 0; seed < 200; seed++) digest.update(new Uint8Array(latentFromSeed(seed, Number(zDim)).buffer));
      expect(digest.digest('hex')).toBe(sha256);
    },
  );
});
