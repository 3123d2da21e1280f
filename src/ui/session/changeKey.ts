import type { RecipeChange } from '../../workbench/api.js';

/** Changes of one thing share a key, so that a drag's values replace each other. */
export function changeKey(change: RecipeChange): string {
  if (change.kind === 'truncation' || change.kind === 'transform')
    return `${change.kind} ${Object.keys(change).join(' ')}`;
  return 'index' in change ? `${change.kind} ${change.index}` : change.kind;
}
