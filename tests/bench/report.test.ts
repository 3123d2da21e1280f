import { describe, expect, test } from 'vitest';
import { compareReports, parseReport, type BenchReport } from '../../bench/report.js';
import type { Spread } from '../../bench/statistics.js';
import { expectValid } from './reportSchema.js';

const spread = (median: number): Spread => ({ median, quartiles: [median * 0.9, median * 1.1], samples: 30 });

function report(ops: Readonly<Record<string, number>>, overrides: Partial<BenchReport> = {}): BenchReport {
  return {
    version: 2,
    date: '2026-01-01T00:00:00.000Z',
    adapter: { vendor: 'maker', architecture: 'kind', description: 'driver 1', software: false },
    runtime: 'Node 20.20.2 (linux x64)',
    tunedKernels: 0,
    features: [],
    limits: {},
    timestampQuantum: null,
    peak: null,
    results: Object.entries(ops).map(([name, milliseconds]) => ({
      suite: 'ops',
      op: 'conv2d',
      name,
      wallMicroseconds: spread(milliseconds * 1000),
      kernels: [],
      dispatches: 1,
      arenaBytes: 4,
      gpuBytes: 4,
      gigaflopsPerSecond: 1,
    })),
    ...overrides,
  };
}

describe('two runs', () => {
  test('are compared by what both timed; a difference within the quartiles is not clear', () => {
    const rows = compareReports(report({ a: 10, b: 10, old: 1 }), report({ b: 9.8, a: 5, fresh: 1 }));
    expect(rows.map(({ name }) => name)).toEqual(['b', 'a']);
    expect(rows.map(({ isClear }) => isClear)).toEqual([false, true]);
    expect(rows[1]?.speedup).toBeCloseTo(2, 12);
    expect(rows[1]?.before.median).toBeCloseTo(10, 12);
  });

  test.each([
    ['another graphics card', { adapter: { ...report({}).adapter, vendor: 'other' } }],
    ['another driver', { adapter: { ...report({}).adapter, description: 'driver 2' } }],
    ['another runtime', { runtime: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/150.0.0.0 Safari/537.36' }],
  ])('of %s are not', (_, overrides) => {
    expect(() => compareReports(report({ a: 1 }), report({ a: 1 }, overrides))).toThrow(
      expect.objectContaining({ code: 'bench-other-adapter' }) as Error,
    );
  });

  test('of two patches of one browser are', () => {
    const runtimes = ['150.0.1.2', '150.0.3.4'].map((version) => ({ runtime: `Mozilla/5.0 Chrome/${version}` }));
    const [one, other] = runtimes.map((runtime) => report({ a: 1 }, runtime));
    if (one === undefined || other === undefined) throw new Error('two runs');
    expect(compareReports(one, other)).toHaveLength(1);
  });

  test('that timed nothing alike are not', () => {
    expect(() => compareReports(report({ a: 1 }), report({ b: 1 }))).toThrow(
      expect.objectContaining({ code: 'bench-nothing-shared' }) as Error,
    );
  });
});

test('a report is read back as it was written', () => {
  const written = report({ a: 1 });
  expectValid(written);
  expect(parseReport(JSON.stringify(written), 'bench.json')).toEqual(written);
});

test.each(['', '{}', '[1]', '{"version":1}', JSON.stringify({ ...report({}), results: [1] })])(
  'what is no report is refused: %s',
  (text) => {
    expect(() => parseReport(text, 'bench.json')).toThrow(
      expect.objectContaining({ code: 'bench-not-a-report' }) as Error,
    );
  },
);
