import { lasso } from './lasso.js';
import { dot, meanOf, standardised } from './moments.js';
import { checkSamples, columnsOf, invalidMeasure, rowsBetween, type Table } from './table.js';

/** Disentanglement, completeness and informativeness (Eastwood & Williams 2018), each at most 1; higher is better. */
export interface Dci {
  readonly disentanglement: number;
  readonly completeness: number;
  /** Part of the factors' variance that the linear map explains on samples that it was not fitted to, mean over factors. */
  readonly informativeness: number;
}

export interface DciOptions {
  /** Weight of the Lasso's penalty, for standardised columns. */
  readonly alpha?: number;
  /** Part of the samples, from the end, that judges the fit. */
  readonly heldOut?: number;
}

/** Keeps the logarithm of an unused code finite, as disentanglement_lib does. */
const tiny = 1e-11;
const fewestSamples = 20;

/**
 * DCI with linear importances: R_ij is the magnitude of code i's coefficient in a Lasso that predicts factor j from all
 * codes, which is the paper's own first choice (§4.1). Numbers of gradient-boosted trees, which disentanglement_lib uses,
 * are not comparable with these.
 * @param codes [N, codes]
 * @param factors [N, factors], continuous
 * @throws GanvasError `invalid-measure`
 */
export function dci(codes: Table, factors: Table, { alpha = 0.01, heldOut = 0.25 }: DciOptions = {}): Dci {
  checkSamples(codes, factors, fewestSamples);
  const fitted = Math.round(codes.rows * (1 - heldOut));
  const [x, y] = [rowsBetween(codes, 0, fitted), rowsBetween(factors, 0, fitted)];
  const { coefficients } = lasso(columnsOf(x), columnsOf(y), alpha);
  const importances = coefficients.map((row) => row.map(Math.abs));
  const [testX, testY] = [rowsBetween(codes, fitted, codes.rows), rowsBetween(factors, fitted, codes.rows)];
  return {
    ...dciOfImportances(importances),
    informativeness: explained(coefficients, columnsOf(testX), columnsOf(testY)),
  };
}

/**
 * Both scores of an importance matrix [codes][factors] (disentanglement_lib evaluation/metrics/dci.py: `disentanglement`,
 * `completeness`): one less the entropy of a code's importances over factors, to base of their number, weighted by the
 * code's share of all importance; completeness is the same the other way round.
 * @throws GanvasError `invalid-measure` for an empty matrix or a negative or infinite importance
 */
export function dciOfImportances(importances: readonly ArrayLike<number>[]): Omit<Dci, 'informativeness'> {
  const rows = importances.map((row) => Float64Array.from(row));
  const width = rows[0]?.length ?? 0;
  const valid =
    width > 0 && rows.every((row) => row.length === width && row.every((value) => value >= 0 && value < Infinity));
  if (!valid)
    throw invalidMeasure('An importance matrix must have a row a code, each with one finite number from 0 a factor.');
  const transposed = Array.from({ length: width }, (_, j) => Float64Array.from(rows, (row) => row[j] ?? 0));
  return { disentanglement: concentration(rows), completeness: concentration(transposed) };
}

function concentration(rows: readonly Float64Array[]): number {
  const totals = rows.map((row) => row.reduce((sum, value) => sum + value, 0));
  const all = totals.reduce((sum, value) => sum + value, 0);
  return rows.reduce((sum, row, index) => {
    // A matrix of zeros tells nothing; all codes count alike then, as in the reference.
    const share = all === 0 ? 1 / rows.length : (totals[index] ?? 0) / all;
    return sum + share * (1 - entropy(row));
  }, 0);
}

/** Of the row made a distribution, to the base of its length; a row of one entry has none. */
function entropy(row: Float64Array): number {
  if (row.length === 1) return 0;
  const total = row.reduce((sum, value) => sum + value + tiny, 0);
  const nats = row.reduce((sum, value) => {
    const p = (value + tiny) / total;
    return sum - p * Math.log(p);
  }, 0);
  return nats / Math.log(row.length);
}

/** Mean of 1 − error / variance over factors, never below 0 for any of them. */
function explained(
  coefficients: readonly Float64Array[],
  codes: readonly Float64Array[],
  factors: readonly Float64Array[],
): number {
  const x = codes.map(standardised);
  return meanOf(
    factors.map((factor, j) => {
      const y = standardised(factor);
      const size = dot(y, y);
      if (size === 0) return 0;
      const residual = y.map(
        (value, row) => value - x.reduce((sum, code, i) => sum + (coefficients[i]?.[j] ?? 0) * (code[row] ?? 0), 0),
      );
      return Math.max(0, 1 - dot(residual, residual) / size);
    }),
  );
}
