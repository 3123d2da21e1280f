import { RandomState } from './randomState.js';
import { truncatedNormals } from './truncatedNormal.js';

/** A model as far as drawing its latents goes. */
export interface DrawnLatents {
  readonly zDim: number;
  readonly zDistribution: 'normal' | 'truncated-normal';
}

/**
 * The latents of one seed, row after row: RandomState(seed).randn(count, zDim) taken in any portions, or for generators of
 * truncated noise the truncated normals of that state.
 */
export class LatentDraws {
  private readonly random: RandomState;

  /** @throws GanvasError `invalid-seed` */
  constructor(
    private readonly model: DrawnLatents,
    seed: number,
  ) {
    this.random = new RandomState(seed);
  }

  /** The next rows, [rows, zDim]. */
  next(rows: number): Float32Array<ArrayBuffer> {
    const count = rows * this.model.zDim;
    const values =
      this.model.zDistribution === 'normal'
        ? this.random.randn(count)
        : truncatedNormals(this.random.randomSample(count));
    return Float32Array.from(values);
  }
}
