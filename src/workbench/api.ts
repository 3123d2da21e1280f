import type { RecipeChange } from '../editing/recipeChange.js';
import type { Recipe } from '../latent/recipe.js';
import type { InversionApi, InversionStatus, LossSummary } from './inversionApi.js';
import type { Pixels } from './pixels.js';
import type { SerializedError } from './serializedError.js';

export type { RecipeChange } from '../editing/recipeChange.js';
export type { Pixels } from './pixels.js';
export type { SerializedError } from './serializedError.js';

/** Why WebGPU cannot be used here; each has its own sentence and remedy in the page. */
export type NoWebGpuReason =
  'insecure-context' | 'no-webgpu' | 'no-adapter' | 'limits-too-small' | 'software-adapter' | 'out-of-memory';

export interface AdapterSummary {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  /** True for SwiftShader and llvmpipe: correct, but timed on a CPU. */
  readonly software: boolean;
  readonly features: readonly string[];
}

export interface LayerSummary {
  /** Index into W+. */
  readonly index: number;
  /** Convolutions and RGB layers that read this w: `b8.conv0`, `b4.torgb`. */
  readonly names: readonly string[];
  readonly resolution: number;
}

export interface ModelSummary {
  readonly name: string;
  readonly family: string;
  readonly resolution: number;
  readonly imgChannels: number;
  readonly zDim: number;
  readonly wDim: number;
  readonly numWs: number;
  /** Number of classes; 0 when unconditional. */
  readonly cDim: number;
  readonly parameters: number;
  readonly hash: string;
  readonly layers: readonly LayerSummary[];
  /** False when the file has no w_avg: then psi must stay 1. */
  readonly canTruncate: boolean;
  /** Sentences about what was recognised, ignored or inert, for `info` and the model chip. */
  readonly notes: readonly string[];
}

/** A direction as the faces list it; its numbers stay with the workbench. */
export interface DirectionSummary {
  readonly id: string;
  readonly name: string;
  readonly method: string;
  readonly space: 'z' | 'w' | 'w+';
  readonly layers: string;
  readonly unit: string;
  readonly statistics: Readonly<Record<string, number>>;
}

export interface ProgressReport {
  /** What is being done, in words: "Reading weights". */
  readonly label: string;
  /** 0…1, or null when unknown. */
  readonly fraction: number | null;
}

export interface FrameReport {
  /** Wall time from submit to done, milliseconds, of the latest frame. */
  readonly milliseconds: number;
  readonly dispatches: number;
  /** Bytes held on the GPU: weights, constants and arenas. */
  readonly gpuBytes: number;
}

export interface WorkbenchState {
  readonly adapter: AdapterSummary | null;
  readonly model: ModelSummary | null;
  readonly recipe: Recipe | null;
  readonly directions: readonly DirectionSummary[];
  /** Ids of the directions behind `recipe.edits`, in the same order. */
  readonly editDirectionIds: readonly string[];
  /** What an inversion of this model can be measured by; empty without a model. */
  readonly losses: readonly LossSummary[];
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly frame: FrameReport | null;
}

export type WorkbenchEvent =
  | { readonly type: 'state'; readonly state: WorkbenchState }
  | { readonly type: 'progress'; readonly progress: ProgressReport | null }
  | { readonly type: 'frame'; readonly frame: FrameReport }
  | { readonly type: 'inversion'; readonly inversion: InversionStatus | null }
  | { readonly type: 'error'; readonly error: SerializedError }
  | { readonly type: 'device-lost'; readonly error: SerializedError }
  | { readonly type: 'device-restored' };

/** `bytes` for a dropped or fetched file; `name` is what people see. */
export interface ModelSource {
  readonly name: string;
  readonly bytes: Blob | ArrayBuffer;
}

/**
 * The one headless object that the editor, the element and the command line share. In the browser it lives in a
 * Worker; every argument and result can be structured-cloned. Failures reject with an error whose `code` and
 * `message` follow `GanvasError`, and the previous model stays alive.
 */
export interface WorkbenchApi extends InversionApi {
  /** Called with every event from now on. In a page, wrap the listener with comlink's `proxy`. */
  subscribe(listener: (event: WorkbenchEvent) => void): void;
  getState(): Promise<WorkbenchState>;
  /** Reads, recognises, uploads and compiles a checkpoint, then shows `recipe` or seed 0. */
  openModel(source: ModelSource, recipe?: Recipe): Promise<ModelSummary>;
  /** Draws every following frame to this canvas; its size becomes the picture's. */
  attachCanvas(canvas: OffscreenCanvas): Promise<void>;
  /**
   * Applies a change and shows it. `preview` (a drag in progress) does not add an undo step; the `commit` that
   * ends the drag does, for the whole drag. Resolves when the frame is on the canvas.
   */
  change(change: RecipeChange, phase: 'preview' | 'commit'): Promise<void>;
  /** Replaces the whole recipe (a link, a dropped JSON or PNG); one undo step. */
  openRecipe(recipe: Recipe): Promise<void>;
  undo(): Promise<void>;
  redo(): Promise<void>;
  /** Shows the picture without its edits while `true`; not part of the history. */
  showBefore(before: boolean): Promise<void>;
  /** Finds `count` SeFa directions over `layers` ("0-3", "all") and adds them to the list. */
  discoverSefa(layers: string, count: number): Promise<readonly DirectionSummary[]>;
  /** Directions as one `.safetensors` file. */
  exportDirections(ids: readonly string[]): Promise<Uint8Array<ArrayBuffer>>;
  importDirections(bytes: ArrayBuffer): Promise<readonly DirectionSummary[]>;
  /** Small pictures (at most 128 pixels a side) of seeds, unedited, at the recipe's truncation, noise and class, in order, as they are ready. */
  thumbnails(seeds: readonly number[], onPicture: (seed: number, pixels: Pixels) => void): Promise<void>;
  /** Small pictures of a direction at the given strengths on the current latent, other edits kept. */
  directionStrip(directionId: string, strengths: readonly number[]): Promise<readonly Pixels[]>;
  /** The current picture, read back. */
  pixels(): Promise<Pixels>;
  /** The current picture as a PNG whose text chunk `ganvas-recipe` holds the recipe. */
  savePng(): Promise<Uint8Array<ArrayBuffer>>;
  dispose(): Promise<void>;
}
