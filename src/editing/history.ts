/** Steps kept for undo; the oldest are forgotten. */
export const HISTORY_LIMIT = 200;

/** An undoable value. Nothing in it is ever changed; every function returns a new history. */
export interface History<T> {
  /** What is shown now, a drag in progress included. */
  readonly present: T;
  /** The value before the drag in progress; equal to `present` when there is none. */
  readonly committed: T;
  /** Older values, the latest last. */
  readonly past: readonly T[];
  /** Undone values, the next to redo last. */
  readonly future: readonly T[];
}

export function createHistory<T>(present: T): History<T> {
  return { present, committed: present, past: [], future: [] };
}

/** Shows a value without making it a step: a drag in progress. */
export function previewChange<T>(history: History<T>, present: T): History<T> {
  return { ...history, present };
}

/**
 * Makes the value one step, together with all previews since the last one. What was undone can no longer be redone.
 * A value that is `same` as before the drag is no step: nothing is added, and redo stays possible.
 */
export function commitChange<T>(
  history: History<T>,
  present: T,
  same: (a: T, b: T) => boolean = Object.is,
): History<T> {
  if (same(history.committed, present)) return cancelPreview(history);
  return { present, committed: present, past: [...history.past, history.committed].slice(-HISTORY_LIMIT), future: [] };
}

/** Drops the drag in progress. */
export function cancelPreview<T>(history: History<T>): History<T> {
  return { ...history, present: history.committed };
}

export function hasPreview<T>(history: History<T>): boolean {
  return !Object.is(history.present, history.committed);
}

/** True when `undo` would change anything. */
export function canUndo<T>(history: History<T>): boolean {
  return history.past.length > 0 || hasPreview(history);
}

/** True when `redo` would change anything but a drag in progress. */
export function canRedo<T>(history: History<T>): boolean {
  return history.future.length > 0;
}

/** One step back; during a drag, back to where the drag began. The same history when there is nothing to undo. */
export function undo<T>(history: History<T>): History<T> {
  if (hasPreview(history)) return cancelPreview(history);
  if (history.past.length === 0) return history;
  const present = history.past[history.past.length - 1] as T;
  return {
    present,
    committed: present,
    past: history.past.slice(0, -1),
    future: [...history.future, history.committed],
  };
}

/** One step forward again, dropping a drag in progress. The same history when there is nothing to redo. */
export function redo<T>(history: History<T>): History<T> {
  if (history.future.length === 0) return history;
  const present = history.future[history.future.length - 1] as T;
  return {
    present,
    committed: present,
    past: [...history.past, history.committed],
    future: history.future.slice(0, -1),
  };
}
