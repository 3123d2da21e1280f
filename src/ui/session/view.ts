import type { NoWebGpuReason, ProgressReport, SerializedError, WorkbenchState } from '../../workbench/api.js';
import type { AttributesSummary, DirectionMeasuresStatus, DiscoveryStatus } from '../../workbench/discoveryApi.js';
import type { CausalStatus, DissectionStatus } from '../../workbench/dissectionApi.js';
import type { MeasureStatus } from '../../workbench/measureApi.js';
import type { Recipe } from '../../latent/recipe.js';
import { emptyInversion, type InversionView } from './inversionView.js';
import { emptyUnits, type UnitsView } from './unitsView.js';
import { emptyLibrary, type LibraryView } from './librarySession.js';

export type Phase = 'loading' | 'ready' | 'unsupported';

/** Something that did not work, as the banner shows it. */
export interface Problem {
  /** What was being done: "Could not open x.pkl". */
  readonly title: string;
  readonly error: SerializedError;
  /** Offered when doing the same again may help. */
  readonly retry: (() => void) | null;
  /** What `retry` is called: "Try again". */
  readonly retryName: string;
}

/** Everything the parts draw from: replaced, never changed, so that Lit sees what differs. */
export interface EditorView {
  readonly phase: Phase;
  readonly state: WorkbenchState;
  readonly progress: ProgressReport | null;
  /** Ends what `progress` tells of, where that can be ended. */
  readonly cancel: (() => void) | null;
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
  readonly discovery: DiscoveryStatus | null;
  /** What the open predictor tells; null while there is none. */
  readonly attributes: AttributesSummary | null;
  /** A direction's effect on pictures, being measured. */
  readonly measuringDirection: DirectionMeasuresStatus | null;
  readonly units: UnitsView;
  readonly dissection: DissectionStatus | null;
  readonly causal: CausalStatus | null;
  readonly measures: MeasureStatus | null;
  readonly inversion: InversionView;
  readonly library: LibraryView;
}

export const emptyView: EditorView = {
  phase: 'loading',
  state: {
    adapter: null,
    model: null,
    recipe: null,
    directions: [],
    editDirectionIds: [],
    editConditionIds: [],
    losses: [],
    canUndo: false,
    canRedo: false,
    frame: null,
  },
  progress: null,
  cancel: null,
  problem: null,
  unsupported: null,
  deviceLost: null,
  before: false,
  visited: [],
  starred: [],
  selectedEdit: null,
  adopting: null,
  discovering: false,
  discovery: null,
  attributes: null,
  measuringDirection: null,
  units: emptyUnits,
  dissection: null,
  causal: null,
  measures: null,
  inversion: emptyInversion,
  library: emptyLibrary,
};

/** The seed a recipe starts from, or null when it carries its own latent. */
export function seedOf(recipe: Recipe | null): number | null {
  return recipe !== null && 'seed' in recipe.latent ? recipe.latent.seed : null;
}
