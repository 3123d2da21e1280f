import { RandomState } from './randomState.js';

/** Where BigGAN cuts the normal distribution off, on either side. */
const limit = 2;

/**
 * The latent of a seed for generators of truncated noise, `[zDim]`: the numbers of
 * `scipy.stats.truncnorm.rvs(-2, 2, size=(1, zDim), random_state=np.random.RandomState(seed))` rounded to f32
 * (pytorch-pretrained-BigGAN utils.py: truncated_noise_sample at truncation 1).
 * @throws GanvasError `invalid-seed`
 */
export function truncatedLatentFromSeed(seed: number, zDim: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(truncatedNormals(new RandomState(seed).randomSample(zDim)));
}

/** Uniform numbers in [0, 1) as normal ones in [−2, 2): the inverse of the distribution function, to about 1e-15. */
export function truncatedNormals(uniforms: Float64Array): Float64Array {
  const total = 2 * areaFromZero(limit);
  return uniforms.map((uniform) => quantile((uniform - 0.5) * total));
}

/** exp(−x²/2) / √(2π). */
function density(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}

/**
 * Area under the normal density from 0 to x: density(x) · (x + x³/3 + x⁵/(3·5) + …) (Abramowitz & Stegun 26.2.11). All
 * terms have one sign, so that nothing cancels.
 */
function areaFromZero(x: number): number {
  let term = x;
  let sum = x;
  for (let odd = 3; Math.abs(term) > Math.abs(sum) * Number.EPSILON; odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return density(x) * sum;
}

/** The x in [−2, 2] from 0 to which there is `area` under the density: Halley's method, which triples the digits a step. */
function quantile(area: number): number {
  let x = area * Math.sqrt(2 * Math.PI);
  for (let step = 0; step < 6; step++) {
    const miss = (areaFromZero(x) - area) / density(x);
    x -= miss / (1 + (x * miss) / 2);
  }
  return x;
}
