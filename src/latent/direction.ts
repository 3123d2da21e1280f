/** Latent spaces in which a direction can live. `s`, `noise`, `units` and `theta` join as their methods land. */
export type LatentSpace = 'z' | 'w' | 'w+';

/** How a direction came to be: enough to compute it again on the same model. */
export interface Provenance {
  readonly method: string;
  readonly parameters: Readonly<Record<string, string | number>>;
  /** `modelHash` of the generator it was found on; null when unknown (an imported `.npy`). */
  readonly modelHash: string | null;
}

/**
 * A way to move through a latent space.
 * `vectors` is row-major: one row of `dim` for `z` and `w` (the same shift at every layer of `layers`),
 * one row a layer of `layers` for `w+`.
 */
export interface Direction {
  readonly name: string;
  readonly space: LatentSpace;
  /** Indices into W+ (0-based) that the direction acts on by default; empty for `z`. */
  readonly layers: readonly number[];
  readonly dim: number;
  readonly vectors: Float32Array;
  /** What strength 1 means, as shown to people: "σ of w along the direction", "unit length". */
  readonly unit: string;
  readonly provenance: Provenance;
  /** Method's own figures: eigenvalue, explained variance, accuracy … */
  readonly statistics: Readonly<Record<string, number>>;
}
