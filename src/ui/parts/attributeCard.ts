import { LitElement, css, html, nothing } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import type { AttributesSummary, BoundaryEstimator } from '../../workbench/discoveryApi.js';
import type { EditorSession } from '../session/editorSession.js';
import { isRunning } from '../session/jobs.js';
import { emptyView, type EditorView } from '../session/view.js';
import { panel } from '../style/panel.js';
import { shared } from '../style/shared.js';
import type { NumberEvent } from './numberField.js';

const estimators: readonly { readonly id: BoundaryEstimator; readonly name: string }[] = [
  { id: 'svm', name: 'Linear SVM, as in the paper' },
  { id: 'logistic', name: 'Logistic regression' },
  { id: 'mean-difference', name: 'Difference of means' },
];

/** InterFaceGAN in plain words: attributes of a predictor, the boundary between their extremes. */
export class AttributeCard extends LitElement {
  static override styles = [
    shared,
    panel,
    css`
      :host {
        display: grid;
        gap: 10px;
      }
      fieldset {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(112px, 1fr));
        gap: 0 8px;
      }
      legend {
        padding: 0;
        margin-bottom: 4px;
      }
      fieldset label {
        display: flex;
        align-items: center;
        gap: 6px;
        min-height: 26px;
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) view: EditorView = emptyView;
  /** Attributes that were switched off. */
  @state() private off: ReadonlySet<string> = new Set();
  @state() private estimator: BoundaryEstimator = 'svm';
  @state() private samples = 20_000;
  @query('input[type=file]') private readonly files!: HTMLInputElement | null;

  protected override render(): unknown {
    const { attributes, state } = this.view;
    if (state.model === null) return nothing;
    return html`
      <p class="small muted">
        Makes many pictures, lets a network score them, and finds the plane in the latent space between those that have
        an attribute and those that have not. Its normal turns the attribute. InterFaceGAN, Shen et al. 2020.
      </p>
      ${attributes === null ? this.renderMissing() : this.renderChoices(attributes)}
      <input type="file" multiple hidden accept=".safetensors,.pth,.pt,.json" @change=${this.open} />
    `;
  }

  private renderMissing(): unknown {
    return html`<p class="small advice">
        It needs a network that tells attributes of this model's pictures. Open one, with a layers file that describes
        it.
      </p>
      <div class="actions">${this.renderOpen('Open a predictor')}</div>`;
  }

  private renderOpen(text: string): unknown {
    return html`<button type="button" class="button outlined" @click=${() => this.files?.click()}>${text}</button>`;
  }

  private renderChoices({ names }: AttributesSummary): unknown {
    const chosen = names.filter((name) => !this.off.has(name));
    return html`
      <fieldset>
        <legend class="small muted">Attributes</legend>
        ${names.map(
          (name) =>
            html`<label
              ><input type="checkbox" .checked=${!this.off.has(name)} @change=${() => this.toggle(name)} />
              ${name}</label
            >`,
        )}
      </fieldset>
      <label class="row">
        <span>Fit by</span>
        <select
          @change=${(event: Event & { currentTarget: HTMLSelectElement }) =>
            (this.estimator = estimators.find(({ id }) => id === event.currentTarget.value)?.id ?? 'svm')}
        >
          ${estimators.map(({ id, name }) => html`<option value=${id} ?selected=${id === this.estimator}>${name}</option>`)}
        </select>
      </label>
      <div class="row">
        <span>Samples</span>
        <ganvas-number-field
          integer
          label="Pictures to score"
          .value=${this.samples}
          .min=${200}
          .max=${500_000}
          @number=${(event: NumberEvent) => (this.samples = event.value)}
        ></ganvas-number-field>
      </div>
      <div class="actions">
        ${this.renderOpen('Another predictor')}
        <button
          type="button"
          class="button primary"
          ?disabled=${isRunning(this.view.discovery) || chosen.length === 0}
          @click=${() => this.find(chosen)}
        >
          Find directions
        </button>
      </div>
    `;
  }

  private toggle(name: string): void {
    const off = new Set(this.off);
    if (!off.delete(name)) off.add(name);
    this.off = off;
  }

  private open(): void {
    const files = [...(this.files?.files ?? [])];
    const network = files.find((file) => !file.name.endsWith('.json'));
    const description = files.find((file) => file.name.endsWith('.json')) ?? null;
    if (this.files !== null) this.files.value = '';
    if (network !== undefined) void this.session?.directions.openPredictor(network, description);
  }

  private find(attributes: readonly string[]): void {
    const { estimator, samples } = this;
    const space = this.view.state.model?.latentSpaces.includes('w') === true ? 'w' : 'z';
    void this.session?.directions.find({
      method: 'interfacegan',
      attributes,
      space,
      estimator,
      samples,
      seed: 0,
      chosen: 0.02,
      layers: 'all',
    });
  }
}
