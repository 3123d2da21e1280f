import { symmetricEigen } from '../latent/symmetricMatrix.js';
import { orientedUnit } from './orientedUnit.js';

/** The axes along which samples vary most. */
export interface PrincipalComponents {
  /** [dim] */
  readonly mean: Float64Array;
  /** Unit vectors of `dim` numbers, largest variance first; the entry of largest magnitude is positive. */
  readonly vectors: readonly Float64Array[];
  /** Standard deviation of the samples along each. */
  readonly stdev: Float64Array;
  /** Part of the whole variance that lies along each, 0…1. */
  readonly varianceRatio: Float64Array;
}

/**
 * Mean and scatter of samples that come in batches, in f64: memory is that of one [dim, dim] matrix, however many they
 * are. Batches are joined as Chan, Golub & LeVeque (1979) join variances, so that nothing cancels.
 */
export class RunningScatter {
  private samples = 0;
  private readonly mean: Float64Array;
  /** Σ (x − mean)(x − mean)ᵀ, row by row. */
  private readonly scatter: Float64Array[];

  constructor(private readonly dim: number) {
    this.mean = new Float64Array(dim);
    this.scatter = Array.from({ length: dim }, () => new Float64Array(dim));
  }

  get count(): number {
    return this.samples;
  }

  /**
   * @param mean of the batch, [dim]
   * @param scatter of the batch around its own mean, [dim, dim]
   */
  add(count: number, mean: Float32Array, scatter: Float32Array): void {
    const total = this.samples + count;
    const away = Float64Array.from(mean, (value, i) => value - (this.mean[i] ?? 0));
    const weight = (this.samples * count) / total;
    for (const [i, row] of this.scatter.entries()) {
      const scaled = weight * (away[i] ?? 0);
      const start = i * this.dim;
      for (let j = 0; j < this.dim; j++) row[j] = (row[j] ?? 0) + (scatter[start + j] ?? 0) + scaled * (away[j] ?? 0);
    }
    for (let i = 0; i < this.dim; i++) this.mean[i] = (this.mean[i] ?? 0) + ((away[i] ?? 0) * count) / total;
    this.samples = total;
  }

  /**
   * The first `count` components: eigenvectors of the covariance, with deviations that divide by the number of samples
   * (ganspace estimators.py: PCAEstimator).
   * @throws GanvasError `eigen-not-converged` for numbers that are not finite
   */
  components(count: number): PrincipalComponents {
    const { values, vectors } = symmetricEigen(this.scatter);
    const whole = values.reduce((sum, value) => sum + value, 0);
    const kept = values.slice(0, count).map((value) => Math.max(value, 0));
    return {
      mean: this.mean.slice(),
      vectors: vectors.slice(0, count).map(orientedUnit),
      stdev: kept.map((value) => Math.sqrt(value / this.samples)),
      varianceRatio: kept.map((value) => (whole > 0 ? value / whole : 0)),
    };
  }
}
