import type { RecipeChange } from '../editing/recipeChange.js';
import type { LatentSpace } from '../latent/direction.js';
import type { Recipe } from '../latent/recipe.js';
import type { DirectionSummary } from './directionSummary.js';
import type { DirectionMeasuresStatus, DiscoveryApi, DiscoveryStatus } from './discoveryApi.js';
import type { CausalStatus, DissectionApi, DissectionStatus } from './dissectionApi.js';
import type { MeasureApi, MeasureStatus } from './measureApi.js';
import type { WalkApi } from './walkApi.js';
import type { InversionApi, InversionStatus, LossSummary } from './inversionApi.js';
import type { Pixels } from './pixels.js';
import type { SerializedError } from './serializedError.js';

export type { RecipeChange } from '../editing/recipeChange.js';
export type { DirectionSummary } from './directionSummary.js';
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

/** Why something cannot be done with a model, in a sentence; null where it can. */
export interface ModelLacks {
  readonly truncation: string | null;
  readonly noise: string | null;
  readonly sefa: string | null;
  /** Why there is no space but z. */
  readonly mapping: string | null;
  readonly transform: string | null;
}

export interface ModelSummary {
  readonly name: string;
  /** Name in the file of the network that is run; `''` of a bare state dict. */
  readonly network: string;
  /** The networks of the file that can be run, this one among them. */
  readonly generators: readonly string[];
  readonly family: string;
  readonly resolution: number;
  readonly imgChannels: number;
  readonly zDim: number;
  readonly wDim: number;
  readonly numWs: number;
  /** Number of classes; 0 when unconditional. */
  readonly cDim: number;
  /** The spaces that a latent can be given in; `z` always. */
  readonly latentSpaces: readonly LatentSpace[];
  readonly parameters: number;
  readonly hash: string;
  readonly layers: readonly LayerSummary[];
  /** When false, psi must stay 1; `lacks.truncation` says why. */
  readonly canTruncate: boolean;
  /** Psi from and to which the file has statistics; null when any number will do. */
  readonly psiRange: readonly [number, number] | null;
  /** Whether its pictures can be shifted and turned (StyleGAN3). */
  readonly takesTransform: boolean;
  readonly lacks: ModelLacks;
  /** Sentences about what was recognised, ignored or inert, for `info` and the model chip. */
  readonly notes: readonly string[];
}

export interface ProgressReport {
  /** What is being done, in words: "Reading weights". */
  readonly label: string;
  /** 0…1, or null when unknown. */
  readonly fraction: number | null;
  /** What more there is to say than the fraction: "12 of 364 MB · 0:35 left". */
  readonly detail?: string;
  /** How much of a file is there, where that is what is waited for. */
  readonly received?: { readonly bytes: number; readonly total: number };
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
  /** Ids of the directions behind the conditions of each of `recipe.edits`. */
  readonly editConditionIds: readonly (readonly string[])[];
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
  | { readonly type: 'discovery'; readonly discovery: DiscoveryStatus | null }
  | { readonly type: 'direction-measures'; readonly measuring: DirectionMeasuresStatus | null }
  | { readonly type: 'dissection'; readonly dissection: DissectionStatus | null }
  | { readonly type: 'causal'; readonly causal: CausalStatus | null }
  | { readonly type: 'measures'; readonly measures: MeasureStatus | null }
  | { readonly type: 'error'; readonly error: SerializedError }
  | { readonly type: 'device-lost'; readonly error: SerializedError }
  | { readonly type: 'device-restored' };

/** `bytes` for a dropped or fetched file; `name` is what people see. */
export interface ModelSource {
  readonly name: string;
  readonly bytes: Blob | ArrayBuffer;
  /** Text of the JSON that came with it and says what the weights do not; see `openCheckpoint`. */
  readonly description?: string | null;
  /** Name of the network to run, one of `ModelSummary.generators`. */
  readonly network?: string | null;
}

/**
 * `auto` measures convolution kernels on graphics cards, a few seconds at the most, and keeps what it found on this computer;
 * `always` on adapters that compute on the processor as well; `off` never: kernels are then those expected to be fastest, or
 * those that were measured before.
 */
export type TuningMode = 'auto' | 'always' | 'off';

/**
 * The one headless object that the editor, the element and the command line share. In the browser it lives in a
 * Worker; every argument and result can be structured-cloned. Failures reject with an error whose `code` and
 * `message` follow `GanvasError`, and the previous model stays alive.
 */
export interface WorkbenchApi extends InversionApi {
  readonly discovery: DiscoveryApi;
  readonly dissection: DissectionApi;
  readonly walks: WalkApi;
  readonly measures: MeasureApi;
  /** Called with every event from now on. In a page, wrap the listener with comlink's `proxy`. */
  subscribe(listener: (event: WorkbenchEvent) => void): void;
  getState(): Promise<WorkbenchState>;
  /** Reads, recognises, uploads and compiles a checkpoint, then shows `recipe` or seed 0. */
  openModel(source: ModelSource, recipe?: Recipe): Promise<ModelSummary>;
  /** Whether kernels are measured on this adapter once a model's first picture is there (default `auto`). */
  setTuning(mode: TuningMode): Promise<void>;
  /** Ends an `openModel` that is under way, which then rejects with `cancelled`; the model before it stays. */
  cancelOpening(): Promise<void>;
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
