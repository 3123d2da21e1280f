/** Principal components of rows too long for a covariance, from batches, with the long products on the GPU. */
import type { Engine } from '../engine/engine.js';
import { GanvasError } from '../engine/errors.js';
import type { Program } from '../engine/program.js';
import { inputTensor } from '../engine/tensor.js';
import { symmetricEigen } from '../latent/symmetricMatrix.js';
import { matmul } from '../ops/matmul.js';
import { orientedUnit } from './orientedUnit.js';
import type { PrincipalComponents } from './principalComponents.js';

export interface IncrementalPcaSizes {
  /** Numbers of a row. */
  readonly dim: number;
  /** How many components are kept from batch to batch. */
  readonly count: number;
  /** Rows of a batch; at least `count`. */
  readonly batch: number;
}

/** Below this part of the largest, a singular value of f32 sums says nothing. */
const smallestSingular = 1e-6;

/**
 * Incremental PCA (Ross et al. 2008, "Incremental Learning for Robust Visual Tracking", §3.1; as scikit-learn's
 * IncrementalPCA.partial_fit): the kept components, scaled by their singular values, are stacked on the centred batch and a
 * row for the mean's shift, and decomposed anew. The singular values of the stack M come from the smaller of M Mᵀ and Mᵀ M.
 */
export class IncrementalPca {
  private samples = 0;
  private readonly mean: Float64Array;
  /** Sum of the squared distances of all rows from their mean. */
  private spread = 0;
  private readonly singular: Float64Array;
  /** M [rows, dim]: components, batch, shift of the mean. */
  private readonly stack: Float32Array<ArrayBuffer>;

  private constructor(
    private readonly sizes: IncrementalPcaSizes,
    private readonly program: Program,
  ) {
    this.mean = new Float64Array(sizes.dim);
    this.singular = new Float64Array(sizes.count);
    this.stack = new Float32Array(rowsOf(sizes) * sizes.dim);
  }

  /** @throws GanvasError of `Engine.compile`: `limit-exceeded` when a batch of such rows is too large to bind */
  static async compile(engine: Engine, sizes: IncrementalPcaSizes): Promise<IncrementalPca> {
    const rows = rowsOf(sizes);
    const shapes = { stack: [rows, sizes.dim], rotation: [sizes.count, rows] };
    const program = await engine.compile(
      ({ stack = inputTensor('stack', shapes.stack), rotation = inputTensor('rotation', shapes.rotation) }) =>
        isWide(sizes)
          ? { gram: matmul(stack, stack, { transposeB: true }), rotated: matmul(rotation, stack) }
          : { gram: matmul(stack, stack, { transposeA: true }) },
      isWide(sizes) ? shapes : { stack: shapes.stack },
      { label: 'incremental PCA' },
    );
    return new IncrementalPca(sizes, program);
  }

  /**
   * Takes a batch in.
   * @param batch rows of `dim` numbers, `sizes.batch` of them at most; the first batch needs at least `count`
   * @throws GanvasError `too-few-samples`, `eigen-not-converged` for numbers that are not finite, `device-lost`
   */
  async add(batch: Float32Array): Promise<void> {
    const { dim, count } = this.sizes;
    const added = batch.length / dim;
    if (this.samples === 0 && added < count) {
      throw new GanvasError(
        'too-few-samples',
        `${added} rows cannot have ${count} components. Expected at least as many.`,
      );
    }
    this.stackBatch(batch, added);
    this.program.run({ stack: this.stack });
    const gram = await this.program.read('gram');
    const side = isWide(this.sizes) ? rowsOf(this.sizes) : dim;
    const { values, vectors } = symmetricEigen(
      Array.from({ length: side }, (_, i) => Float64Array.from(gram.subarray(i * side, (i + 1) * side))),
    );
    for (let k = 0; k < count; k++) this.singular[k] = Math.sqrt(Math.max(values[k] ?? 0, 0));
    await (isWide(this.sizes) ? this.keepRotated(vectors) : this.keep(vectors));
  }

  components(): PrincipalComponents {
    const { dim, count } = this.sizes;
    const row = (k: number): Float64Array => Float64Array.from(this.stack.subarray(k * dim, (k + 1) * dim));
    return {
      mean: this.mean.slice(),
      vectors: Array.from({ length: count }, (_, k) => orientedUnit(row(k))),
      // As scikit-learn's explained_variance_: divided by n − 1.
      stdev: this.singular.map((value) => value / Math.sqrt(this.samples - 1)),
      varianceRatio: this.singular.map((value) => (this.spread > 0 ? value ** 2 / this.spread : 0)),
    };
  }

  dispose(): void {
    this.program.dispose();
  }

  /** Centres the batch below the components, and moves mean and spread on. */
  private stackBatch(batch: Float32Array, added: number): void {
    const { dim, count } = this.sizes;
    const { stack, mean, samples } = this;
    const total = samples + added;
    stack.fill(0, count * dim);
    const correction = Math.sqrt((samples / total) * added);
    const last = stack.length - dim;
    for (let i = 0; i < dim; i++) {
      let sum = 0;
      for (let row = 0; row < added; row++) sum += batch[row * dim + i] ?? 0;
      const batchMean = sum / added;
      const before = mean[i] ?? 0;
      const shift = correction * (before - batchMean);
      this.spread += shift * shift;
      for (let row = 0; row < added; row++) {
        const centred = (batch[row * dim + i] ?? 0) - batchMean;
        stack[(count + row) * dim + i] = centred;
        this.spread += centred * centred;
      }
      stack[last + i] = shift;
      mean[i] = before + ((batchMean - before) * added) / total;
    }
    this.samples = total;
  }

  /** Right singular vectors, times their singular values, become the first rows of the stack. */
  private keep(vectors: readonly Float64Array[]): void {
    const { dim, count } = this.sizes;
    for (let k = 0; k < count; k++) {
      const scale = this.singular[k] ?? 0;
      this.stack.set(
        Float32Array.from(vectors[k] ?? new Float64Array(dim), (value) => value * scale),
        k * dim,
      );
    }
  }

  /** From left singular vectors u: s v = Mᵀ u. */
  private async keepRotated(left: readonly Float64Array[]): Promise<void> {
    const { count, dim } = this.sizes;
    const rows = rowsOf(this.sizes);
    const rotation = new Float32Array(count * rows);
    const least = smallestSingular * (this.singular[0] ?? 0);
    left.slice(0, count).forEach((vector, k) => {
      if ((this.singular[k] ?? 0) > least) rotation.set(vector, k * rows);
    });
    this.program.run({ rotation });
    this.stack.set((await this.program.read('rotated')).subarray(0, count * dim));
  }
}

/** Rows of the stack. */
const rowsOf = ({ count, batch }: IncrementalPcaSizes): number => count + batch + 1;

/** Whether M has more columns than rows. */
const isWide = (sizes: IncrementalPcaSizes): boolean => sizes.dim > rowsOf(sizes);
