import { AttributeCard } from './attributeCard.js';
import { CosineMatrix } from './cosineMatrix.js';
import { DirectionRow } from './directionRow.js';
import { DirectionsPanel } from './directionsPanel.js';
import { GanspaceCard } from './ganspaceCard.js';
import { JobLine } from './jobLine.js';
import { LayerHeat } from './layerHeat.js';
import { SefaCard } from './sefaCard.js';
import { TeachCard } from './teachCard.js';
import type { Parts } from './defineParts.js';

/** What the Directions panel is made of. */
export const parts: Parts = {
  'ganvas-attribute-card': AttributeCard,
  'ganvas-cosine-matrix': CosineMatrix,
  'ganvas-direction-row': DirectionRow,
  'ganvas-directions-panel': DirectionsPanel,
  'ganvas-ganspace-card': GanspaceCard,
  'ganvas-job-line': JobLine,
  'ganvas-layer-heat': LayerHeat,
  'ganvas-sefa-card': SefaCard,
  'ganvas-teach-card': TeachCard,
};
