/** A model that is timed. */
export interface BenchModel {
  readonly name: string;
  /** Content of the checkpoint. */
  readonly bytes: Uint8Array;
}
