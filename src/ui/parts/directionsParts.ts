import { DirectionRow } from './directionRow.js';
import { DirectionsPanel } from './directionsPanel.js';
import { SefaCard } from './sefaCard.js';
import type { Parts } from './defineParts.js';

/** What the Directions panel is made of. */
export const parts: Parts = {
  'ganvas-direction-row': DirectionRow,
  'ganvas-directions-panel': DirectionsPanel,
  'ganvas-sefa-card': SefaCard,
};
