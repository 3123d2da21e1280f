import type { SerializedError } from '../../workbench/api.js';
import type { Recipe } from '../../latent/recipe.js';
import type { EditorView } from './view.js';

export type ChangePhase = 'preview' | 'commit';

/** What the element turns into DOM events. */
export interface SessionEvents {
  view(view: EditorView): void;
  recipe(recipe: Recipe, phase: ChangePhase, cause: 'edit' | 'history'): void;
  loaded(): void;
  failed(error: SerializedError): void;
  deviceLost(error: SerializedError): void;
  /** Bytes for the user to keep. */
  file(name: string, type: string, bytes: Uint8Array<ArrayBuffer>): void;
  /** A picture to invert has been dropped, pasted or chosen. */
  picture(): void;
  /** A short sentence for people who listen instead of look. */
  said(sentence: string): void;
}
