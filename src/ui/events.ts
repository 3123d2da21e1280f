import type { ModelSummary, ProgressReport, SerializedError } from '../workbench/api.js';
import type { Recipe } from '../latent/recipe.js';

/** Events of `<ganvas-editor>`; all bubble and are composed. */
export interface GanvasEditorEventMap {
  /** A model is open and its first picture is on the stage. */
  'ganvas-load': CustomEvent<{ readonly model: ModelSummary }>;
  /** The recipe changed: `preview` while a slider is dragged, `commit` when it is let go. */
  'ganvas-change': CustomEvent<{ readonly recipe: Recipe; readonly phase: 'preview' | 'commit' }>;
  /** Long work goes on; null when it has ended. */
  'ganvas-progress': CustomEvent<ProgressReport | null>;
  'ganvas-error': CustomEvent<SerializedError>;
  'ganvas-device-lost': CustomEvent<SerializedError>;
}

export function ganvasEvent<Name extends keyof GanvasEditorEventMap>(
  name: Name,
  detail: GanvasEditorEventMap[Name]['detail'],
): CustomEvent {
  return new CustomEvent(name, { detail, bubbles: true, composed: true });
}
