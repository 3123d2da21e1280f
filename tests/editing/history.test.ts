import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cancelPreview,
  canRedo,
  canUndo,
  commitChange,
  createHistory,
  HISTORY_LIMIT,
  previewChange,
  redo,
  undo,
  type History,
} from '../../src/editing/history.js';

type Step =
  { readonly kind: 'preview' | 'commit'; readonly value: number } | { readonly kind: 'undo' | 'redo' | 'cancel' };

function after(history: History<number>, step: Step): History<number> {
  switch (step.kind) {
    case 'preview':
      return previewChange(history, step.value);
    case 'commit':
      return commitChange(history, step.value);
    case 'undo':
      return undo(history);
    case 'redo':
      return redo(history);
    case 'cancel':
      return cancelPreview(history);
  }
}

describe('history', () => {
  it('makes a drag one step', () => {
    let history = createHistory(0);
    for (const value of [1, 2, 3]) history = previewChange(history, value);
    history = commitChange(history, 4);
    expect(history.present).toBe(4);
    history = undo(history);
    expect(history.present).toBe(0);
    expect(canUndo(history)).toBe(false);
    expect(redo(history).present).toBe(4);
  });

  it('takes back a drag in progress first', () => {
    const history = previewChange(commitChange(createHistory(0), 1), 2);
    expect(canUndo(history)).toBe(true);
    expect(undo(history).present).toBe(1);
    expect(undo(undo(history)).present).toBe(0);
  });

  it('clears redo at a new step, and not while dragging', () => {
    const undone = undo(commitChange(createHistory(0), 1));
    expect(canRedo(previewChange(undone, 5))).toBe(true);
    expect(redo(previewChange(undone, 5)).present).toBe(1);
    expect(canRedo(commitChange(undone, 5))).toBe(false);
  });

  it('adds no step for a drag that ends where it began', () => {
    const same = (a: { n: number }, b: { n: number }): boolean => a.n === b.n;
    const start = createHistory({ n: 0 });
    const dragged = previewChange(start, { n: 3 });
    expect(canUndo(commitChange(dragged, { n: 0 }, same))).toBe(false);
    expect(canUndo(commitChange(dragged, { n: 0 }))).toBe(true);
  });

  it('forgets the oldest steps', () => {
    let history = createHistory(-1);
    for (let value = 0; value < HISTORY_LIMIT + 50; value++) history = commitChange(history, value);
    expect(history.past).toHaveLength(HISTORY_LIMIT);
    while (canUndo(history)) history = undo(history);
    expect(history.present).toBe(49);
  });

  it('behaves as a list with a cursor, whatever is done', () => {
    const value = fc.integer({ min: 0, max: 3 });
    const anyStep: fc.Arbitrary<Step> = fc.oneof(
      fc.record({ kind: fc.constantFrom('preview' as const, 'commit' as const), value }),
      fc.record({ kind: fc.constantFrom('undo' as const, 'redo' as const, 'cancel' as const) }),
    );
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
        let history = createHistory(0);
        const list = [0];
        let cursor = 0;
        let preview: number | null = null;
        for (const step of steps) {
          const frozen = structuredClone(history);
          const next = after(history, step);
          expect(history).toEqual(frozen);
          history = next;
          const dragging: boolean = preview !== null && preview !== list[cursor];
          if (step.kind === 'preview') preview = step.value;
          else if (step.kind === 'cancel') preview = null;
          else if (step.kind === 'commit') {
            if (step.value !== list[cursor]) list.splice(++cursor, Infinity, step.value);
            preview = null;
          } else if (step.kind === 'undo') {
            if (!dragging && cursor > 0) cursor--;
            preview = null;
          } else if (cursor < list.length - 1) {
            cursor++;
            preview = null;
          }
          expect(history.present).toBe(preview ?? list[cursor]);
          expect(canRedo(history)).toBe(cursor < list.length - 1);
          expect(canUndo(history)).toBe(cursor > 0 || (preview !== null && preview !== list[cursor]));
        }
      }),
    );
  });
});
