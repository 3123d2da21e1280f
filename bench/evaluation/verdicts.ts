/** What was aimed at, and in plain words by how much it was missed. */
import type { Evaluation } from './evaluation.js';

export interface Verdict {
  readonly aim: string;
  readonly reached: boolean;
  /** What holds, or what falls short and by how much. */
  readonly words: string;
}

const accuracyAim = 0.95;
const areaAim = -0.5;
const othersAim = 0.1;

export function verdictsOf({ boundaries, conditioning, ranks, units }: Evaluation): Verdict[] {
  const short = boundaries.rows.filter(({ validationAccuracy }) => validationAccuracy < accuracyAim);
  const kept = conditioning.filter(({ conditioned: [before, after] }) => !(Math.abs(after) <= Math.abs(before) / 2));
  const outranked = ranks.filter(({ rank }) => rank > 1);
  return [
    verdict(
      'Every boundary tells at least 95 % of the validation samples.',
      short.map(({ factor, validationAccuracy }) => `${factor} by ${points(accuracyAim - validationAccuracy)} points`),
    ),
    verdict(
      'Conditioning at least halves the movement of the conditioned attribute.',
      kept.map(
        ({ factor, condition, conditioned: [before, after] }) =>
          `${factor} without ${condition}: ${percent(Math.abs(after / before))} of it is left`,
      ),
    ),
    verdict(
      'Re-scoring ranks every true factor above 20 random directions.',
      outranked.map(({ factor, rank }) => `${factor} is at rank ${rank} of 21`),
    ),
    ...unitVerdicts(units),
  ];
}

function unitVerdicts(units: Evaluation['units']): Verdict[] {
  const ablated = units.flatMap(({ part, ablation }) => (ablation === null ? [] : [{ part, ...ablation }]));
  return [
    verdict(
      'Without its best five units a part loses at least half of its area.',
      ablated
        .filter(({ areaChange }) => areaChange > areaAim)
        .map(({ part, areaChange }) => `${part} changes by ${percent(areaChange)}`),
    ),
    verdict(
      'No other part changes by 10 % or more.',
      ablated
        .filter(({ others }) => Math.abs(others.areaChange) >= othersAim)
        .map(({ part, others }) => `with those of ${part}, ${others.part} changes by ${percent(others.areaChange)}`),
    ),
  ];
}

function verdict(aim: string, misses: readonly string[]): Verdict {
  return misses.length === 0
    ? { aim, reached: true, words: 'Reached.' }
    : { aim, reached: false, words: `Missed: ${misses.join('; ')}.` };
}

export const percent = (part: number): string => `${(100 * part).toFixed(0)} %`;
const points = (part: number): string => (100 * part).toFixed(1);
