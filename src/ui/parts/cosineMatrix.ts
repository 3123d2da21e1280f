import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { DirectionSummary } from '../../workbench/api.js';
import { inOrder } from '../directionWords.js';
import { formatPlain } from '../format.js';
import type { EditorSession } from '../session/editorSession.js';
import { emptyView, type EditorView } from '../session/view.js';
import { disclosure } from '../style/disclosure.js';
import { shared } from '../style/shared.js';
import { styleProperties } from '../style/styleProperties.js';

/** Directions that the matrix has room for: those in use first, then starred and new ones, then the rest. */
const mostShown = 8;

/** How alike directions are, as cosines; a cell makes the edit of its row leave its column's attribute alone. */
export class CosineMatrix extends LitElement {
  static override styles = [
    shared,
    disclosure,
    css`
      :host {
        display: block;
        border-bottom: 1px solid var(--_line);
      }
      summary {
        padding: 0 16px;
      }
      details > :not(summary) {
        margin: 0 16px 10px;
      }
      .scroll {
        overflow-x: auto;
        scrollbar-width: thin;
      }
      table {
        border-collapse: separate;
        border-spacing: 2px;
        font-size: 12px;
      }
      th {
        max-width: 84px;
        overflow: hidden;
        font-weight: 500;
        text-align: left;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      tbody th {
        position: sticky;
        left: 0;
        padding-right: 6px;
        background: var(--_background);
      }
      thead th {
        width: 34px;
        max-height: 96px;
        padding: 4px 8px;
        color: var(--_muted);
        writing-mode: vertical-rl;
        rotate: 180deg;
      }
      td {
        padding: 0;
      }
      td > :is(button, span) {
        display: grid;
        place-items: center;
        width: 34px;
        height: 28px;
        padding: 0;
        border: 1px solid var(--_line);
        border-radius: 4px;
        background: color-mix(in oklab, var(--_accent) calc(var(--share) * 45%), var(--_background));
      }
      td > span {
        border-color: transparent;
        color: var(--_muted);
      }
      button:hover {
        border-color: var(--_accent);
      }
      button[aria-pressed='true'] {
        border: 2px solid var(--_accent);
        font-weight: 600;
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) view: EditorView = emptyView;
  @state() private cosines: readonly (readonly number[])[] = [];
  private shownIds = '';

  protected override willUpdate(_changed: PropertyValues<this>): void {
    const ids = this.shown.map(({ id }) => id);
    // An id keeps its place when its direction is fitted anew, so the names count as well.
    const key = JSON.stringify(this.shown.map(({ id, statistics }) => [id, statistics]));
    if (key === this.shownIds || this.session === null) return;
    this.shownIds = key;
    this.cosines = [];
    void this.session.directions.cosines(ids).then(
      (cosines) => key === this.shownIds && (this.cosines = cosines),
      () => undefined,
    );
  }

  protected override render(): unknown {
    const { shown, cosines } = this;
    if (shown.length < 2 || cosines.length !== shown.length) return nothing;
    const names = shown.map(({ name }) => name);
    return html`<details>
      <summary>How alike they are</summary>
      <p class="small muted">
        Cosines between directions. Click a cell, and moving its row leaves its column's attribute alone.
      </p>
      ${this.renderTable('Cosines between directions', names, (row, column) => {
        const [from, to] = [shown[row], shown[column]];
        return from === undefined || to === undefined
          ? nothing
          : this.renderCell(from, to, cosines[row]?.[column] ?? 0);
      })}
      ${this.renderCorrelations()}
    </details>`;
  }

  /** Of the scores of the last run's pictures: attributes that go together there are hard to turn apart. */
  private renderCorrelations(): unknown {
    const { attributes } = this.view;
    const correlations = attributes?.correlations ?? null;
    if (attributes === null || correlations === null) return nothing;
    return html`<p class="small muted">How attributes go together in the scored pictures: correlations.</p>
      ${this.renderTable('Correlations of attributes', attributes.names, (row, column) => {
        const value = correlations[row]?.[column] ?? 0;
        return html`<td><span ${shareOf(value)}>${formatPlain(value)}</span></td>`;
      })}`;
  }

  private renderTable(
    label: string,
    names: readonly string[],
    cell: (row: number, column: number) => unknown,
  ): unknown {
    return html`<div class="scroll" tabindex="0" role="group" aria-label=${label}>
      <table>
        <thead>
          <tr>
            <td></td>
            ${names.map((name) => html`<th scope="col" title=${name}>${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${names.map(
            (name, row) =>
              html`<tr>
                <th scope="row" title=${name}>${name}</th>
                ${names.map((_, column) => cell(row, column))}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  private renderCell(row: DirectionSummary, column: DirectionSummary, cosine: number): unknown {
    const text = formatPlain(cosine);
    const share = shareOf(cosine);
    if (row.id === column.id) return html`<td><span ${share}>1</span></td>`;
    const keeps = this.conditionsOf(row.id).includes(column.id);
    return html`<td>
      <button
        type="button"
        aria-pressed=${keeps}
        aria-label=${`${row.name} keeps ${column.name}, cosine ${text}`}
        title=${`${row.name}, keeping ${column.name}`}
        ${share}
        @click=${() => void this.session?.keep(row, column.id, !keeps)}
      >
        ${text}
      </button>
    </td>`;
  }

  private conditionsOf(id: string): readonly string[] {
    const { editDirectionIds, editConditionIds } = this.view.state;
    return editConditionIds[editDirectionIds.indexOf(id)] ?? [];
  }

  private get shown(): readonly DirectionSummary[] {
    const { state, discovery } = this.view;
    const used = new Set([...state.editDirectionIds, ...state.editConditionIds.flat()]);
    const ordered = inOrder(state.directions, discovery?.found ?? []);
    return [...ordered].sort((a, b) => Number(used.has(b.id)) - Number(used.has(a.id))).slice(0, mostShown);
  }
}

/** The more two have in common, the deeper their cell. */
function shareOf(value: number): unknown {
  return styleProperties({ '--share': Math.abs(value).toFixed(2) });
}
