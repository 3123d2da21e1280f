import type { FeatureLayer, PaintStroke, UnitAgreement } from '../../workbench/dissectionApi.js';

/** What a stroke on the picture does; `region` asks which units agree with it. */
export type Brush =
  | (Pick<PaintStroke, 'concept' | 'layer' | 'mode' | 'units'> & { readonly radius: number })
  | { readonly mode: 'region'; readonly layer: string; readonly radius: number };

/** What the parts draw of units: replaced, never changed. */
export interface UnitsView {
  readonly layers: readonly FeatureLayer[];
  /** Names of the open segmenter's parts. */
  readonly parts: readonly string[];
  /** Null while the pointer moves the picture. */
  readonly brush: Brush | null;
  /** Units that agree with the region that was brushed last. */
  readonly region: readonly UnitAgreement[] | null;
}

export const emptyUnits: UnitsView = { layers: [], parts: [], brush: null, region: null };
