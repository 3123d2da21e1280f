import { Comparison } from './comparison.js';
import { CropBox } from './cropBox.js';
import { DomainScale } from './domainScale.js';
import { InversionSettings } from './inversionSettings.js';
import { InvertPanel } from './invertPanel.js';
import { LossChart } from './lossChart.js';
import { PictureChooser } from './pictureChooser.js';
import type { Parts } from './defineParts.js';

/** What the Invert panel is made of. */
export const parts: Parts = {
  'ganvas-comparison': Comparison,
  'ganvas-crop-box': CropBox,
  'ganvas-domain-scale': DomainScale,
  'ganvas-inversion-settings': InversionSettings,
  'ganvas-invert-panel': InvertPanel,
  'ganvas-loss-chart': LossChart,
  'ganvas-picture-chooser': PictureChooser,
};
