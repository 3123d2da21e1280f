import { Brush } from './brush.js';
import { BrushSettings } from './brushSettings.js';
import type { Parts } from './defineParts.js';
import { JobLine } from './jobLine.js';
import { UnitGallery } from './unitGallery.js';
import { UnitsPanel } from './unitsPanel.js';

/** What the Units panel is made of, and the brush that it lays over the stage. */
export const parts: Parts = {
  'ganvas-brush': Brush,
  'ganvas-brush-settings': BrushSettings,
  'ganvas-job-line': JobLine,
  'ganvas-unit-gallery': UnitGallery,
  'ganvas-units-panel': UnitsPanel,
};
