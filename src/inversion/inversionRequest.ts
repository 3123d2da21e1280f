import type { Tensor } from '../engine/tensor.js';
import type { Generator } from '../models/generator.js';
import type { StyleEncoder } from '../models/styleEncoder.js';
import type { InversionSettings } from './inversionSettings.js';
import type { LatentDomain } from './latentDomain.js';

/** A distance of pictures other than that of their pixels. */
export interface PerceptualLoss {
  /** What a report calls it: "features of the bundled predictor", "LPIPS (vgg16)". */
  readonly name: string;
  /** Pixels a side of the only pictures it takes; null for any, and it is then shown at most 256². */
  readonly resolution: number | null;
  /** Pictures [N, imgChannels, R, R] in −1…1 and their targets, likewise → distances [N]. */
  distance(picture: Tensor, target: Tensor): Tensor;
}

/** What a run needs besides an engine. */
export interface InversionRequest {
  /** Names the GPU objects. */
  readonly label: string;
  readonly generator: Generator;
  /** What to invert, each [imgChannels, resolution, resolution] in −1…1, as `targetPicture` makes it. */
  readonly pictures: readonly Float32Array[];
  readonly settings: InversionSettings;
  readonly perceptual: PerceptualLoss | null;
  /** The model's own w: where starts begin and how strong latent noise is. `latentDomainOf` makes it. */
  readonly domain: LatentDomain;
  /** The model's own encoder, for settings that start from it; null where there is none. */
  readonly encoder: StyleEncoder | null;
}
