/** Names of a StyleGAN2 generator's layers: `b8.conv0` and its place, in any project's naming. */

/** A layer of a block, by the number of doublings before it: 0 is b4. */
export interface LayerPlace {
  readonly block: number;
  readonly layer: 'conv0' | 'conv1' | 'torgb' | 'img' | 'const';
  /** What of the layer: `affine`, `conv`, or `''` for its output. */
  readonly part: string;
}

/** Where a tap of the synthesis lies; null for others. */
export function placeOf(tap: string): LayerPlace | null {
  const match = /^synthesis\.b(\d+)\.(conv0|conv1|torgb|img|const)(?:\.(\w+))?$/.exec(tap);
  if (match === null) return null;
  const [, size = '', layer = '', part = ''] = match;
  return { block: Math.log2(Number(size)) - 2, layer: layer as LayerPlace['layer'], part };
}
