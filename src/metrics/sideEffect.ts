import { deviationOf, meanOf } from './moments.js';
import { column, invalidMeasure, type Table } from './table.js';

/**
 * Signed mean change of every attribute per unit of strength, in standard deviations of the attribute before the change; 0
 * for an attribute that does not vary.
 * @param before [N, attributes]
 * @param after the same samples, moved by `strength`
 */
export function changesPerUnit(before: Table, after: Table, strength: number): number[] {
  return Array.from({ length: before.columns }, (_, index) => {
    const [was, is] = [column(before, index), column(after, index)];
    const deviation = deviationOf(was);
    return deviation > 0 ? (meanOf(is) - meanOf(was)) / strength / deviation : 0;
  });
}

/**
 * What else moves when an attribute is moved: mean |change| of all other attributes per |change| of the wanted one, all in
 * their standard deviations. 0 is a direction that does nothing else, 1 one that moves everything alike; infinite where
 * the wanted attribute does not move.
 * @param changes of all attributes, as `changesPerUnit` gives them
 * @throws GanvasError `invalid-measure` when `wanted` is not one of them
 */
export function sideEffect(changes: readonly number[], wanted: number): number {
  const own = changes[wanted];
  if (own === undefined) throw invalidMeasure(`There is no attribute ${wanted} among ${changes.length}.`);
  const others = changes.filter((_, index) => index !== wanted);
  if (others.length === 0) return 0;
  return meanOf(others.map(Math.abs)) / Math.abs(own);
}

/**
 * Re-scoring of HiGAN (Yang et al. 2021, "Semantic Hierarchy Emerges in Deep Generative Representations for Scene
 * Synthesis", eq. 3; higan rescore.py): mean max(0, F(z + λn) − F(z)) of every attribute.
 * @param before F of the samples, [N, attributes]
 * @param after of the same samples, moved
 */
export function rescoringScores(before: Table, after: Table): number[] {
  return Array.from({ length: before.columns }, (_, index) => {
    const was = column(before, index);
    return meanOf(column(after, index).map((value, row) => Math.max(0, value - (was[row] ?? 0))));
  });
}
