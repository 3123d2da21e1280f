import type { DirectionSummary } from '../workbench/api.js';
import { formatPlain } from './format.js';

/** Methods by the names that people know. */
const methods: Readonly<Record<string, string>> = {
  sefa: 'SeFa',
  ganspace: 'GANSpace',
  interfacegan: 'InterFaceGAN',
  labels: 'Taught by clicking',
  vector: 'From a file',
};

export function methodInWords({ method }: Pick<DirectionSummary, 'method'>): string {
  return methods[method] ?? method;
}

/** How much it changes the picture beside a random direction of its length; '' while nobody knows. */
export function effectInWords({ statistics }: Pick<DirectionSummary, 'statistics'>): string {
  const effect = statistics['effect'];
  return effect === undefined ? '' : `${formatPlain(effect, 1)}× a random one`;
}

/** All that its method and the measures say of it. */
export function statisticsInWords({ name, unit, layers, statistics }: DirectionSummary): string {
  const figures = Object.entries(statistics).map(([key, value]) => `${key} ${formatPlain(value)}`);
  return [name, `layers ${layers}`, `1 = ${unit}`, ...figures].join(' · ');
}

/** Starred ones first, then what the last search found, then the rest. */
export function inOrder(
  directions: readonly DirectionSummary[],
  found: readonly string[],
): readonly DirectionSummary[] {
  const rank = ({ id, starred }: DirectionSummary): number => (starred ? 0 : found.includes(id) ? 1 : 2);
  return [...directions].sort((a, b) => rank(a) - rank(b));
}
