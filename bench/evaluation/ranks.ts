/** Re-scoring of true boundaries beside random directions, and the unsupervised axes that come closest to a factor. */
import { deviationAlong } from '../../src/discovery/interfaceGan.js';
import type { Direction } from '../../src/latent/direction.js';
import { bestAxes, codesOf, factorsOf } from '../../src/metrics/bestAxes.js';
import { comparedMethods, randomAxes } from '../../src/metrics/methodComparison.js';
import { comparedModel } from '../../src/workbench/comparedModel.js';
import { evaluatedFactors, ofOneDeviation, type EvaluationSetting } from './setting.js';

const randomDirections = 20;

export interface RankRow {
  readonly factor: string;
  readonly score: number;
  readonly bestRandom: number;
  /** 1 when no random direction scores higher. */
  readonly rank: number;
}

export interface AxisRow {
  readonly factor: string;
  /** By method: the axis, from 1, and its correlation with the factor. */
  readonly best: Readonly<Record<string, { readonly axis: number; readonly correlation: number }>>;
}

/** Random directions, as boundaries, move by two standard deviations of w along themselves. */
export async function rankSection(setting: EvaluationSetting): Promise<RankRow[]> {
  const { boundaries, meter, samples, options, onProgress } = setting;
  const { layers } = boundaries[0] ?? { layers: [] };
  const random = randomAxes(randomDirections, samples.wDim, 'w', layers, options.seed + 1).map((direction) =>
    ofOneDeviation(direction, deviationAlong(samples.w, samples.wDim, direction.vectors)),
  );
  onProgress('Re-scoring');
  const scoresOf = async (direction: Direction): Promise<number[]> => meter.rescore(direction);
  const others: number[][] = [];
  for (const direction of random) others.push(await scoresOf(direction));
  const rows: RankRow[] = [];
  for (const boundary of boundaries) {
    const index = meter.attributes.indexOf(boundary.name);
    const score = (await scoresOf(boundary))[index] ?? NaN;
    const rivals = others.map((scores) => scores[index] ?? NaN);
    rows.push({
      factor: boundary.name,
      score,
      bestRandom: Math.max(...rivals),
      rank: 1 + rivals.filter((rival) => rival >= score).length,
    });
  }
  return rows;
}

/** Best axis of SeFa and GANSpace, over all of their axes that a person would look through. */
export async function axisSection({
  engine,
  opened,
  samples,
  options,
  onProgress,
}: EvaluationSetting): Promise<AxisRow[]> {
  onProgress('Comparing axes');
  const factors = factorsOf(samples, evaluatedFactors);
  const request = { attributes: samples.attributes, seed: options.seed, class: null };
  const methods = comparedMethods(engine, comparedModel(opened), samples, request);
  const found = new Map<string, ReturnType<typeof bestAxes>>();
  for (const { name, axes } of methods.filter((method) => ['SeFa', 'GANSpace'].includes(method.name))) {
    found.set(name, bestAxes(codesOf(samples, await axes()), factors));
  }
  return evaluatedFactors.map((factor, index) => ({
    factor,
    best: Object.fromEntries(
      [...found].map(([name, axes]) => {
        const { axis, correlation } = axes[index] ?? { axis: NaN, correlation: NaN };
        return [name, { axis: axis + 1, correlation }];
      }),
    ),
  }));
}
