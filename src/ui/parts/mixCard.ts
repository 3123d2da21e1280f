import { LitElement, css, html, nothing } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { Pixels } from '../../workbench/api.js';
import type { EditorSession } from '../session/editorSession.js';
import { emptyView, type EditorView } from '../session/view.js';
import { readSeedList } from '../seedList.js';
import { panel } from '../style/panel.js';
import { shared } from '../style/shared.js';
import type { LayersEvent } from './layerStrip.js';

/** Seeds of a side at most: more do not fit beside one another. */
const mostSeeds = 8;

interface Grid {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  readonly layers: string;
  /** Row by row; those that are there. */
  readonly pictures: ReadonlyMap<string, Pixels>;
}

/** Style mixing: pictures of the rows in the styles of the columns. */
export class MixCard extends LitElement {
  static override styles = [
    shared,
    panel,
    css`
      :host {
        display: grid;
        gap: 10px;
      }
      input[type='text'] {
        width: 120px;
      }
      .scroll {
        overflow-x: auto;
        scrollbar-width: thin;
      }
      table {
        border-collapse: separate;
        border-spacing: 2px;
      }
      th {
        color: var(--_muted);
        font-weight: 500;
        font-size: 12px;
        text-align: center;
      }
      td button {
        display: block;
        width: 56px;
        padding: 0;
        border: 0;
        border-radius: 4px;
        overflow: hidden;
        background: none;
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) view: EditorView = emptyView;
  @state() private rows = '0-2';
  @state() private columns = '3-5';
  /** Empty for the finer half, which every model has. */
  @state() private layers = '';
  @state() private grid: Grid | null = null;
  @state() private busy = false;
  @state() private problem = '';
  private modelHash = '';
  private turn = 0;

  protected override willUpdate(): void {
    const hash = this.view.state.model?.hash ?? '';
    if (hash === this.modelHash) return;
    this.modelHash = hash;
    this.grid = null;
    this.layers = '';
  }

  protected override render(): unknown {
    const { model } = this.view.state;
    if (model === null || model.numWs < 2) {
      return html`<p class="small muted">This model has a single layer of styles: there is nothing to mix.</p>`;
    }
    return html`
      <p class="small muted">Each row’s picture, with the chosen layers taken from each column’s.</p>
      ${this.renderSeeds('Pictures of', this.rows, (text) => (this.rows = text))}
      ${this.renderSeeds('Styles of', this.columns, (text) => (this.columns = text))}
      <ganvas-layer-strip
        label="Layers that are mixed"
        .layers=${model.layers}
        .value=${this.layersOf(model.numWs)}
        @layers=${(event: LayersEvent) => (this.layers = event.layers)}
      ></ganvas-layer-strip>
      ${this.problem === '' ? nothing : html`<p class="small advice" role="status">${this.problem}</p>`}
      <div class="actions">
        ${
          this.busy
            ? html`<button type="button" class="button outlined" @click=${() => void this.session?.walks.cancel()}>
                Stop here
              </button>`
            : html`<button type="button" class="button primary" @click=${() => void this.make(model.numWs)}>
                Mix styles
              </button>`
        }
      </div>
      ${this.renderGrid()}
    `;
  }

  private renderSeeds(name: string, text: string, change: (text: string) => void): unknown {
    return html`<label class="row">
      <span>${name}</span>
      <input
        type="text"
        spellcheck="false"
        autocomplete="off"
        placeholder="0-3,7"
        .value=${text}
        @change=${(event: Event & { currentTarget: HTMLInputElement }) => change(event.currentTarget.value)}
      />
    </label>`;
  }

  private renderGrid(): unknown {
    const { grid } = this;
    if (grid === null) return nothing;
    return html`<div class="scroll">
      <table aria-label="Mixed styles">
        <thead>
          <tr>
            <td></td>
            ${grid.columns.map((seed) => html`<th scope="col">${seed}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${grid.rows.map(
            (seed, row) =>
              html`<tr>
                <th scope="row">${seed}</th>
                ${grid.columns.map((style, column) => this.renderCrossing(grid, row, column, seed, style))}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  private renderCrossing(grid: Grid, row: number, column: number, seed: number, style: number): unknown {
    const mix = [{ latent: { space: 'z', seed: style }, layers: grid.layers }] as const;
    return html`<td>
      <button
        type="button"
        aria-label=${`Take seed ${seed} in the style of ${style}`}
        title=${`Seed ${seed} in the style of ${style}`}
        @click=${() => void this.session?.walks.take({ space: 'z', seed }, mix)}
      >
        <ganvas-picture .pixels=${grid.pictures.get(`${row} ${column}`) ?? null}></ganvas-picture>
      </button>
    </td>`;
  }

  private layersOf(numWs: number): string {
    return this.layers === '' ? `${Math.floor(numWs / 2)}-${numWs - 1}` : this.layers;
  }

  private async make(numWs: number): Promise<void> {
    const [rows, columns] = [readSeedList(this.rows, mostSeeds), readSeedList(this.columns, mostSeeds)];
    this.problem = rows === null || columns === null ? `Name seeds as in 0-3,7, at most ${mostSeeds} a side.` : '';
    if (rows === null || columns === null) return;
    const layers = this.layersOf(numWs);
    const turn = ++this.turn;
    this.grid = { rows, columns, layers, pictures: new Map() };
    this.busy = true;
    await this.session?.walks.mix(rows, columns, layers, (row, column, pixels) => {
      if (turn !== this.turn || this.grid === null) return;
      this.grid = { ...this.grid, pictures: new Map(this.grid.pictures).set(`${row} ${column}`, pixels) };
    });
    if (turn === this.turn) this.busy = false;
  }
}
