/** Inclusive, `first ≤ last`. */
export interface IntegerRange {
  readonly first: number;
  readonly last: number;
}

const RANGE = /^(\d{1,10})(?:\s*-\s*(\d{1,10}))?$/;

/** Reads "0-3, 7" into ranges in the order written; null when the text is not such a list or a range runs backwards. */
export function parseIntegerRanges(text: string): readonly IntegerRange[] | null {
  const ranges: IntegerRange[] = [];
  for (const part of text.split(',')) {
    const match = RANGE.exec(part.trim());
    if (!match) return null;
    const first = Number(match[1]);
    const last = match[2] === undefined ? first : Number(match[2]);
    if (last < first) return null;
    ranges.push({ first, last });
  }
  return ranges;
}

/** Writes ascending distinct integers as "0-3,7". */
export function formatIntegerRanges(ascending: readonly number[]): string {
  const parts: string[] = [];
  let first: number | null = null;
  ascending.forEach((value, position) => {
    first ??= value;
    if (ascending[position + 1] === value + 1) return;
    parts.push(first === value ? String(value) : `${first}-${value}`);
    first = null;
  });
  return parts.join(',');
}
