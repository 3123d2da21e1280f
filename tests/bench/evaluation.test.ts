import { describe, expect, test } from 'vitest';
import type { Evaluation } from '../../bench/evaluation/evaluation.js';
import { reportOf } from '../../bench/evaluation/report.js';
import { evaluatedFactors } from '../../bench/evaluation/setting.js';
import { evaluatedParts, unitSection, type UnitTools } from '../../bench/evaluation/units.js';
import { verdictsOf } from '../../bench/evaluation/verdicts.js';

const matrix = evaluatedFactors.map((_, a) => evaluatedFactors.map((_, b) => (a === b ? 1 : -0.25)));

/** An evaluation in which everything that is aimed at is reached. */
const perfect: Evaluation = {
  model: 'face64',
  modelHash: '0123456789abcdef',
  adapter: 'an adapter',
  options: { samples: 800, seed: 5 },
  moved: 20,
  dissected: 80,
  minutes: 1.25,
  boundaries: {
    rows: evaluatedFactors.map((factor) => ({ factor, side: 35, validationAccuracy: 0.95, allAccuracy: 0.8 })),
    cosines: matrix,
    correlations: matrix,
  },
  conditioning: evaluatedFactors.map((factor) => ({
    factor,
    condition: 'age',
    own: [1, 0.9],
    conditioned: [-0.4, 0.2],
    sideEffect: [0.3, 0.1],
    layers: { attributes: [], layerScores: [1, 0.5], proposedLayers: '0-1' },
  })),
  ranks: evaluatedFactors.map((factor) => ({ factor, score: 2, bestRandom: 1, rank: 1 })),
  axes: evaluatedFactors.map((factor) => ({ factor, best: { SeFa: { axis: 3, correlation: -0.6 } } })),
  units: evaluatedParts.map((part) => ({
    part,
    best: [{ layer: 'synthesis.b8.conv1', unit: 4, iou: 0.5 }],
    ablation: { layer: 'synthesis.b8.conv1', units: [4], areaChange: -0.5, others: { part: 'ears', areaChange: 0.09 } },
  })),
  methods: [],
  measures: { ppl: null, features: null, separability: 2 },
};

const replaced = <T>(rows: readonly T[], part: Partial<T>): T[] =>
  rows.map((row, index) => (index === 1 ? { ...row, ...part } : row));

describe('verdicts', () => {
  test('say that what is exactly reached is reached', () => {
    expect(verdictsOf(perfect).map(({ reached }) => reached)).toEqual([true, true, true, true, true]);
  });

  test.each([
    [
      0,
      { boundaries: { ...perfect.boundaries, rows: replaced(perfect.boundaries.rows, { validationAccuracy: 0.9 }) } },
      'smile by 5.0 points',
    ],
    [
      1,
      { conditioning: replaced(perfect.conditioning, { conditioned: [-0.4, 0.24] as const }) },
      'smile without age: 60 %',
    ],
    [1, { conditioning: replaced(perfect.conditioning, { conditioned: [-0.4, NaN] as const }) }, 'NaN'],
    [2, { ranks: replaced(perfect.ranks, { rank: 4 }) }, 'smile is at rank 4 of 21'],
  ])('aim %i: say what falls short, and by how much', (index, part, words) => {
    const verdicts = verdictsOf({ ...perfect, ...part });
    expect(verdicts.map(({ reached }) => reached)).toEqual([0, 1, 2, 3, 4].map((at) => at !== index));
    expect(verdicts[index]?.words).toContain(words);
  });

  test('of units say which part stays, and which other goes', () => {
    const ablation = { layer: 'b8', units: [4], areaChange: -0.2, others: { part: 'ears', areaChange: -0.3 } };
    const [, , , stays, goes] = verdictsOf({ ...perfect, units: replaced(perfect.units, { ablation }) });
    expect(stays?.words).toContain('hair changes by -20 %');
    expect(goes?.words).toContain('with those of hair, ears changes by -30 %');
  });
});

describe('the report', () => {
  const { markdown, plots } = reportOf(perfect);

  test('names every plot that it comes with, and no other', () => {
    const named = [...markdown.matchAll(/\(evaluation\/([\w-]+\.svg)\)/g)].map(([, name]) => name);
    expect(named.toSorted()).toEqual([...plots.keys()].toSorted());
  });

  test('says how it was made', () => {
    expect(markdown).toContain('800 samples of\nseed 5');
    expect(markdown).toContain('an adapter');
    expect(markdown).toContain('1.3 minutes');
  });

  test('has a row for every factor and part', () => {
    for (const name of [...evaluatedFactors, ...evaluatedParts])
      expect(markdown).toMatch(new RegExp(`^\\| ${name} \\|`, 'm'));
  });

  test('draws plots of balanced tags, with numbers only where numbers belong', () => {
    for (const svg of plots.values()) {
      expect(svg).toMatch(/^<svg [^>]+>/);
      expect(svg.match(/<text/g)?.length).toBe(svg.match(/<\/text>/g)?.length);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    }
  });
});

describe('the section of units', () => {
  test('ablates the best five of the layer that agrees best, and finds what else changes', async () => {
    const asked: string[] = [];
    const tools: UnitTools = {
      samples: 9,
      unitsOf: (part, most, layer) =>
        Array.from({ length: most }, (_, unit) => ({ layer: layer ?? 'any', unit: unit + part.length, iou: 0.5 })),
      layerOf: (part) => (part === 'mouth' ? null : 'b8'),
      ablate: (layer, units) => {
        asked.push(`${layer}: ${units.join(' ')}`);
        return Promise.resolve([
          { part: 'glasses', before: 0.1, areaChange: -0.8 },
          { part: 'ears', before: 0.01, areaChange: 0.2 },
          { part: 'hair', before: 0.3, areaChange: -0.1 },
          { part: 'nothing', before: 0, areaChange: 5 },
        ]);
      },
    };
    const rows = await unitSection(tools, () => undefined);
    expect(asked[0]).toBe('b8: 7 8 9 10 11');
    expect(rows[0]).toMatchObject({
      part: 'glasses',
      ablation: { areaChange: -0.8, others: { part: 'ears', areaChange: 0.2 } },
    });
    expect(rows[1]).toMatchObject({ part: 'hair', ablation: { areaChange: -0.1, others: { part: 'glasses' } } });
    expect(rows.find(({ part }) => part === 'mouth')?.ablation).toBeNull();
  });
});
