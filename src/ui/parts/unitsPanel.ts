import { LitElement, css, html, nothing } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { live } from 'lit/directives/live.js';
import type { DissectionResult, UnitAgreement } from '../../workbench/dissectionApi.js';
import type { UnitEdit } from '../../latent/recipe.js';
import { formatPercent } from '../format.js';
import type { EditorSession } from '../session/editorSession.js';
import { isRunning } from '../session/jobs.js';
import { emptyView, type EditorView } from '../session/view.js';
import { panel } from '../style/panel.js';
import { shared } from '../style/shared.js';
import { icon } from '../style/icons.js';
import { shortLayer } from '../unitWords.js';
import type { NumberEvent } from './numberField.js';

/** Units that a gallery shows. */
const galleryLength = 12;

/** Looking inside: what single feature channels agree with, switching them off, painting with them. */
export class UnitsPanel extends LitElement {
  static override styles = [
    shared,
    panel,
    css`
      :host {
        display: block;
      }
      .changed li {
        display: grid;
        grid-template-columns: minmax(0, 1fr) 64px auto auto;
        align-items: center;
        gap: 2px 4px;
        min-height: 36px;
      }
      .changed .name {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .changed input {
        width: 100%;
        accent-color: var(--_accent);
      }
      .changed [data-muted] .name {
        color: var(--_muted);
        text-decoration: line-through;
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) view: EditorView = emptyView;
  /** Name of a feature layer; '' for all. */
  @state() private layer = '';
  @state() private samples = 200;
  @state() private concept = '';
  @query('input[type=file]') private readonly files!: HTMLInputElement | null;

  protected override willUpdate(): void {
    if (this.view.state.model === null || this.hidden) return;
    void this.session?.units.prepare();
    const { layers } = this.view.units;
    if (this.layer !== '' && !layers.some(({ name }) => name === this.layer)) this.layer = '';
    const concepts = this.view.dissection?.result?.concepts ?? [];
    if (!concepts.includes(this.concept)) this.concept = concepts[0] ?? '';
  }

  protected override render(): unknown {
    const { state } = this.view;
    const units = state.recipe?.units ?? [];
    return html`
      <header>
        <h2>Units</h2>
        ${
          units.length === 0
            ? nothing
            : html`<button
                type="button"
                class="button"
                @click=${() => void this.session?.commit({ kind: 'clear-units' })}
              >
                Undo all
              </button>`
        }
      </header>
      ${
        state.model === null
          ? html`<section>
              <p class="muted">Once a model is open, what its single feature channels draw can be seen here.</p>
            </section>`
          : html`${units.length === 0 ? nothing : this.renderChanged(units)} ${this.renderDissection()}
            ${this.renderFound()} ${this.renderPainting()} ${this.renderRegion()} ${this.renderSearch()}`
      }
      <input type="file" multiple hidden accept=".safetensors,.pth,.pt,.json" @change=${this.openSegmenter} />
    `;
  }

  private renderChanged(units: readonly UnitEdit[]): unknown {
    return html`<section aria-label="Changed units">
      <ul class="changed">
        ${units.map(
          (edit, index) =>
            html`<li ?data-muted=${edit.muted}>
              <span class="name" title=${`${edit.units.length} units of ${edit.layer}`}>${edit.name}</span>
              <input
                type="range"
                min="0"
                max="1"
                step="0.05"
                aria-label=${`Strength of ${edit.name}`}
                .value=${live(String(edit.strength))}
                @input=${(event: InputEvent & { currentTarget: HTMLInputElement }) =>
                  void this.session?.preview({
                    kind: 'units-strength',
                    index,
                    strength: event.currentTarget.valueAsNumber,
                  })}
                @change=${(event: Event & { currentTarget: HTMLInputElement }) =>
                  void this.session?.commit({
                    kind: 'units-strength',
                    index,
                    strength: event.currentTarget.valueAsNumber,
                  })}
              />
              <button
                type="button"
                class="icon-button compact"
                aria-pressed=${edit.muted}
                aria-label=${`Mute ${edit.name}`}
                @click=${() => void this.session?.commit({ kind: 'units-muted', index, muted: !edit.muted })}
              >
                ${icon(edit.muted ? 'eyeOff' : 'eye')}
              </button>
              <button
                type="button"
                class="icon-button compact"
                aria-label=${`Remove ${edit.name}`}
                @click=${() => void this.session?.commit({ kind: 'remove-units', index })}
              >
                ${icon('close', 16)}
              </button>
            </li>`,
        )}
      </ul>
    </section>`;
  }

  private renderDissection(): unknown {
    const { units, dissection } = this.view;
    const byParts = units.parts.length > 0;
    return html`<section>
      <p class="small muted">
        Makes many pictures and finds, for each feature channel,
        ${byParts ? 'the part of the picture' : 'whether it is light or dark places'} that it is active on.
        ${byParts ? '' : 'With a segmenter it would be parts of the picture.'} GAN Dissection, Bau et al. 2019.
      </p>
      <label class="row">
        <span>Layers</span>
        <select
          @change=${(event: Event & { currentTarget: HTMLSelectElement }) => (this.layer = event.currentTarget.value)}
        >
          <option value="">All</option>
          ${units.layers.map(
            ({ name, resolution, channels }) =>
              html`<option value=${name} ?selected=${name === this.layer}>
                ${shortLayer(name)}, ${resolution} px, ${channels} units
              </option>`,
          )}
        </select>
      </label>
      <div class="row">
        <span>Pictures</span>
        <ganvas-number-field
          integer
          label="Pictures to look at"
          .value=${this.samples}
          .min=${16}
          .max=${100_000}
          @number=${(event: NumberEvent) => (this.samples = event.value)}
        ></ganvas-number-field>
      </div>
      <div class="actions">
        ${
          byParts
            ? nothing
            : html`<button type="button" class="button outlined" @click=${() => this.files?.click()}>
                Open a segmenter
              </button>`
        }
        <button type="button" class="button primary" ?disabled=${isRunning(dissection)} @click=${this.dissect}>
          Dissect
        </button>
      </div>
      <ganvas-job-line
        .job=${dissection}
        @cancel-job=${() => void this.session?.units.cancelDissection()}
      ></ganvas-job-line>
    </section>`;
  }

  private renderFound(): unknown {
    const result = this.view.dissection?.result ?? null;
    if (result === null) return nothing;
    const found = result.byConcept[this.concept] ?? [];
    return html`<section aria-label="Units by part">
      ${this.renderConcepts(result)}
      <ganvas-unit-gallery
        .session=${this.session}
        .view=${this.view}
        .units=${found.slice(0, galleryLength)}
        title=${this.concept}
      ></ganvas-unit-gallery>
    </section>`;
  }

  private renderConcepts({ concepts, byConcept }: DissectionResult): unknown {
    const best = (concept: string): string => {
      const [first] = byConcept[concept] ?? [];
      return first === undefined ? 'no unit' : `IoU ${formatPercent(first.iou)}`;
    };
    return html`<label class="row">
      <span>Part</span>
      <select
        @change=${(event: Event & { currentTarget: HTMLSelectElement }) => (this.concept = event.currentTarget.value)}
      >
        ${concepts.map((concept) => html`<option value=${concept} ?selected=${concept === this.concept}>${concept}, ${best(concept)}</option>`)}
      </select>
    </label>`;
  }

  private renderPainting(): unknown {
    return html`<ganvas-brush-settings
      .session=${this.session}
      .view=${this.view}
      concept=${this.concept}
      layer=${this.layer}
    ></ganvas-brush-settings>`;
  }

  private renderRegion(): unknown {
    const { region } = this.view.units;
    if (region === null) return nothing;
    return html`<section aria-label="Units of the brushed region">
      <h3>Units of the brushed region</h3>
      <ganvas-unit-gallery
        .session=${this.session}
        .view=${this.view}
        .units=${region.slice(0, galleryLength)}
        title="the region"
      ></ganvas-unit-gallery>
    </section>`;
  }

  private renderSearch(): unknown {
    const { causal, units } = this.view;
    if (units.parts.length === 0 || this.concept === '') return nothing;
    const layer = this.searchedLayer;
    return html`<section aria-label="Causes">
      <p class="small muted">
        Units that agree with a part need not make it. The causal search switches units of one layer on and off until it
        knows which do.
      </p>
      <div class="actions">
        <button
          type="button"
          class="button outlined"
          ?disabled=${isRunning(causal) || layer === null}
          @click=${() =>
            layer !== null &&
            void this.session?.units.searchCauses({ layer, concept: this.concept, steps: 200, seed: 0 })}
        >
          What makes ${this.concept}?
        </button>
      </div>
      <ganvas-job-line .job=${causal} @cancel-job=${() => void this.session?.units.cancelSearch()}></ganvas-job-line>
      ${causal === null || causal.units.length === 0 ? nothing : this.renderCauses(causal)}
    </section>`;
  }

  private renderCauses({ request, units }: NonNullable<EditorView['causal']>): unknown {
    const strong = units.filter(({ alpha }) => alpha > 0.1).slice(0, galleryLength);
    const agreements = strong.map(({ unit, alpha }): UnitAgreement => ({
      layer: request.layer,
      unit,
      concept: request.concept,
      iou: alpha,
      threshold: 0,
      informationQualityRatio: 0,
    }));
    return html`<ganvas-unit-gallery
      .session=${this.session}
      .view=${this.view}
      .units=${agreements}
      figure="α"
      title=${request.concept}
    ></ganvas-unit-gallery>`;
  }

  /** The chosen layer, else the one with the unit that agrees best. */
  private get searchedLayer(): string | null {
    if (this.layer !== '') return this.layer;
    return this.view.dissection?.result?.byConcept[this.concept]?.[0]?.layer ?? null;
  }

  private dissect(): void {
    const { layer, samples } = this;
    const concepts = this.view.units.parts.length > 0 ? 'segmenter' : 'luma';
    void this.session?.units.dissect({ layers: layer === '' ? [] : [layer], concepts, samples, seed: 0 });
  }

  private openSegmenter(): void {
    const files = [...(this.files?.files ?? [])];
    const network = files.find((file) => !file.name.endsWith('.json'));
    const description = files.find((file) => file.name.endsWith('.json')) ?? null;
    if (this.files !== null) this.files.value = '';
    if (network !== undefined) void this.session?.units.openSegmenter(network, description);
  }
}
