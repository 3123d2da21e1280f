import { mersenne } from 'pure-rand/generator/mersenne';
import { GanvasError } from '../engine/errors.js';

/** Largest seed NumPy accepts. */
export const MAX_SEED = 0xffff_ffff;

/**
 * Returns `seed` if NumPy would accept it.
 * @throws GanvasError `invalid-seed` unless it is an integer from 0 to 2^32 − 1.
 */
export function checkSeed(seed: number): number {
  if (Number.isInteger(seed) && seed >= 0 && seed <= MAX_SEED) return seed;
  throw new GanvasError(
    'invalid-seed',
    `The seed is ${String(seed)}. A seed is a whole number from 0 to ${MAX_SEED}, as NumPy's.`,
    { seed: String(seed), min: 0, max: MAX_SEED },
  );
}

/**
 * NumPy's `np.random.RandomState(seed)`: a Mersenne Twister whose stream NumPy has frozen, so that a seed shows
 * the picture that NVIDIA's `generate.py` shows. It has `rand`-like doubles, `randn` and `shuffle`.
 */
export class RandomState {
  /** `init_genrand` of the reference MT19937 is what `RandomState` uses for a scalar seed. */
  readonly #twister: { next(): number };
  /** The polar method makes normals in pairs; NumPy hands out the second one at the next call. */
  #cachedNormal: number | null = null;

  /** @throws GanvasError `invalid-seed` unless `seed` is an integer from 0 to 2^32 − 1. */
  constructor(seed: number) {
    this.#twister = mersenne(checkSeed(seed));
  }

  /** `count` doubles, uniform in [0, 1), with 53 random bits each: `RandomState.random_sample(count)`. */
  randomSample(count: number): Float64Array {
    return Float64Array.from({ length: count }, () => this.#nextUniform());
  }

  /** `count` standard normal doubles: `RandomState.randn(count)`. */
  randn(count: number): Float64Array {
    return Float64Array.from({ length: count }, () => this.#nextNormal());
  }

  /** `values` as `RandomState.shuffle` leaves them: Fisher and Yates, from the last place down (numpy mtrand.pyx: shuffle). */
  shuffled(values: Int32Array): Int32Array<ArrayBuffer> {
    const shuffled = Int32Array.from(values);
    for (let last = shuffled.length - 1; last > 0; last--) {
      const other = this.#nextUpTo(last);
      const [a, b] = [shuffled[last] ?? 0, shuffled[other] ?? 0];
      [shuffled[last], shuffled[other]] = [b, a];
    }
    return shuffled;
  }

  /** A whole number from 0 to `most`: words cut to its bits, until one is not above it (legacy `random_interval`). */
  #nextUpTo(most: number): number {
    const mask = 2 ** (32 - Math.clz32(most)) - 1;
    for (;;) {
      // Unsigned, because the mask may have all 32 bits.
      const value = (this.#twister.next() & mask) >>> 0;
      if (value <= most) return value;
    }
  }

  /** `genrand_res53`: the high 27 bits of one word above the high 26 of the next. */
  #nextUniform(): number {
    const high = this.#twister.next() >>> 5;
    const low = this.#twister.next() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** Marsaglia's polar method in the order of `legacy_gauss` (numpy/random/src/legacy/legacy-distributions.c). */
  #nextNormal(): number {
    if (this.#cachedNormal !== null) {
      const cached = this.#cachedNormal;
      this.#cachedNormal = null;
      return cached;
    }
    let x: number;
    let y: number;
    let radiusSquared: number;
    do {
      x = 2 * this.#nextUniform() - 1;
      y = 2 * this.#nextUniform() - 1;
      radiusSquared = x * x + y * y;
    } while (radiusSquared >= 1 || radiusSquared === 0);
    const scale = Math.sqrt((-2 * Math.log(radiusSquared)) / radiusSquared);
    this.#cachedNormal = scale * x;
    return scale * y;
  }
}

/**
 * The latent of a seed, `[zDim]`: `np.random.RandomState(seed).randn(1, zDim)` rounded to f32, as `generate.py` makes it.
 * @throws GanvasError `invalid-seed`
 */
export function latentFromSeed(seed: number, zDim: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(new RandomState(seed).randn(zDim));
}
