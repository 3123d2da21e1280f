/**
 * Lanes of a workgroup whose work is split into `count` parts and no other. On small maps, idle lanes would be most of 64,
 * and spreading output channels over them would cost the shared addresses of weights. Three sizes and no more: each is a
 * pipeline, which takes as long to compile as some hundred runs.
 */
export function lanesFor(count: number): 8 | 16 | 64 {
  if (count <= 8) return 8;
  return count < 64 ? 16 : 64;
}
