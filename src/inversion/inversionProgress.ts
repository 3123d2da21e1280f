import type { InversionSettings } from './inversionSettings.js';

/** The best that one picture's starts have reached. Plain data: it survives a structured clone. */
export interface InversionBest {
  /** Which of the picture's starts it is, from 0. */
  readonly start: number;
  /** Updates that the latents had seen. */
  readonly step: number;
  readonly loss: number;
  /** Decibels, of pictures in −1…1: 10·log10(4 / mean squared difference). */
  readonly psnr: number;
  /** In the space of the run, whatever its coordinates: z [zDim], w [wDim] or w+ [numWs, wDim]. */
  readonly latents: Float32Array<ArrayBuffer>;
  /** The same as w: [wDim], or [numWs, wDim] in w+. */
  readonly w: Float32Array<ArrayBuffer>;
}

/** A point of the loss chart: the numbers of the start that is best at that step, for each picture. */
export interface InversionPoint {
  readonly step: number;
  readonly loss: readonly number[];
  readonly psnr: readonly number[];
}

/** Sent every `reportEvery` steps, when the loss and the latents are read. */
export interface InversionReport {
  /** Steps done, of `steps`. */
  readonly step: number;
  readonly steps: number;
  /** Loss of every start of every picture, picture by picture; NaN for a start that has diverged. */
  readonly losses: readonly number[];
  /** One for each picture. */
  readonly best: readonly InversionBest[];
  /** Pictures that have got better since the last report. */
  readonly improved: readonly boolean[];
  /** Mean over this run since it was started or resumed. */
  readonly secondsPerStep: number;
}

/**
 * A run on the CPU side, from which `Inversion.resume` continues exactly: plain data, for `structuredClone`,
 * `postMessage` and IndexedDB.
 */
export interface InversionState {
  readonly version: 1;
  readonly settings: InversionSettings;
  /** `name` of the perceptual loss it was started with, or null; a resume must bring the same. */
  readonly perceptual: string | null;
  /** Pictures that are inverted at a time. */
  readonly pictures: number;
  /** Steps done. */
  readonly step: number;
  /** The optimised tensors and Adam's moments, by the names of the program's inputs. */
  readonly tensors: Readonly<Record<string, Float32Array<ArrayBuffer>>>;
  readonly best: readonly InversionBest[];
  readonly curve: readonly InversionPoint[];
}

/** Why `run` came back: all steps done, or `pause` was called (call `run` again to go on). */
export type InversionOutcome = 'finished' | 'paused';
