import type { Tensor } from '../engine/tensor.js';

/** One index of W+ and what reads it. */
export interface WLayer {
  /** Index into W+. */
  readonly index: number;
  /** Layers that read this w: `b8.conv0`, `b4.torgb`. */
  readonly names: readonly string[];
  /** Resolution of the finest of them. */
  readonly resolution: number;
}

/** A noise input: one plane of `resolution` × `resolution`, the same for all channels. */
export interface NoiseMap {
  /** The layer it feeds: `b8.conv0`. */
  readonly layer: string;
  readonly resolution: number;
}

/** Sees every module's output by its name in the reference (`synthesis.b8.conv0`). */
export type Tap = (name: string, tensor: Tensor) => void;

/**
 * Where noise comes from: the maps stored in the checkpoint (none, if it stores none), none, or given tensors by layer
 * name, each [N, 1, resolution, resolution], scaled by the layer's noise strength.
 */
export type NoiseSource = 'const' | 'none' | ReadonlyMap<string, Tensor>;

export interface SynthesisOptions {
  readonly noise: NoiseSource;
  /**
   * [3, 3] for generators that take a transform: maps a point of the moved picture to where it is in the one that they make
   * without it.
   */
  readonly transform?: Tensor;
  /** For generators with stored statistics: the weight of each set, as `statisticsOf` gives it; that of psi 1 if left out. */
  readonly statistics?: Tensor;
  readonly tap?: Tap;
}

export type GeneratorFamily =
  'pggan' | 'stylegan' | 'stylegan2' | 'stylegan3' | 'biggan' | 'biggan-deep' | 'dcgan' | 'layers';

/** A weight that the latent meets first in a layer: what SeFa factorises. */
export interface LatentWeight {
  readonly name: string;
  /** The axis of the weight that runs along the latent; all others together are what it leads to. */
  readonly latentAxis: number;
}

/**
 * What the workbench needs of any generator; families implement it over tensors. What a family lacks it says: one without
 * a mapping network has `z` alone in `latentSpaces`, hands z through as w, and has a W+ of a single layer.
 */
export interface Generator {
  readonly family: GeneratorFamily;
  /** The spaces that a latent may be given in; `z` always. */
  readonly latentSpaces: readonly ('z' | 'w' | 'w+')[];
  /** How z is drawn: standard normal, or that cut off at ±2 (BigGAN). */
  readonly zDistribution: 'normal' | 'truncated-normal';
  readonly zDim: number;
  readonly wDim: number;
  /** Number of classes; 0 when unconditional. */
  readonly cDim: number;
  readonly numWs: number;
  readonly resolution: number;
  readonly imgChannels: number;
  /** Number of trained numbers. */
  readonly parameterCount: number;
  /** False when psi must stay 1: the family has no truncation, or the file has no w_avg. */
  readonly canTruncate: boolean;
  /** Whether `synthesis` takes a `transform` (StyleGAN3). */
  readonly takesTransform: boolean;
  /** One entry for each index of W+. */
  readonly wLayers: readonly WLayer[];
  readonly noiseMaps: readonly NoiseMap[];
  /** The weight that w meets in a layer of `wLayers` (`b8.conv0`); null where there is none. */
  latentWeight(layer: string): LatentWeight | null;
  /** Weights of the stored sets of statistics at this psi, or null for families without (all but BigGAN). */
  statisticsOf(psi: number): Float32Array<ArrayBuffer> | null;
  /** z [N, zDim], c [N, cDim] one-hot (or any mixture) or null → w [N, wDim], before truncation. */
  mapping(z: Tensor, c: Tensor | null, tap?: Tap): Tensor;
  /** w [N, wDim] or [N, numWs, wDim], psi [numWs] → W+ [N, numWs, wDim]: wAvg + psi·(w − wAvg) a layer. */
  truncate(w: Tensor, psi: Tensor): Tensor;
  /** W+ [N, numWs, wDim] → picture [N, imgChannels, resolution, resolution] in the generator's own range. */
  synthesis(ws: Tensor, options: SynthesisOptions): Tensor;
}
