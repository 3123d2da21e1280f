import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect } from 'vitest';
import type { BenchReport } from '../../bench/report.js';

const schema = JSON.parse(readFileSync(new URL('../../bench/report.schema.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, unknown>
>;
const isValid = new Ajv({ allowUnionTypes: true }).compile(schema);

/** Holds a report, as it is written, to the schema that others read it by. */
export function expectValid(report: BenchReport): void {
  const written: unknown = JSON.parse(JSON.stringify(report));
  expect(isValid(written) ? [] : isValid.errors).toEqual([]);
}
