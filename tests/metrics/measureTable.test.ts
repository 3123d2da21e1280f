import { describe, expect, test } from 'vitest';
import {
  measuresAsCsv,
  measuresAsJson,
  measuresAsMarkdown,
  type MeasuredModel,
} from '../../src/metrics/measureTable.js';

const row = {
  disentanglement: 0.5,
  completeness: 0.25,
  informativeness: 0.1,
  mig: 0.125,
  sap: null,
  bestCorrelation: 0.75,
  sideEffect: 1234.5,
};
const measured: MeasuredModel = {
  model: 'face64',
  samples: 200,
  seed: 3,
  attributes: ['yaw'],
  methods: [{ method: 'InterFaceGAN, "SVM"', ...row }],
  measures: { ppl: 81.25, features: 'Features of a network', separability: 1.5 },
};

describe('a comparison as a file', () => {
  test('Markdown rounds, says what was measured, and shows what is absent', () => {
    const text = measuresAsMarkdown(measured);
    expect(text).toContain('face64: 200 samples of seed 3, by yaw.');
    expect(text).toContain('| InterFaceGAN, "SVM" | 0.500 | 0.250 | 0.100 | 0.125 | – | 0.750 | 1230 |');
    expect(text).toContain('by Features of a network: 81.3');
  });

  test('CSV quotes, and leaves absent numbers empty', () => {
    const [head, first, ...rest] = measuresAsCsv(measured).split('\r\n');
    expect(head).toBe('method,disentanglement,completeness,informativeness,mig,sap,bestCorrelation,sideEffect');
    expect(first).toBe('"InterFaceGAN, ""SVM""",0.5,0.25,0.1,0.125,,0.75,1234.5');
    expect(rest).toEqual(['']);
  });

  test('JSON holds all of it', () => {
    expect(JSON.parse(measuresAsJson(measured))).toEqual(measured);
  });

  test('a model without features has no path length', () => {
    const text = measuresAsMarkdown({ ...measured, measures: { ppl: null, features: null, separability: 2 } });
    expect(text).not.toContain('Path length');
    expect(text).toContain('2.000; 1 is perfect');
  });
});
