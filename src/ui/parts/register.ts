import { defineParts, type Parts } from './defineParts.js';
import { EditRow } from './editRow.js';
import { EffectBars } from './effectBars.js';
import { EditStack } from './editStack.js';
import { ExplorePanel } from './explorePanel.js';
import { Fallback } from './fallback.js';
import { Filmstrip } from './filmstrip.js';
import { LatentPanel } from './latentPanel.js';
import { LayerStrip } from './layerStrip.js';
import { Menu } from './menu.js';
import { NumberField } from './numberField.js';
import { Picture } from './picture.js';
import { ProblemBanner } from './problemBanner.js';
import { ShortcutSheet } from './shortcutSheet.js';
import { Slider } from './slider.js';
import { Stage } from './stage.js';
import { StatusLine } from './statusLine.js';
import { Thumbnail } from './thumbnail.js';
import { TopBar } from './topBar.js';

const parts: Parts = {
  'ganvas-edit-row': EditRow,
  'ganvas-edit-stack': EditStack,
  'ganvas-effect-bars': EffectBars,
  'ganvas-explore-panel': ExplorePanel,
  'ganvas-fallback': Fallback,
  'ganvas-filmstrip': Filmstrip,
  'ganvas-latent-panel': LatentPanel,
  'ganvas-layer-strip': LayerStrip,
  'ganvas-menu': Menu,
  'ganvas-number-field': NumberField,
  'ganvas-picture': Picture,
  'ganvas-problem-banner': ProblemBanner,
  'ganvas-shortcut-sheet': ShortcutSheet,
  'ganvas-slider': Slider,
  'ganvas-stage': Stage,
  'ganvas-status-line': StatusLine,
  'ganvas-thumbnail': Thumbnail,
  'ganvas-top-bar': TopBar,
};

/** Registers what every editor shows, when the first one comes to life: importing alone registers nothing. */
export function registerParts(): void {
  defineParts(parts);
}
