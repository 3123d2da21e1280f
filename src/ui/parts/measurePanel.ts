import { LitElement, css, html, nothing } from 'lit';
import { property, state } from 'lit/decorators.js';
import { formatPlain } from '../format.js';
import { measureCsv, measureJson, methodColumns, type MethodColumn } from '../measureWords.js';
import type { MeasureStatus, MethodMeasures, ModelMeasures } from '../../workbench/measureApi.js';
import { fileSafe } from '../session/fileSafe.js';
import type { EditorSession } from '../session/editorSession.js';
import { isRunning } from '../session/jobs.js';
import { emptyView, type EditorView } from '../session/view.js';
import { panel } from '../style/panel.js';
import { shared } from '../style/shared.js';
import { styleProperties } from '../style/styleProperties.js';
import { modelName } from '../modelWords.js';
import type { NumberEvent } from './numberField.js';

/** Methods × measures on the open model. */
export class MeasurePanel extends LitElement {
  static override styles = [
    shared,
    panel,
    css`
      :host {
        display: block;
      }
      .scroll {
        overflow-x: auto;
        scrollbar-width: thin;
      }
      table {
        border-collapse: collapse;
        font-size: 12px;
        white-space: nowrap;
      }
      :is(td, th) {
        padding: 4px 8px 4px 0;
        border-bottom: 1px solid var(--_line);
        text-align: left;
      }
      thead th {
        max-width: 88px;
        color: var(--_muted);
        font-weight: 500;
        white-space: normal;
        overflow-wrap: break-word;
        vertical-align: bottom;
      }
      tbody th {
        font-weight: 550;
      }
      .bar {
        display: block;
        height: 3px;
        margin-top: 2px;
        border-radius: 2px;
        background: var(--_accent);
      }
      dl {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: 4px 12px;
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) view: EditorView = emptyView;
  @state() private samples = 2000;

  protected override willUpdate(): void {
    if (this.view.state.model !== null && !this.hidden) void this.session?.directions.prepareAttributes();
  }

  protected override render(): unknown {
    const { state, measures, attributes } = this.view;
    return html`
      <header><h2>Measure</h2></header>
      ${
        state.model === null
          ? html`<section>
              <p class="muted">Once a model is open, the methods that find directions can be compared on it here.</p>
            </section>`
          : html`<section>
                <p class="small muted">
                  Scores pictures of this model with the predictor, finds directions with every method, and compares how
                  well each method's axes match the attributes, and what else they move.
                </p>
                ${
                  attributes === null
                    ? html`<p class="small advice">
                        It needs a network that tells attributes of this model's pictures: open one in Directions, under
                        “What a network sees”.
                      </p>`
                    : nothing
                }
                <div class="row">
                  <span>Pictures</span>
                  <ganvas-number-field
                    integer
                    label="Pictures to score"
                    .value=${this.samples}
                    .min=${200}
                    .max=${100_000}
                    @number=${(event: NumberEvent) => (this.samples = event.value)}
                  ></ganvas-number-field>
                </div>
                <div class="actions">
                  <button
                    type="button"
                    class="button primary"
                    ?disabled=${isRunning(measures)}
                    @click=${() =>
                      void this.session?.measures.start({ samples: this.samples, seed: 0, attributes: [] })}
                  >
                    Compare methods
                  </button>
                </div>
                <ganvas-job-line
                  .job=${measures}
                  @cancel-job=${() => void this.session?.measures.cancel()}
                ></ganvas-job-line>
              </section>
              ${measures === null ? nothing : this.renderResults(measures)}`
      }
    `;
  }

  private renderResults({ methods, model }: MeasureStatus): unknown {
    return html`${methods.length === 0 ? nothing : this.renderTable(methods)}
    ${model === null ? nothing : this.renderModel(model)}`;
  }

  private renderTable(methods: readonly MethodMeasures[]): unknown {
    return html`<section aria-label="Methods">
      <div class="scroll" tabindex="0" role="group" aria-label="Methods and measures">
        <table>
          <thead>
            <tr>
              <td></td>
              ${methods.map(({ method }) => html`<th scope="col">${method}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${methodColumns.map(
              (column) =>
                html`<tr>
                  <th scope="row" title=${column.title}>${column.name}</th>
                  ${methods.map((measured) => renderCell(measured, column, methods))}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
      <p class="small muted">Higher is better, but for side effects.</p>
      <div class="actions">
        <button type="button" class="button outlined" @click=${() => this.save('csv')}>Export CSV</button>
        <button type="button" class="button outlined" @click=${() => this.save('json')}>Export JSON</button>
      </div>
    </section>`;
  }

  private renderModel({ ppl, features, separability }: ModelMeasures): unknown {
    return html`<section aria-label="The model itself">
      <h3>The model itself</h3>
      <dl class="small">
        <dt title="Perceptual path length${features === null ? '' : `, by ${features}`}">Path length</dt>
        <dd>${ppl === null ? 'no features' : formatPlain(ppl)}</dd>
        <dt title="Exponential of the attributes' entropy that a linear cut of the latents leaves">Separability</dt>
        <dd>${separability === null ? 'unknown' : formatPlain(separability)}</dd>
      </dl>
      <p class="small muted">Lower is better.</p>
    </section>`;
  }

  private save(format: 'csv' | 'json'): void {
    const { state, measures } = this.view;
    if (measures === null) return;
    const name = `${fileSafe(state.model === null ? 'model' : modelName(state.model))}-measures.${format}`;
    if (format === 'csv') this.session?.measures.save(name, 'text/csv', measureCsv(measures));
    else this.session?.measures.save(name, 'application/json', measureJson(measures));
  }
}

function renderCell(measured: MethodMeasures, { key }: MethodColumn, methods: readonly MethodMeasures[]): unknown {
  const value = measured[key];
  if (value === null) return html`<td class="muted">–</td>`;
  const largest = Math.max(...methods.map((each) => Math.abs(each[key] ?? 0)), Number.MIN_VALUE);
  return html`<td>
    ${formatPlain(value, 2)}
    <span class="bar" aria-hidden="true" ${styleProperties({ width: `${(Math.abs(value) / largest) * 100}%` })}></span>
  </td>`;
}
