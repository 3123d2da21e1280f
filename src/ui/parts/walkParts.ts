import { ArithmeticCard } from './arithmeticCard.js';
import type { Parts } from './defineParts.js';
import { LayerStrip } from './layerStrip.js';
import { MixCard } from './mixCard.js';
import { SeedPad } from './seedPad.js';
import { WalkCard } from './walkCard.js';
import { WalkPanel } from './walkPanel.js';

/** What the Walk panel is made of. */
export const parts: Parts = {
  'ganvas-layer-strip': LayerStrip,
  'ganvas-seed-pad': SeedPad,
  'ganvas-walk-card': WalkCard,
  'ganvas-mix-card': MixCard,
  'ganvas-arithmetic-card': ArithmeticCard,
  'ganvas-walk-panel': WalkPanel,
};
