/** What the fixtures of genforce's PGGAN and StyleGAN share. */
import type { Golden } from '../goldenCase.js';

interface Alternative {
  readonly lod?: number;
  readonly trunc_psi?: number;
  readonly trunc_layers?: number;
}

/** An entry of `config.alternatives`, or nothing; throws for a setting that is not `known`. */
export function alternativeOf(alternative: unknown, known: readonly string[]): Alternative {
  const settings = (alternative ?? {}) as Alternative;
  const unknown = Object.keys(settings).filter((key) => !known.includes(key));
  if (unknown.length > 0) throw new Error(`an alternative sets ${unknown.join(', ')}`);
  return settings;
}

/** The run's classes, where it has some. */
export function labelOf(io: ReadonlyMap<string, Golden>): [string, Golden][] {
  const label = io.get('in.label');
  return label === undefined ? [] : [['c', label]];
}
