import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { ModelSummary } from '../../workbench/api.js';
import type { EditorSession } from '../session/editorSession.js';
import { emptyView, type EditorView } from '../session/view.js';
import { shared } from '../style/shared.js';
import type { LayersEvent } from './layerStrip.js';
import type { NumberEvent } from './numberField.js';

const wholePicture =
  'This generator has no mapping network: the directions are of z, and each moves the whole picture.';

/** SeFa in plain words, with the two things to choose. */
export class SefaCard extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
      }
      p {
        margin: 0 0 10px;
      }
      .label {
        display: block;
        margin-bottom: 4px;
      }
      .row {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 8px;
        margin-top: 10px;
      }
      .count {
        display: flex;
        align-items: center;
        gap: 8px;
      }
      .count ganvas-number-field {
        width: 52px;
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) view: EditorView = emptyView;
  @state() private layers = 'all';
  private modelHash = '';
  @state() private count = 5;

  protected override render(): unknown {
    const { model } = this.view.state;
    const busy = this.view.discovering;
    const lacking = model?.lacks.sefa ?? null;
    if (lacking !== null) {
      return html`<p class="small muted">${lacking}</p>`;
    }
    return html`
      <p class="small muted">
        Finds the directions that the chosen layers amplify most, from the weights alone: no pictures, no labels. SeFa,
        Shen &amp; Zhou 2021.
      </p>
      ${model !== null && model.numWs > 1 ? this.renderLayers(model) : nothing}
      ${model === null || model.lacks.mapping === null ? nothing : html`<p class="small muted">${wholePicture}</p>`}
      <div class="row">
        <span class="count">
          <span class="muted">Count</span>
          <ganvas-number-field
            integer
            label="Number of directions"
            .value=${this.count}
            .min=${1}
            .max=${Math.min(64, model === null ? 64 : model.lacks.mapping === null ? model.wDim : model.zDim)}
            .nudge=${1}
            @number=${(event: NumberEvent) => (this.count = event.value)}
          ></ganvas-number-field>
        </span>
        <button type="button" class="button primary" ?disabled=${busy} @click=${this.find}>
          ${busy ? 'Looking…' : 'Find directions'}
        </button>
      </div>
    `;
  }

  private renderLayers({ layers }: ModelSummary): unknown {
    return html`<span class="label small muted">Look at layers</span>
      <ganvas-layer-strip
        label="Layers SeFa looks at"
        .layers=${layers}
        .value=${this.layers}
        @layers=${(event: LayersEvent) => event.phase === 'commit' && (this.layers = event.layers)}
      ></ganvas-layer-strip>`;
  }

  /** Layers chosen on another model may not be there. */
  protected override willUpdate(_changed: PropertyValues<this>): void {
    const hash = this.view.state.model?.hash ?? '';
    if (hash !== this.modelHash) this.layers = 'all';
    this.modelHash = hash;
  }

  private find(): void {
    void this.session?.discoverSefa(this.layers, this.count);
  }
}
