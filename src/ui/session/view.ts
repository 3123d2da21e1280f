import type { NoWebGpuReason, ProgressReport, SerializedError, WorkbenchState } from '../../workbench/api.js';
import type { Recipe } from '../../latent/recipe.js';
import { emptyInversion, type InversionView } from './inversionView.js';

export type Phase = 'loading' | 'ready' | 'unsupported';

/** Something that did not work, as the banner shows it. */
export interface Problem {
  /** What was being done: "Could not open x.pkl". */
  readonly title: string;
  readonly error: SerializedError;
  /** Offered when doing the same again may help. */
  readonly retry: (() => void) | null;
}

/** Everything the parts draw from: replaced, never changed, so that Lit sees what differs. */
export interface EditorView {
  readonly phase: Phase;
  readonly state: WorkbenchState;
  readonly progress: ProgressReport | null;
  readonly problem: Problem | null;
  readonly unsupported: { readonly reason: NoWebGpuReason; readonly message: string | null } | null;
  /** What the engine says about a lost GPU, until it is back. */
  readonly deviceLost: string | null;
  readonly before: boolean;
  readonly visited: readonly number[];
  readonly starred: readonly number[];
  /** Row that ←/→ and M act on. */
  readonly selectedEdit: number | null;
  /** Direction whose suggested slider is being dragged into its first edit; its new row stays hidden till release. */
  readonly adopting: string | null;
  readonly discovering: boolean;
  readonly inversion: InversionView;
}

export const emptyView: EditorView = {
  phase: 'loading',
  state: {
    adapter: null,
    model: null,
    recipe: null,
    directions: [],
    editDirectionIds: [],
    losses: [],
    canUndo: false,
    canRedo: false,
    frame: null,
  },
  progress: null,
  problem: null,
  unsupported: null,
  deviceLost: null,
  before: false,
  visited: [],
  starred: [],
  selectedEdit: null,
  adopting: null,
  discovering: false,
  inversion: emptyInversion,
};

/** The seed a recipe starts from, or null when it carries its own latent. */
export function seedOf(recipe: Recipe | null): number | null {
  return recipe !== null && 'seed' in recipe.latent ? recipe.latent.seed : null;
}
