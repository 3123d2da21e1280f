import type { Parts } from './defineParts.js';
import { JobLine } from './jobLine.js';
import { MeasurePanel } from './measurePanel.js';

/** What the Measure panel is made of. */
export const parts: Parts = {
  'ganvas-job-line': JobLine,
  'ganvas-measure-panel': MeasurePanel,
};
