import { formatShape } from '../engine/shape.js';
import type { StoredNetwork } from './checkpoint.js';
import { familyPortraits, type FamilyPortrait } from './familyPortraits.js';

/** The family that a network comes closest to, and where it first departs from it. */
export interface NearestFamily {
  /** As it reads in a sentence: "a StyleGAN3 generator". */
  readonly title: string;
  /** How many of the family's telling tensors are there. */
  readonly found: number;
  readonly telling: number;
  /** The tensor in which it first differs; null for a family of which all telling tensors are there. */
  readonly key: string | null;
  /** As it reads after "The first difference:"; for a family of which all telling tensors are there, what to look at. */
  readonly firstDifference: string;
}

interface Compared {
  readonly title: string;
  readonly telling: number;
  readonly differences: readonly Difference[];
}

interface Difference {
  readonly key: string;
  readonly text: string;
}

/** Null when no family's telling tensors are there at all. */
export function nearestFamily(network: StoredNetwork): NearestFamily | null {
  const compared = familyPortraits.map((portrait) => compare(portrait, network));
  const share = ({ telling, differences }: Compared): number => 1 - differences.length / telling;
  const nearest = compared.reduce((best, other) => (share(other) > share(best) ? other : best));
  const { title, telling, differences } = nearest;
  if (differences.length === telling) return null;
  const [first] = differences;
  return {
    title,
    found: telling - differences.length,
    telling,
    key: first?.key ?? null,
    firstDifference: first?.text ?? 'in none of the tensors that tell the family, but in how they fit together',
  };
}

function compare({ family: { title }, telling }: FamilyPortrait, network: StoredNetwork): Compared {
  const differences = telling.flatMap((wanted) => {
    const [name, axes] = typeof wanted === 'string' ? [wanted, null] : wanted;
    return difference(network, name, axes) ?? [];
  });
  return { title, telling: telling.length, differences };
}

function difference({ tensors }: StoredNetwork, name: string, axes: number | null): Difference | null {
  const pattern = new RegExp(`^${name.replaceAll('.', '\\.').replaceAll('*', '[^./]*')}$`);
  const found = [...tensors].filter(([key]) => pattern.test(key));
  const [first] = found;
  if (first === undefined) return { key: name, text: `it has no tensor \`${name}\`` };
  if (axes === null || found.some(([, { shape }]) => shape.length === axes)) return null;
  const [key, { shape }] = first;
  const expected = axes === 1 ? 'one axis is' : `${axes} axes are`;
  return { key, text: `\`${key}\` is ${formatShape(shape)}, and ${expected} expected` };
}
