import type { Direction } from '../latent/direction.js';
import type { Recipe } from '../latent/recipe.js';
import type { DirectionLibrary } from './directionLibrary.js';

/**
 * Puts a direction where an earlier form of it stands. An earlier form that an edit uses stays, under another name: the
 * picture on the stage does not change by itself.
 * @param earlier id of the earlier form; null for the first
 * @returns the id that it has now
 */
export function putInPlace(
  library: DirectionLibrary,
  recipe: Recipe,
  earlier: string | null,
  direction: Direction,
): string {
  if (earlier === null || !library.has(earlier)) return library.add(direction);
  const known = library.idIfKnown(direction);
  if (known === earlier) {
    library.complete(earlier, direction.statistics);
    return earlier;
  }
  if (usedIds(library, recipe).has(earlier)) {
    const { name } = library.get(earlier);
    if (!name.endsWith(earlierMark)) library.rename(earlier, `${name}${earlierMark}`);
    return library.add(direction);
  }
  if (known === null) {
    library.replace(earlier, direction);
    return earlier;
  }
  library.remove([earlier]);
  library.complete(known, direction.statistics);
  return known;
}

const earlierMark = ' (earlier)';

/** Ids of the directions that edits and their conditions use. */
export function usedIds(library: DirectionLibrary, { edits }: Recipe): ReadonlySet<string> {
  return new Set(
    edits.flatMap(({ direction, conditions = [] }) =>
      [direction, ...conditions.map((condition) => condition.direction)].map((reference) => library.idOf(reference)),
    ),
  );
}
