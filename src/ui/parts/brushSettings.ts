import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { EditorSession } from '../session/editorSession.js';
import type { Brush } from '../session/unitsView.js';
import { emptyView, type EditorView } from '../session/view.js';
import { panel } from '../style/panel.js';
import { shared } from '../style/shared.js';
import { shortLayer } from '../unitWords.js';

type Mode = 'off' | Brush['mode'];

/** Units of a stroke that ganpaint offers. */
const unitCounts = [4, 10, 15] as const;
/** Radii as shares of the picture. */
const radii = { small: 0.04, medium: 0.08, large: 0.16 } as const;

/** What the pointer does on the picture: move it, draw or erase a part, or ask which units are at work there. */
export class BrushSettings extends LitElement {
  static override styles = [
    shared,
    panel,
    css`
      :host {
        display: block;
        border-top: 1px solid var(--_line);
      }
      .segmented {
        display: flex;
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) view: EditorView = emptyView;
  @property() concept = '';
  /** '' lets the part decide. */
  @property() layer = '';
  @state() private mode: Mode = 'off';
  @state() private units: number = unitCounts[1];
  @state() private size: keyof typeof radii = 'medium';

  /** A brush in the hand follows what is chosen. */
  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('view') && this.view.units.brush === null) this.mode = 'off';
    if (this.mode !== 'off' && (changed.has('concept') || changed.has('layer'))) this.take(this.mode);
  }

  protected override render(): unknown {
    const canPaint = (this.view.dissection?.result ?? null) !== null && this.concept !== '';
    const region = this.regionLayer;
    return html`<section aria-label="Brush">
      <div class="segmented" role="radiogroup" aria-label="Brush">
        ${this.renderMode('off', 'None', true)} ${this.renderMode('draw', 'Draw', canPaint)}
        ${this.renderMode('erase', 'Erase', canPaint)} ${this.renderMode('region', 'Ask', region !== null)}
      </div>
      <p class="small muted">${this.advice(canPaint)}</p>
      ${this.mode === 'off' ? nothing : this.renderSettings()}
    </section>`;
  }

  private renderMode(mode: Mode, name: string, enabled: boolean): unknown {
    return html`<label
      ><input
        type="radio"
        name="mode"
        value=${mode}
        .checked=${this.mode === mode}
        ?disabled=${!enabled}
        @change=${() => this.take(mode)}
      /><span>${name}</span></label
    >`;
  }

  private renderSettings(): unknown {
    return html`<label class="row">
        <span>Size</span>
        <select
          @change=${(event: Event & { currentTarget: HTMLSelectElement }) => {
            const { value } = event.currentTarget;
            this.size = value === 'small' || value === 'large' ? value : 'medium';
            this.take(this.mode);
          }}
        >
          ${Object.keys(radii).map((size) => html`<option value=${size} ?selected=${size === this.size}>${size}</option>`)}
        </select>
      </label>
      ${
        this.mode === 'region'
          ? nothing
          : html`<label class="row">
              <span>Units a stroke</span>
              <select
                @change=${(event: Event & { currentTarget: HTMLSelectElement }) => {
                  this.units = Number(event.currentTarget.value);
                  this.take(this.mode);
                }}
              >
                ${unitCounts.map((count) => html`<option value=${count} ?selected=${count === this.units}>${count}</option>`)}
              </select>
            </label>`
      }`;
  }

  private advice(canPaint: boolean): string {
    if (this.mode === 'region') {
      const layer = this.regionLayer;
      return `Brush over something, such as a flaw: the units of ${layer === null ? 'the layer' : shortLayer(layer)} that are at work there are listed, and can be switched off.`;
    }
    if (!canPaint) return 'Dissect first: then parts of the picture can be drawn and erased with a brush.';
    if (this.mode === 'off') return `Take a brush to draw or erase ${this.concept} on the picture.`;
    return `Brush on the picture to ${this.mode} ${this.concept}. With the keyboard: arrows move the brush, Enter presses it.`;
  }

  private take(mode: Mode): void {
    this.mode = mode;
    const { concept, units } = this;
    const radius = radii[this.size];
    const layer = this.regionLayer;
    if (mode === 'off') this.session?.units.take(null);
    else if (mode === 'region') this.session?.units.take(layer === null ? null : { mode, layer, radius });
    else this.session?.units.take({ mode, concept, units, layer: this.layer === '' ? null : this.layer, radius });
  }

  /** The chosen layer, else one in the middle, where units are parts rather than edges. */
  private get regionLayer(): string | null {
    if (this.layer !== '') return this.layer;
    const { layers } = this.view.units;
    return layers[Math.floor(layers.length / 2)]?.name ?? null;
  }
}
