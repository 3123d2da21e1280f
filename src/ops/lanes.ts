const mostLanes = 64;

/**
 * Lanes of a workgroup whose work is split into `count` parts and no other: as many as there are parts, in powers of two,
 * at most 64. On small maps, idle lanes would be most of them, and spreading output channels over them would cost the
 * shared addresses of weights.
 */
export function lanesFor(count: number): number {
  return Math.min(mostLanes, 2 ** Math.ceil(Math.log2(count)));
}
