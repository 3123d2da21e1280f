import { Comparison } from './comparison.js';
import { CropBox } from './cropBox.js';
import { DirectionRow } from './directionRow.js';
import { DirectionsPanel } from './directionsPanel.js';
import { DomainScale } from './domainScale.js';
import { EditRow } from './editRow.js';
import { EditStack } from './editStack.js';
import { ExplorePanel } from './explorePanel.js';
import { Fallback } from './fallback.js';
import { Filmstrip } from './filmstrip.js';
import { InversionSettings } from './inversionSettings.js';
import { InvertPanel } from './invertPanel.js';
import { LatentPanel } from './latentPanel.js';
import { LayerStrip } from './layerStrip.js';
import { LossChart } from './lossChart.js';
import { Menu } from './menu.js';
import { NumberField } from './numberField.js';
import { Picture } from './picture.js';
import { PictureChooser } from './pictureChooser.js';
import { ProblemBanner } from './problemBanner.js';
import { SefaCard } from './sefaCard.js';
import { ShortcutSheet } from './shortcutSheet.js';
import { Slider } from './slider.js';
import { Stage } from './stage.js';
import { StatusLine } from './statusLine.js';
import { Thumbnail } from './thumbnail.js';
import { TopBar } from './topBar.js';

const parts: Readonly<Record<string, CustomElementConstructor>> = {
  'ganvas-comparison': Comparison,
  'ganvas-crop-box': CropBox,
  'ganvas-direction-row': DirectionRow,
  'ganvas-directions-panel': DirectionsPanel,
  'ganvas-domain-scale': DomainScale,
  'ganvas-edit-row': EditRow,
  'ganvas-edit-stack': EditStack,
  'ganvas-explore-panel': ExplorePanel,
  'ganvas-fallback': Fallback,
  'ganvas-filmstrip': Filmstrip,
  'ganvas-inversion-settings': InversionSettings,
  'ganvas-invert-panel': InvertPanel,
  'ganvas-latent-panel': LatentPanel,
  'ganvas-layer-strip': LayerStrip,
  'ganvas-loss-chart': LossChart,
  'ganvas-menu': Menu,
  'ganvas-number-field': NumberField,
  'ganvas-picture': Picture,
  'ganvas-picture-chooser': PictureChooser,
  'ganvas-problem-banner': ProblemBanner,
  'ganvas-sefa-card': SefaCard,
  'ganvas-shortcut-sheet': ShortcutSheet,
  'ganvas-slider': Slider,
  'ganvas-stage': Stage,
  'ganvas-status-line': StatusLine,
  'ganvas-thumbnail': Thumbnail,
  'ganvas-top-bar': TopBar,
};

/** Registers what the editor is made of, when the first editor comes to life: importing alone registers nothing. */
export function registerParts(): void {
  for (const [name, part] of Object.entries(parts)) if (!customElements.get(name)) customElements.define(name, part);
}
