import type { Crop, InversionStatus, PictureSummary } from '../../workbench/inversionApi.js';
import type { Pixels } from '../../workbench/pixels.js';

/** What the parts draw of pictures and their inversion: replaced, never changed. */
export interface InversionView {
  readonly picture: PictureSummary | null;
  /** Inside the picture; null without one. */
  readonly crop: Crop | null;
  /** A picture is being decoded. */
  readonly opening: boolean;
  readonly status: InversionStatus | null;
  /** What the inversion comes close to; null without one. */
  readonly target: Pixels | null;
  /** The target lies over the stage. */
  readonly comparing: boolean;
}

export const emptyInversion: InversionView = {
  picture: null,
  crop: null,
  opening: false,
  status: null,
  target: null,
  comparing: false,
};

/** True while steps are being made, or about to be. */
export function isUnderWay(status: InversionStatus | null): status is InversionStatus {
  return status !== null && (status.phase === 'running' || status.phase === 'preparing');
}
