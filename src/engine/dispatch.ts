/** A dispatch ready to be replayed. */
export interface Dispatch {
  readonly label: string;
  readonly kernel: string;
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly workgroups: readonly [number, number, number];
  readonly flops: number;
  /** Bytes of all bindings, each once. */
  readonly bytes: number;
}
