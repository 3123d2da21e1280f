import { LitElement, css, html, nothing } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { LayerSummary } from '../../workbench/api.js';
import { formatLayerRange, parseLayerRange } from '../../latent/layerRange.js';
import { shared } from '../style/shared.js';
import { styleProperties } from '../style/styleProperties.js';
import { GestureEvent, type GesturePhase } from './gestureEvent.js';

/** A painted range: `commit` when the stroke ends. */
export class LayersEvent extends GestureEvent {
  constructor(
    readonly layers: string,
    phase: GesturePhase,
  ) {
    super('layers', phase);
  }
}

interface Preset {
  readonly name: string;
  readonly title: string;
  readonly holds: (resolution: number) => boolean;
}

/** The three bands of the StyleGAN papers: pose and shape, features, colour and fine structure. */
const presets: readonly Preset[] = [
  { name: 'All', title: 'Every layer', holds: () => true },
  { name: 'Coarse', title: '4 and 8 px: pose, shape of the head, glasses', holds: (resolution) => resolution <= 8 },
  {
    name: 'Middle',
    title: '16 and 32 px: features of the face, hair',
    holds: (resolution) => resolution >= 16 && resolution <= 32,
  },
  { name: 'Fine', title: '64 px and up: colours and fine structure', holds: (resolution) => resolution >= 64 },
];

/** One cell a layer of W+. Drag paints or wipes; arrows move, Space switches, Shift with arrows paints on. */
export class LayerStrip extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
      }
      .cells {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(24px, 1fr));
        gap: 2px;
        touch-action: none;
        user-select: none;
      }
      .cell {
        position: relative;
        overflow: hidden;
        height: 28px;
        min-width: 0;
        padding: 0;
        border: 1px solid var(--_line);
        border-radius: 4px;
        background: none;
        color: var(--_muted);
        font-size: 12px;
        line-height: 1;
        cursor: crosshair;
        transition: background-color var(--_motion);
      }
      .cell[aria-checked='true'] {
        border-color: transparent;
        background: var(--_accent);
        color: var(--_on-accent);
      }
      .cell:hover {
        border-color: var(--_accent);
      }
      .heat {
        position: absolute;
        inset: auto auto 0 0;
        height: 4px;
        background: var(--_star);
      }
      .presets {
        display: flex;
        flex-wrap: wrap;
        gap: 2px;
        margin: 4px -8px 0;
        align-items: center;
      }
      .presets .button {
        padding: 0 8px;
        height: 24px;
        min-width: 0;
        font-size: 12px;
        color: var(--_muted);
      }
      .presets .button[aria-pressed='true'] {
        color: var(--_accent);
        font-weight: 600;
      }
      .range {
        margin-left: auto;
        padding-right: 8px;
      }
      @media (pointer: coarse) {
        .cell {
          height: 40px;
        }
        .presets .button {
          height: 36px;
          padding: 0 10px;
        }
      }
      @media (forced-colors: active) {
        .cell[aria-checked='true'] {
          background: Highlight;
          color: HighlightText;
          forced-color-adjust: none;
        }
      }
    `,
  ];

  @property({ attribute: false }) layers: readonly LayerSummary[] = [];
  /** "0-3,7" or "all". */
  @property() value = 'all';
  @property() label = 'Layers';
  /** How much of a direction each layer carries, 0…1 of the strongest; empty while nobody knows. */
  @property({ attribute: false }) scores: readonly number[] = [];
  /** Cells as painted, while they differ from `value`. */
  @state() private stroke: ReadonlySet<number> | null = null;
  @state() private active = 0;
  private painting: boolean | null = null;
  /** Whether the stroke has been seen, so that returning to its start still commits. */
  private previewed = false;
  private gesture = 0;

  protected override render(): unknown {
    const on = this.selected;
    const ranges = this.presetRanges();
    const current = this.text(on);
    return html`
      <div
        class="cells"
        role="group"
        aria-label=${this.label}
        @pointermove=${this.onPointerMove}
        @pointerup=${this.endStroke}
        @pointercancel=${this.cancelStroke}
      >
        ${this.layers.map(
          (layer) => html`
            <button
              type="button"
              class="cell"
              role="checkbox"
              aria-checked=${on.has(layer.index)}
              aria-label=${`Layer ${layer.index}, ${layer.resolution} px`}
              title=${`Layer ${layer.index}: ${layer.names.join(', ')}`}
              tabindex=${layer.index === this.active ? 0 : -1}
              data-layer=${layer.index}
              @pointerdown=${this.onPointerDown}
              @click=${this.onClick}
              @focus=${() => (this.active = layer.index)}
              @keydown=${this.onKeyDown}
            >
              ${layer.resolution}${this.renderHeat(layer.index)}
            </button>
          `,
        )}
      </div>
      <div class="presets" role="group" aria-label="Presets">
        ${ranges.map(
          ({ preset, range }) =>
            html`<button
              type="button"
              class="button"
              title=${preset.title}
              aria-pressed=${range === current}
              @click=${() => this.choose(range)}
            >
              ${preset.name}
            </button>`,
        )}
        <span class="range small muted">${current === 'all' ? `all ${this.layers.length}` : current}</span>
      </div>
    `;
  }

  private renderHeat(layer: number): unknown {
    const score = this.scores[layer];
    if (score === undefined) return nothing;
    return html`<span class="heat" ${styleProperties({ width: `${Math.max(0, score) * 100}%` })}></span>`;
  }

  private get selected(): ReadonlySet<number> {
    if (this.stroke !== null) return this.stroke;
    try {
      return new Set(parseLayerRange(this.value, this.layers.length));
    } catch {
      return new Set();
    }
  }

  private text(layers: ReadonlySet<number>): string {
    return layers.size === 0 ? 'none' : formatLayerRange([...layers], this.layers.length);
  }

  private presetRanges(): { preset: Preset; range: string }[] {
    return presets.flatMap((preset) => {
      const layers = this.layers.filter((layer) => preset.holds(layer.resolution)).map((layer) => layer.index);
      return layers.length === 0 ? [] : [{ preset, range: formatLayerRange(layers, this.layers.length) }];
    });
  }

  private choose(range: string): void {
    this.stroke = new Set(parseLayerRange(range, this.layers.length));
    this.send(range, 'commit');
  }

  private onPointerDown(event: PointerEvent & { currentTarget: HTMLElement }): void {
    if (event.button !== 0) return;
    const layer = Number(event.currentTarget.dataset['layer']);
    this.painting = !this.selected.has(layer);
    event.currentTarget.parentElement?.setPointerCapture(event.pointerId);
    this.paint(layer, this.painting);
  }

  private onPointerMove(event: PointerEvent): void {
    if (this.painting === null) return;
    const cell = this.shadowRoot?.elementFromPoint(event.clientX, event.clientY);
    if (cell instanceof HTMLElement && cell.dataset['layer'] !== undefined) {
      this.paint(Number(cell.dataset['layer']), this.painting);
    }
  }

  private endStroke(): void {
    if (this.painting === null) return;
    this.painting = null;
    this.send(this.text(this.selected), 'commit');
  }

  private cancelStroke(): void {
    if (this.painting === null) return;
    this.painting = null;
    this.stroke = null;
    this.send(this.value, 'commit');
  }

  /** Pointers paint through pointer events; a click without one comes from the keyboard or assistive technology. */
  private onClick(event: PointerEvent & { currentTarget: HTMLElement }): void {
    if (event.detail > 0) return;
    const layer = Number(event.currentTarget.dataset['layer']);
    this.paint(layer, !this.selected.has(layer));
    this.painting = true;
    this.endStroke();
  }

  private onKeyDown(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    const edge = { Home: 0, End: this.layers.length - 1 }[event.key];
    if (step === undefined && edge === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const from = this.active;
    const to = Math.min(this.layers.length - 1, Math.max(0, edge ?? from + (step ?? 0)));
    if (event.shiftKey) {
      const on = this.selected.has(from);
      for (let layer = Math.min(from, to); layer <= Math.max(from, to); layer++) this.paint(layer, on);
      this.painting = true;
      this.endStroke();
    }
    this.active = to;
    void this.updateComplete.then(() => this.shadowRoot?.querySelector<HTMLElement>(`[data-layer="${to}"]`)?.focus());
  }

  /** A direction acts on at least one layer, so the last cell stays. */
  private paint(layer: number, on: boolean): void {
    const next = new Set(this.selected);
    if (on) next.add(layer);
    else next.delete(layer);
    if (next.size === 0) return;
    const before = this.text(this.selected);
    this.stroke = next;
    const text = this.text(next);
    if (text !== before) this.send(text, 'preview');
  }

  private send(layers: string, phase: GesturePhase): void {
    if (layers === 'none') return;
    const gesture = ++this.gesture;
    const changed = phase === 'preview' || layers !== this.value || this.previewed;
    this.previewed = phase === 'preview';
    const event = new LayersEvent(layers, phase);
    if (changed) this.dispatchEvent(event);
    if (phase === 'preview') return;
    void event.settled.finally(() => {
      if (gesture === this.gesture) this.stroke = null;
    });
  }
}
