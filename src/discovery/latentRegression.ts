import { choleskyFactor } from '../latent/symmetricMatrix.js';

/**
 * Least squares from the coordinates of components to the latent that they came from, min ‖A X − Z‖², through the normal
 * equations, which hold as many numbers however many samples there are (ganspace decomposition.py: linreg_lstsq, which
 * has no intercept, either).
 */
export class LatentRegression {
  private readonly products: Float64Array[];
  private readonly targets: Float64Array[];

  /** @param inputs coordinates of a sample @param outputs numbers of its latent */
  constructor(
    private readonly inputs: number,
    private readonly outputs: number,
  ) {
    this.products = Array.from({ length: inputs }, () => new Float64Array(inputs));
    this.targets = Array.from({ length: inputs }, () => new Float64Array(outputs));
  }

  /** @param coordinates [rows, inputs] @param latents [rows, outputs] */
  add(coordinates: Float32Array, latents: Float32Array, rows: number): void {
    const { inputs, outputs } = this;
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < inputs; i++) {
        const value = coordinates[row * inputs + i] ?? 0;
        addScaled(this.products[i], coordinates, row * inputs, value);
        addScaled(this.targets[i], latents, row * outputs, value);
      }
    }
  }

  /**
   * What of the latent one unit of each coordinate stands for: `inputs` rows of `outputs` numbers.
   * @throws GanvasError `not-positive-definite` for fewer samples than coordinates, or coordinates that never vary
   */
  solution(): Float64Array[] {
    const factor = choleskyFactor(this.products);
    const solved = this.targets.map((row) => row.slice());
    for (let i = 0; i < solved.length; i++) {
      for (let j = 0; j < i; j++) subtract(solved[i], solved[j], factor[i]?.[j] ?? 0);
      divide(solved[i], factor[i]?.[i] ?? 1);
    }
    for (let i = solved.length - 1; i >= 0; i--) {
      for (let j = i + 1; j < solved.length; j++) subtract(solved[i], solved[j], factor[j]?.[i] ?? 0);
      divide(solved[i], factor[i]?.[i] ?? 1);
    }
    return solved;
  }
}

function addScaled(sum: Float64Array = new Float64Array(), values: Float32Array, start: number, scale: number): void {
  for (let k = 0; k < sum.length; k++) sum[k] = (sum[k] ?? 0) + scale * (values[start + k] ?? 0);
}

function subtract(
  from: Float64Array = new Float64Array(),
  row: Float64Array = new Float64Array(),
  scale: number,
): void {
  for (let k = 0; k < from.length; k++) from[k] = (from[k] ?? 0) - scale * (row[k] ?? 0);
}

function divide(row: Float64Array = new Float64Array(), by: number): void {
  for (let k = 0; k < row.length; k++) row[k] = (row[k] ?? 0) / by;
}
