import type { InversionMethod, InversionSpace } from '../inversion/inversionSettings.js';
import type { DomainGauge } from '../inversion/latentDomain.js';
import type { Crop } from '../inversion/targetPicture.js';
import type { Pixels } from './pixels.js';
import type { SerializedError } from './serializedError.js';

export type { InversionMethod, InversionSpace } from '../inversion/inversionSettings.js';
export type { DomainGauge } from '../inversion/latentDomain.js';
export type { Crop } from '../inversion/targetPicture.js';

/** A picture the user brought, upright. Its pixels stay with the workbench. */
export interface PictureSummary {
  readonly name: string;
  /** Pixels, after the orientation that the file states has been applied. */
  readonly width: number;
  readonly height: number;
  /** The whole picture, at most 512 pixels a side. */
  readonly preview: Pixels;
}

/** How far a result is from its target may be measured by the pixels alone, or also by a network's features. */
export interface LossSummary {
  /** "pixels", or what network it is. */
  readonly id: string;
  /** "Pixels", "Features of the bundled predictor", "LPIPS (vgg16)". */
  readonly name: string;
}

/** What the user chooses for an inversion. */
export interface InversionChoices {
  readonly space: InversionSpace;
  readonly method: InversionMethod;
  readonly steps: number;
  readonly starts: number;
  /** `id` of one of the available losses. */
  readonly loss: string;
}

/** A point of the loss chart: the best start at that step. */
export interface CurvePoint {
  readonly step: number;
  readonly loss: number;
  /** Decibels. */
  readonly psnr: number;
}

/**
 * `preparing` compiles; `stored` was found in the browser's storage after a reload and can be resumed or taken;
 * `failed` has stopped by itself (`error` says why) and keeps the best so far.
 */
export type InversionPhase = 'preparing' | 'running' | 'paused' | 'stored' | 'finished' | 'cancelled' | 'failed';

/** All that is to be known of the inversion at hand, sent whenever something of it changes. */
export interface InversionStatus {
  readonly phase: InversionPhase;
  /** The picture's name. */
  readonly name: string;
  readonly choices: InversionChoices;
  /** Steps done. */
  readonly step: number;
  readonly curve: readonly CurvePoint[];
  readonly best: CurvePoint | null;
  /** The best so far, at most 128 pixels a side; null before the first report. */
  readonly result: Pixels | null;
  readonly secondsLeft: number | null;
  /** Where the best so far lies among the model's own; null before the first report. */
  readonly gauge: DomainGauge | null;
  /** True while the stage shows the inversion's picture instead of the recipe's. */
  readonly onStage: boolean;
  /** True once the best so far has become the recipe's latent. */
  readonly taken: boolean;
  readonly error: SerializedError | null;
}

/** Inverting a picture: one job at a time. Part of `WorkbenchApi`. */
export interface InversionApi {
  /**
   * Decodes a picture, upright and in sRGB, and keeps it for `startInversion`; nothing is sent anywhere.
   * @throws GanvasError `picture-undecodable`, `picture-too-small` (under 8 pixels a side), `picture-too-large`
   */
  openPicture(picture: Blob, name: string): Promise<PictureSummary>;
  /** Forgets the picture, the job and what the browser's storage keeps of it. */
  closePicture(): Promise<void>;
  /**
   * Offers the features of a network as a loss: the bundled predictor, or a torchvision VGG16, AlexNet or SqueezeNet, then
   * with the LPIPS heads. They show up in `WorkbenchState.losses`.
   * @throws GanvasError of the readers, or when the network or its heads are not recognised
   */
  openFeatures(network: Blob, heads: Blob | null): Promise<LossSummary>;
  /**
   * Takes the open model's style encoder: inversions by our own method in w+ start where it takes the picture.
   * @throws GanvasError `no-model`, `encoder-missing-in-file`, `encoder-mismatch`; those of the readers
   */
  openEncoder(network: Blob): Promise<void>;
  /**
   * Begins to invert the picture and resolves when steps are under way. The stage shows the best so far until the recipe is
   * changed or the job ends; a job that ends on the stage has its result taken, as by `takeInversion`.
   * @throws GanvasError `no-picture`, `no-model`, `crop-outside`, `inversion-busy`, `invalid-inversion`, or one of compiling
   */
  startInversion(choices: InversionChoices, crop: Crop): Promise<void>;
  /** Resolves when the steps under way are done; nothing happens unless a job runs. */
  pauseInversion(): Promise<void>;
  /** Goes on with a paused or stored job and gives it the stage. */
  resumeInversion(): Promise<void>;
  /** Ends the job; the best so far stays and can be taken. */
  cancelInversion(): Promise<void>;
  /** Makes the best so far the recipe's latent, with psi 1 and the edits kept, muted: one undo step. */
  takeInversion(): Promise<void>;
  /** What the job comes close to: the cropped picture at the model's resolution; null without a job. */
  inversionTarget(): Promise<Pixels | null>;
}
