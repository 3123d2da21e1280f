import type { Shape } from '../engine/shape.js';
import type { Generator } from '../models/generator.js';
import type { Weights } from '../models/weights.js';
import type { StoredNetwork, StoredTensor } from './checkpoint.js';

/** Metadata of a converted file: what the tensors do not determine, as JSON. */
export const generatorMetadataKey = 'ganvas-generator';

/** Under this key of a checkpoint's metadata is the text of the `layers.json` that describes it. */
export const layersFileKey = 'ganvas-layers';

/** A generator as its weights describe it, before any of them is read. */
export interface GeneratorDescription {
  /** The configuration as plain values, for people to read. */
  readonly config: Readonly<Record<string, string | number | boolean | null>>;
  /** Every tensor that the generator needs, by its name in `network`, with the shape it must have. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** The tensors under the names that the generator reads: the file's own, or a translation (`translateNetwork`). */
  readonly network: StoredNetwork;
  /** What a converted file must state beside the tensors to make the same pictures. */
  readonly metadata: Readonly<Record<string, string>>;
  /**
   * What was said of the network beside its tensors and changes its pictures: part of the model's hash. The same text for
   * a converted file. Left out where the tensors, or the defaults of their family, say it all.
   */
  readonly hashedText?: string;
  /** What was recognised and why, in sentences. */
  readonly notes: readonly string[];
  readonly build: (weights: Weights) => Generator;
}

/** How the generators of one project are stored: one row of `generatorFamilies.ts`. */
export interface GeneratorFamilyReader {
  /** As it reads in a sentence: "a StyleGAN2 generator of rosinality’s code". */
  readonly title: string;
  /** Looks at names and shapes only; the name of the file is never known. */
  readonly recognises: (network: StoredNetwork) => boolean;
  /**
   * Reads sizes off the shapes and settings off module attributes or `metadata`.
   * @param beside tensors that the file keeps beside its networks, such as rosinality's `latent_avg`
   * @throws GanvasError `unsupported-architecture`, `weights-missing` or `weights-shape`, naming the tensor
   */
  readonly describe: (
    network: StoredNetwork,
    metadata: Readonly<Record<string, string>>,
    beside: ReadonlyMap<string, StoredTensor>,
  ) => GeneratorDescription;
}
