import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { Pixels } from '../../workbench/api.js';
import type { UnitAgreement, UnitChoice } from '../../workbench/dissectionApi.js';
import { formatPercent, formatSigned } from '../format.js';
import type { EditorSession } from '../session/editorSession.js';
import { emptyView, type EditorView } from '../session/view.js';
import { panel } from '../style/panel.js';
import { shared } from '../style/shared.js';
import { shortLayer } from '../unitWords.js';

/** The maps follow the picture only after it has rested this long. */
const restMilliseconds = 600;
/** Pictures that the effect of switching off is measured on. */
const ablationSamples = 64;

type AreaChanges = readonly { readonly concept: string; readonly areaChange: number }[];

/** Units with their heat maps of the present picture; chosen ones can be switched off. */
export class UnitGallery extends LitElement {
  static override styles = [
    shared,
    panel,
    css`
      :host {
        display: grid;
        gap: 10px;
      }
      ul.units {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(76px, 1fr));
        gap: 8px 4px;
      }
      .units button {
        display: block;
        width: 100%;
        padding: 2px;
        border: 2px solid transparent;
        border-radius: 6px;
        background: none;
        text-align: left;
      }
      .units button:hover {
        background: var(--_hover);
      }
      .units button[aria-pressed='true'] {
        border-color: var(--_accent);
      }
      .units ganvas-picture {
        border-radius: 3px;
        image-rendering: pixelated;
      }
      .units span {
        display: block;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      table {
        width: 100%;
        font-size: 12px;
      }
      td {
        text-align: right;
      }
      th {
        font-weight: 400;
        text-align: left;
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) view: EditorView = emptyView;
  @property({ attribute: false }) units: readonly UnitAgreement[] = [];
  /** What they have in common: "glasses". */
  @property() override title = '';
  /** What the number of each is. */
  @property() figure = 'IoU';
  @state() private maps: ReadonlyMap<string, Pixels> = new Map();
  @state() private chosen: ReadonlySet<string> = new Set();
  @state() private changes: AreaChanges | null = null;
  @state() private measuring = false;
  private shown = '';
  private timer: ReturnType<typeof setTimeout> | null = null;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    if (this.timer !== null) clearTimeout(this.timer);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('units')) {
      const keys = new Set(this.units.map(keyOf));
      if ([...this.chosen].some((key) => !keys.has(key))) this.chosen = new Set();
    }
    const wanted = `${this.session?.previews.stripContext ?? ''} ${this.units.map(keyOf).join(' ')}`;
    if (wanted === this.shown) return;
    const isFirst = this.shown === '';
    this.shown = wanted;
    this.changes = null;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.draw(wanted), isFirst ? 0 : restMilliseconds);
  }

  protected override render(): unknown {
    if (this.units.length === 0) return html`<p class="small muted">No unit agrees with ${this.title}.</p>`;
    const choices = this.choices;
    const count = this.chosen.size;
    return html`
      <ul class="units" aria-label=${`Units: ${this.title}`}>
        ${this.units.map((unit) => this.renderUnit(unit))}
      </ul>
      <div class="actions">
        <button
          type="button"
          class="button outlined"
          ?disabled=${count === 0}
          @click=${() => void this.turnOff(choices)}
        >
          Switch off ${count === 0 ? 'chosen' : count}
        </button>
        <button
          type="button"
          class="button outlined"
          title="Measures on ${ablationSamples} pictures what switching them off does to each part"
          ?disabled=${choices.length !== 1 || this.measuring}
          @click=${() => void this.measure(choices[0])}
        >
          ${this.measuring ? 'Measuring…' : 'Measure'}
        </button>
      </div>
      ${this.changes === null ? nothing : this.renderChanges(this.changes)}
    `;
  }

  private renderUnit(agreement: UnitAgreement): unknown {
    const { layer, unit, iou } = agreement;
    const key = keyOf(agreement);
    const name = `${shortLayer(layer)} ${unit}`;
    return html`<li>
      <button
        type="button"
        aria-pressed=${this.chosen.has(key)}
        aria-label=${`Unit ${name}, ${this.figure} ${formatPercent(iou)}`}
        @click=${() => this.toggle(key)}
      >
        <ganvas-picture .pixels=${this.maps.get(key) ?? null}></ganvas-picture>
        <span class="small">${name}</span>
        <span class="small muted">${this.figure} ${formatPercent(iou)}</span>
      </button>
    </li>`;
  }

  private renderChanges(changes: AreaChanges): unknown {
    return html`<table>
      <caption class="small muted">
        Area of each part with them off, on ${ablationSamples} pictures
      </caption>
      <tbody>
        ${changes.map(
          ({ concept, areaChange }) =>
            html`<tr>
              <th scope="row">${concept}</th>
              <td>${Number.isFinite(areaChange) ? `${formatSigned(areaChange * 100, 0)}\u202f%` : 'never seen'}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
  }

  private toggle(key: string): void {
    const chosen = new Set(this.chosen);
    if (!chosen.delete(key)) chosen.add(key);
    this.chosen = chosen;
    this.changes = null;
  }

  /** The chosen units, layer by layer. */
  private get choices(): readonly UnitChoice[] {
    return byLayer(this.units.filter((unit) => this.chosen.has(keyOf(unit))));
  }

  private async turnOff(choices: readonly UnitChoice[]): Promise<void> {
    for (const choice of choices) {
      const { length } = choice.units;
      const name = `${length} ${length === 1 ? 'unit' : 'units'} of ${shortLayer(choice.layer)} off`;
      await this.session?.units.turnOff(choice, name);
    }
    this.chosen = new Set();
  }

  private async measure(choice: UnitChoice | undefined): Promise<void> {
    if (choice === undefined) return;
    this.measuring = true;
    this.changes = (await this.session?.units.ablation(choice, ablationSamples)) ?? null;
    this.measuring = false;
  }

  /** A layer at a time, because each has a program of its own. */
  private async draw(wanted: string): Promise<void> {
    const maps = new Map<string, Pixels>();
    for (const choice of byLayer(this.units)) {
      const pictures = (await this.session?.units.maps(choice)) ?? [];
      if (wanted !== this.shown) return;
      choice.units.forEach((unit, index) => {
        const picture = pictures[index];
        if (picture !== undefined) maps.set(`${choice.layer} ${unit}`, picture);
      });
    }
    this.maps = maps;
  }
}

function keyOf({ layer, unit }: Pick<UnitAgreement, 'layer' | 'unit'>): string {
  return `${layer} ${unit}`;
}

function byLayer(units: readonly UnitAgreement[]): readonly UnitChoice[] {
  const layers = [...new Set(units.map(({ layer }) => layer))];
  return layers.map((layer) => ({
    layer,
    units: units.filter((unit) => unit.layer === layer).map(({ unit }) => unit),
  }));
}
