import type { RecognisedGenerator } from '../../../src/checkpoints/recognise.js';
import type { Tensor } from '../../../src/engine/tensor.js';
import type { Generator, NoiseSource } from '../../../src/models/generator.js';
import type { Golden, GoldenCase, Manifest } from '../goldenCase.js';

/** Inputs of a traced run by name. */
export type Named = Readonly<Record<string, Tensor>>;

/** One run of a generator, as the stored results were made. */
export interface GoldenRun {
  readonly generator: Generator;
  /** `z`, `psi`, and where the run has them `c`, `statistics`, `transform` and whatever `ws` below reads. */
  readonly inputs: ReadonlyMap<string, Golden>;
  readonly noise: NoiseSource;
  /** W+ of runs that do not simply truncate the mapped z, such as style mixing. */
  readonly ws?: (generator: Generator, given: Named) => Tensor;
}

/** A case with its io file read and its generator recognised. */
export interface OpenedCase {
  readonly golden: GoldenCase;
  readonly io: ReadonlyMap<string, Golden>;
  readonly recognised: RecognisedGenerator;
}

/** How the fixtures of one reference project name and set things. */
export interface GoldenForm {
  readonly title: string;
  readonly matches: (manifest: Manifest) => boolean;
  /** What W+ is called in `out.…`, `grad.…` and `hvp.…`; `z` for families whose second derivative is of z. */
  readonly latent: 'ws' | 'wp' | 'z';
  /** The stored run (null), or one of `config.alternatives` over it; throws for a setting that it does not know. */
  readonly run: (opened: OpenedCase, alternative: unknown) => GoldenRun;
  /** `mid.<this>` is the reference's name for what the generator hands to `tap`; null for what it does not store. */
  readonly midName: (tap: string) => string | null;
  /** The name that the generator reads a noise map or parameter under, from the reference's; by origin when left out. */
  readonly weightName?: (reference: string, recognised: RecognisedGenerator) => string;
}
