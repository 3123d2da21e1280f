import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RandomState } from '../../src/latent/randomState.js';
import { truncatedLatentFromSeed, truncatedNormals } from '../../src/latent/truncatedNormal.js';

interface ScipyAnswers {
  readonly rvs: Readonly<Record<string, readonly number[]>>;
  readonly ppf: readonly (readonly [number, number])[];
}

const scipy = JSON.parse(readFileSync(new URL('scipy-truncnorm.json', import.meta.url), 'utf8')) as ScipyAnswers;

describe('truncated normal numbers', () => {
  it.each(Object.entries(scipy.rvs))('are those of SciPy for seed %s', (seed, answers) => {
    const ours = truncatedNormals(new RandomState(Number(seed)).randomSample(answers.length));
    answers.forEach((value, index) => expect(Math.abs((ours[index] ?? NaN) - value)).toBeLessThan(1e-12));
    expect([...truncatedLatentFromSeed(Number(seed), answers.length)]).toEqual([...Float32Array.from(answers)]);
  });

  it.each(scipy.ppf)('have the quantile of SciPy at %s', (uniform, value) => {
    const [ours = NaN] = truncatedNormals(Float64Array.of(uniform));
    expect(Math.abs(ours - value)).toBeLessThan(1e-12);
  });

  it('refuse what is no seed', () => {
    expect(() => truncatedLatentFromSeed(-1, 4)).toThrow(expect.objectContaining({ code: 'invalid-seed' }) as Error);
  });
});
