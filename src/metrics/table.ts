import { GanvasError } from '../engine/errors.js';

/** Numbers of samples: one row a sample, one column a code or a factor; row-major. */
export interface Table {
  readonly rows: number;
  readonly columns: number;
  readonly values: ArrayLike<number>;
}

/**
 * @param columns of `values`, which holds a whole number of rows
 * @throws GanvasError `invalid-measure` when it does not
 */
export function tableOf(values: ArrayLike<number>, columns: number): Table {
  const rows = values.length / columns;
  if (columns > 0 && Number.isInteger(rows)) return { rows, columns, values };
  throw new GanvasError(
    'invalid-measure',
    `${values.length} numbers are no table of ${columns} columns. Expected the same count in every row.`,
    { values: values.length, columns },
  );
}

export function column({ rows, columns, values }: Table, index: number): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => values[row * columns + index] ?? NaN);
}

export function columnsOf(table: Table): Float64Array[] {
  return Array.from({ length: table.columns }, (_, index) => column(table, index));
}

/** Rows `from` to `to`, the latter excluded. */
export function rowsBetween({ columns, values }: Table, from: number, to: number): Table {
  const part = Array.prototype.slice.call(values, from * columns, to * columns) as number[];
  return { rows: to - from, columns, values: part };
}

/**
 * Two tables of the same samples, at least `least` of them, all numbers finite: what every measure begins with.
 * @throws GanvasError `invalid-measure`
 */
export function checkSamples(codes: Table, factors: Table, least: number): void {
  if (codes.rows !== factors.rows) {
    throw invalidMeasure(`There are codes of ${codes.rows} samples and factors of ${factors.rows}. Expected as many.`);
  }
  if (codes.rows < least) {
    throw invalidMeasure(`There are ${codes.rows} samples. Expected at least ${least} to measure by.`);
  }
  if (codes.columns === 0 || factors.columns === 0) {
    throw invalidMeasure('There is nothing to compare. Expected at least one code and one factor.');
  }
  for (const { values } of [codes, factors]) {
    for (let index = 0; index < values.length; index++) {
      if (!Number.isFinite(values[index])) throw invalidMeasure('A sample holds a number that is not finite.');
    }
  }
}

export function invalidMeasure(message: string): GanvasError {
  return new GanvasError('invalid-measure', message);
}
