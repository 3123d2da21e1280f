import { LitElement, css, html, nothing } from 'lit';
import { property, state } from 'lit/decorators.js';
import { isRunning } from '../session/jobs.js';
import type { EditorSession } from '../session/editorSession.js';
import { emptyView, type EditorView } from '../session/view.js';
import { panel } from '../style/panel.js';
import { shared } from '../style/shared.js';
import { shortLayer } from '../unitWords.js';
import type { LayersEvent } from './layerStrip.js';
import type { NumberEvent } from './numberField.js';

/** Samples that give good components of w in seconds, and of activations in a minute or so (GANSpace takes a million). */
const samplesOf = { w: 10_000, activations: 2_000 } as const;

/** GANSpace in plain words. */
export class GanspaceCard extends LitElement {
  static override styles = [
    shared,
    panel,
    css`
      :host {
        display: grid;
        gap: 10px;
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) view: EditorView = emptyView;
  @state() private count = 8;
  @state() private samples: number = samplesOf.w;
  /** Name of a feature layer, or '' for the latents themselves. */
  @state() private at = '';
  @state() private layers = 'all';

  protected override render(): unknown {
    const { state, units, discovery } = this.view;
    const { model } = state;
    if (model === null) return nothing;
    const latents = model.latentSpaces.includes('w') ? 'Latents w' : 'Latents z';
    return html`
      <p class="small muted">
        Draws many pictures' latents, or the activations that they give at a layer, and finds the directions along which
        they differ most: principal components. GANSpace, Härkönen et al. 2020.
      </p>
      <label class="row">
        <span>Look at</span>
        <select @change=${this.chooseAt}>
          <option value="">${latents}</option>
          ${units.layers.map(({ name, resolution }) => html`<option value=${name} ?selected=${name === this.at}>${shortLayer(name)}, ${resolution} px</option>`)}
        </select>
      </label>
      <div class="row">
        <span>Samples</span>
        <ganvas-number-field
          integer
          label="Samples to draw"
          .value=${this.samples}
          .min=${100}
          .max=${1_000_000}
          @number=${(event: NumberEvent) => (this.samples = event.value)}
        ></ganvas-number-field>
      </div>
      <div class="row">
        <span>Count</span>
        <ganvas-number-field
          integer
          label="Number of components"
          .value=${this.count}
          .min=${1}
          .max=${Math.min(80, model.wDim)}
          @number=${(event: NumberEvent) => (this.count = event.value)}
        ></ganvas-number-field>
      </div>
      ${
        model.numWs > 1
          ? html`<div>
              <span class="small muted">Apply to layers</span>
              <ganvas-layer-strip
                label="Layers the components act on"
                .layers=${model.layers}
                .value=${this.layers}
                @layers=${(event: LayersEvent) => event.phase === 'commit' && (this.layers = event.layers)}
              ></ganvas-layer-strip>
            </div>`
          : nothing
      }
      <div class="actions">
        <button type="button" class="button primary" ?disabled=${isRunning(discovery)} @click=${this.find}>
          Find directions
        </button>
      </div>
    `;
  }

  private chooseAt(event: Event & { currentTarget: HTMLSelectElement }): void {
    this.at = event.currentTarget.value;
    this.samples = this.at === '' ? samplesOf.w : samplesOf.activations;
  }

  private find(): void {
    const { layers, count, samples, at } = this;
    void this.session?.directions.find({
      method: 'ganspace',
      layers,
      count,
      samples,
      seed: 0,
      at: at === '' ? null : at,
    });
  }
}
