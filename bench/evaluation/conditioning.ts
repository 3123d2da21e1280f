/** What else moves along a boundary, and what conditioning does about it. */
import { projectOut } from '../../src/latent/projectOut.js';
import type { Direction } from '../../src/latent/direction.js';
import type { DirectionMeasures } from '../../src/metrics/directionMeasures.js';
import { sideEffect } from '../../src/metrics/sideEffect.js';
import type { EvaluationSetting } from './setting.js';
import { evaluatedFactors } from './setting.js';

export interface ConditioningRow {
  readonly factor: string;
  /** The other factor that moves most along it, which is then conditioned on. */
  readonly condition: string;
  /** Changes per standard deviation of w, in standard deviations of the attribute. */
  readonly own: readonly [before: number, after: number];
  readonly conditioned: readonly [before: number, after: number];
  /** Others per unit of the wanted one, over the evaluated factors. */
  readonly sideEffect: readonly [before: number, after: number];
  readonly layers: DirectionMeasures;
}

export async function conditioningSection(setting: EvaluationSetting): Promise<ConditioningRow[]> {
  const { boundaries, layerMeter, onProgress } = setting;
  const rows: ConditioningRow[] = [];
  for (const [index, boundary] of boundaries.entries()) {
    onProgress(`Conditioning ${boundary.name}`);
    const before = await changesOf(setting, boundary);
    const worst = largestOther(before, index);
    const conditioned = withoutOther(boundary, boundaries[worst]);
    const after = await changesOf(setting, conditioned);
    rows.push({
      factor: boundary.name,
      condition: evaluatedFactors[worst] ?? '',
      own: [before[index] ?? NaN, after[index] ?? NaN],
      conditioned: [before[worst] ?? NaN, after[worst] ?? NaN],
      sideEffect: [sideEffect(before, index), sideEffect(after, index)],
      layers: await layerMeter.measure(boundary),
    });
  }
  return rows;
}

/** Changes of the evaluated factors. */
async function changesOf({ meter }: EvaluationSetting, direction: Direction): Promise<number[]> {
  const all = await meter.changes(direction);
  return evaluatedFactors.map((name) => all[meter.attributes.indexOf(name)] ?? NaN);
}

function largestOther(changes: readonly number[], own: number): number {
  return changes.reduce(
    (best, change, index) =>
      index !== own && (best < 0 || Math.abs(change) > Math.abs(changes[best] ?? 0)) ? index : best,
    -1,
  );
}

function withoutOther(boundary: Direction, other: Direction | undefined): Direction {
  const condition = Float64Array.from(other?.vectors ?? []);
  return { ...boundary, vectors: Float32Array.from(projectOut(Float64Array.from(boundary.vectors), [condition])) };
}
