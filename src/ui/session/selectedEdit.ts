import type { Edit } from '../../latent/recipe.js';
import type { EditorSession } from './editorSession.js';
import type { ChangePhase } from './sessionEvents.js';

/** The row that ←/→ and M act on. */
export class SelectedEdit {
  /** Where a held arrow key has got to; the recipe follows a little later. */
  private nudging: { readonly index: number; readonly strength: number } | null = null;

  constructor(private readonly session: () => EditorSession | null) {}

  /** Moves the strength by steps while a key is down, and commits when it is let go. */
  async nudge(by: number, phase: ChangePhase): Promise<void> {
    const found = this.find();
    if (found === null) return;
    const { session, index, edit } = found;
    const start = this.nudging?.index === index ? this.nudging.strength : edit.strength;
    const strength = Number((start + by).toFixed(4));
    this.nudging = phase === 'preview' ? { index, strength } : null;
    const change = { kind: 'edit-strength', index, strength } as const;
    await (phase === 'preview' ? session.preview(change) : session.commit(change));
  }

  async toggleMuted(): Promise<void> {
    const found = this.find();
    if (found === null) return;
    await found.session.commit({ kind: 'edit-muted', index: found.index, muted: !found.edit.muted });
  }

  private find(): { readonly session: EditorSession; readonly index: number; readonly edit: Edit } | null {
    const session = this.session();
    const index = session?.view.selectedEdit ?? null;
    const edit = index === null ? undefined : session?.view.state.recipe?.edits[index];
    return session === null || index === null || edit === undefined ? null : { session, index, edit };
  }
}
