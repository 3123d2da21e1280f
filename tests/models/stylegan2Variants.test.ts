/** Where other projects' StyleGAN2 differs from NVIDIA's, against arithmetic written out. */
import { describe, expect, it } from 'vitest';
import { mappingNetwork } from '../../src/models/mappingNetwork.js';
import { modulatedConv2d } from '../../src/ops/modulatedConv2d.js';
import { scale } from '../../src/ops/unary.js';
import { named, runReference } from '../ops/evaluate.js';
import { RandomWeights, unitDeviation } from './randomWeights.js';

const z = [0.5, -1.25, 2];
const classes = 2;
const features = 3;

describe.each(['joint', 'separate'] as const)('a label normalised %s', (labelNormalisation) => {
  const hasBias = labelNormalisation === 'separate';
  const weights = new RandomWeights(
    {
      'mapping.embed.weight': [features, classes],
      ...(hasBias ? { 'mapping.embed.bias': [features] } : {}),
      'mapping.fc0.weight': [4, 2 * features],
      'mapping.fc0.bias': [4],
    },
    unitDeviation,
  );
  const normalized = (values: readonly number[]): number[] => {
    const mean = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
    return values.map((value) => value / Math.sqrt(mean + 1e-8));
  };

  it('meets z as the project has it', () => {
    const config = {
      cDim: classes,
      labelNormalisation,
      mappingLayers: 1,
      mappingActivation: 'lrelu' as const,
      mappingLrMultiplier: 0.5,
    };
    const { w } = runReference(
      (given) => ({ w: mappingNetwork(named(given, 'z'), named(given, 'c'), weights, config, () => undefined) }),
      { z: { shape: [1, features], values: z }, c: { shape: [1, classes], values: [0, 1] } },
    );
    const embedding = Array.from({ length: features }, (_, row) => {
      const weight = weights.of('mapping.embed.weight')[row * classes + 1] ?? NaN;
      return weight / Math.sqrt(classes) + (hasBias ? (weights.of('mapping.embed.bias')[row] ?? NaN) : 0);
    });
    const x = hasBias ? [...normalized(z), ...normalized(embedding)] : normalized([...z, ...embedding]);
    const expected = Array.from({ length: 4 }, (_, row) => {
      const weight = weights.of('mapping.fc0.weight').subarray(row * x.length, (row + 1) * x.length);
      const sum = x.reduce((total, value, column) => total + value * (weight[column] ?? NaN), 0);
      const y = (sum * 0.5) / Math.sqrt(x.length) + 0.5 * (weights.of('mapping.fc0.bias')[row] ?? NaN);
      return Math.SQRT2 * (y < 0 ? 0.2 * y : y);
    });
    expect(w).toHaveLength(4);
    w?.forEach((value, index) => expect(value).toBeCloseTo(expected[index] ?? NaN, 6));
  });
});

describe('demodulation of weights that were scaled first', () => {
  // Weights so small that the 1e-8 under the root counts.
  const values = Float64Array.from({ length: 3 * 2 * 9 }, (_, index) => Math.sin(index) * 1e-4);
  const inputs = {
    x: { shape: [1, 2, 4, 4], values: Float64Array.from({ length: 32 }, (_, index) => Math.cos(index)) },
    weight: { shape: [3, 2, 3, 3], values },
    styles: { shape: [1, 2], values: [1.5, -0.5] },
  };

  it('is that of stored weights with 1e-8 times the numbers that go into one', () => {
    const fanIn = 2 * 9;
    const { first, second, plain } = runReference((given) => {
      const [x, weight, styles] = [named(given, 'x'), named(given, 'weight'), named(given, 'styles')];
      return {
        first: modulatedConv2d(x, scale(weight, 1 / Math.sqrt(fanIn)), styles, { padding: 1 }),
        second: modulatedConv2d(x, weight, styles, { padding: 1, demodulationEpsilon: 1e-8 * fanIn }),
        plain: modulatedConv2d(x, weight, styles, { padding: 1 }),
      };
    }, inputs);
    first?.forEach((value, index) => expect(second?.[index]).toBeCloseTo(value, 9));
    expect(Math.abs((plain?.[5] ?? 0) - (first?.[5] ?? 0))).toBeGreaterThan(0.01);
  });
});
