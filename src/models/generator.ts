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
 * Where noise comes from: the maps stored in the checkpoint, none, or given tensors by layer name, each
 * [N, 1, resolution, resolution], scaled by the layer's noise strength.
 */
export type NoiseSource = 'const' | 'none' | ReadonlyMap<string, Tensor>;

export interface SynthesisOptions {
  readonly noise: NoiseSource;
  readonly tap?: Tap;
}

/** What the workbench needs of any generator; families implement it over tensors. */
export interface Generator {
  readonly family: 'stylegan2';
  readonly zDim: number;
  readonly wDim: number;
  /** Number of classes; 0 when unconditional. */
  readonly cDim: number;
  readonly numWs: number;
  readonly resolution: number;
  readonly imgChannels: number;
  /** Number of trained numbers. */
  readonly parameterCount: number;
  /** False when the file has no w_avg. */
  readonly canTruncate: boolean;
  /** One entry for each index of W+. */
  readonly wLayers: readonly WLayer[];
  readonly noiseMaps: readonly NoiseMap[];
  /** Name of the weight of the affine that turns w into the styles of a layer (`b8.conv0`). */
  affineWeightName(layer: string): string;
  /** z [N, zDim], c [N, cDim] one-hot or null → w [N, wDim], before truncation. */
  mapping(z: Tensor, c: Tensor | null, tap?: Tap): Tensor;
  /** w [N, wDim] or [N, numWs, wDim], psi [numWs] → W+ [N, numWs, wDim]: wAvg + psi·(w − wAvg) a layer. */
  truncate(w: Tensor, psi: Tensor): Tensor;
  /** W+ [N, numWs, wDim] → picture [N, imgChannels, resolution, resolution] in the generator's own range. */
  synthesis(ws: Tensor, options: SynthesisOptions): Tensor;
}
