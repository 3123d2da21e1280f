import { LitElement, css, html, nothing } from 'lit';
import { property } from 'lit/decorators.js';
import type { Recipe, NoiseMode } from '../../latent/recipe.js';
import type { ModelSummary, RecipeChange } from '../../workbench/api.js';
import { identityTransform, type PictureTransform } from '../../latent/pictureTransform.js';
import { MAX_SEED } from '../../latent/randomState.js';
import type { EditorSession } from '../session/editorSession.js';
import type { ChangePhase } from '../session/sessionEvents.js';
import { emptyView, seedOf, type EditorView } from '../session/view.js';
import { shared } from '../style/shared.js';
import { icon } from '../style/icons.js';
import { formatPlain } from '../format.js';
import type { NumberEvent } from './numberField.js';
import type { SlideEvent } from './slider.js';

const noiseModes: readonly { readonly mode: NoiseMode; readonly name: string; readonly title: string }[] = [
  { mode: 'const', name: 'Constant', title: 'The noise the model was trained with: always the same' },
  { mode: 'random', name: 'Random', title: 'Fresh noise from a seed' },
  { mode: 'none', name: 'None', title: 'No noise: the plain picture' },
];

/** How far a movement goes on its slider. */
interface Movement {
  readonly key: keyof PictureTransform;
  readonly name: string;
  readonly label: string;
  readonly most: number;
  readonly nudge: number;
  readonly unit: string;
}

const movements: readonly Movement[] = [
  { key: 'x', name: 'Shift →', label: 'Shift to the right', most: 1, nudge: 0.01, unit: 'widths' },
  { key: 'y', name: 'Shift ↓', label: 'Shift down', most: 1, nudge: 0.01, unit: 'heights' },
  { key: 'angle', name: 'Turn ↺', label: 'Turn counter-clockwise', most: 180, nudge: 1, unit: 'degrees' },
];

/** Where the picture starts: seed, class, truncation, noise and, for some models, how it is moved. */
export class LatentPanel extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        padding-bottom: 16px;
      }
      header {
        display: flex;
        align-items: center;
        min-height: 44px;
        padding: 6px 8px 6px 16px;
        border-bottom: 1px solid var(--_line);
        margin-bottom: 8px;
      }
      .field {
        display: grid;
        grid-template-columns: 76px 1fr auto;
        align-items: center;
        column-gap: 8px;
        min-height: 36px;
        padding: 2px 12px 2px 16px;
      }
      .field > .wide {
        grid-column: 2 / -1;
      }
      .inline {
        display: flex;
        align-items: center;
        gap: 4px;
      }
      .inline ganvas-number-field {
        flex: 1;
      }
      ganvas-number-field {
        width: 60px;
      }
      .segmented {
        display: flex;
      }
      .segmented span {
        padding: 0 6px;
      }
      .why {
        grid-column: 2 / -1;
        padding-bottom: 4px;
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) view: EditorView = emptyView;

  protected override render(): unknown {
    const { recipe, model } = this.view.state;
    if (recipe === null || model === null) return nothing;
    return html`
      <header><h2>Latent</h2></header>
      ${this.renderFields(recipe, model)}
    `;
  }

  private renderFields(recipe: Recipe, model: ModelSummary): unknown {
    return html`
      ${this.renderSeed(recipe)} ${model.cDim > 0 ? this.renderClass(recipe, model) : nothing}
      ${this.renderTruncation(recipe, model)} ${this.renderNoise(recipe, model)}
      ${model.takesTransform ? this.renderTransform(recipe) : nothing}
    `;
  }

  private renderSeed(recipe: Recipe): unknown {
    const seed = seedOf(recipe);
    return html`<div class="field">
      <span class="muted">Seed</span>
      <div class="wide inline">
        <ganvas-number-field
          integer
          label="Seed"
          .value=${seed ?? 0}
          .min=${0}
          .max=${MAX_SEED}
          .nudge=${1}
          @number=${(event: NumberEvent) => void this.session?.takeSeed(event.value)}
        ></ganvas-number-field>
        ${this.renderStep('Previous seed', 'previous', seed === null || seed === 0, () => {
          void this.session?.takeSeed((seed ?? 1) - 1);
        })}
        ${this.renderStep('Next seed', 'chevron', seed === MAX_SEED, () => {
          void this.session?.takeSeed((seed ?? -1) + 1);
        })}
        <button
          type="button"
          class="icon-button compact"
          aria-label="Random seed"
          title="Random seed (R)"
          @click=${() => void this.session?.takeRandomSeed()}
        >
          ${icon('dice')}
        </button>
      </div>
      ${
        seed === null
          ? html`<p class="why small muted">The picture comes from stored numbers; a seed replaces them.</p>`
          : nothing
      }
    </div>`;
  }

  private renderClass(recipe: Recipe, model: ModelSummary): unknown {
    const last = model.cDim - 1;
    const current = recipe.class ?? 0;
    const choose = (value: number): void => void this.apply({ kind: 'class', class: value }, 'commit');
    return html`<div class="field">
      <span class="muted" title=${`Classes 0 to ${last}; a file holds their numbers, not their names`}>Class</span>
      <div class="wide inline">
        <ganvas-number-field
          integer
          label="Class"
          .value=${current}
          .min=${0}
          .max=${last}
          .nudge=${1}
          @number=${(event: NumberEvent) => choose(event.value)}
        ></ganvas-number-field>
        <span class="small muted">of ${model.cDim}</span>
        ${this.renderStep('Previous class', 'previous', current === 0, () => choose(current - 1))}
        ${this.renderStep('Next class', 'chevron', current === last, () => choose(current + 1))}
      </div>
    </div>`;
  }

  private renderStep(label: string, name: 'previous' | 'chevron', disabled: boolean, run: () => void): unknown {
    return html`<button
      type="button"
      class="icon-button compact"
      aria-label=${label}
      title=${label}
      ?disabled=${disabled}
      @click=${run}
    >
      ${icon(name, 16)}
    </button>`;
  }

  private renderTruncation(recipe: Recipe, model: ModelSummary): unknown {
    const { psi, cutoff } = recipe.truncation;
    const reason = model.lacks.truncation;
    const off = reason !== null;
    const [least, most] = model.psiRange ?? [-10, 10];
    const layers = cutoff ?? model.numWs;
    const setCutoff = (value: number, phase: ChangePhase): Promise<void> =>
      this.apply({ kind: 'truncation', cutoff: value >= model.numWs ? null : value }, phase);
    return html`
      <div class="field">
        <span class="muted" title="Truncation: how far the picture may stray from the average">ψ</span>
        <ganvas-slider
          label="Truncation psi"
          valueText=${`psi ${formatPlain(psi)}, ${psiInWords(psi)}`}
          .min=${Math.max(-1, least)}
          .max=${Math.min(2, most)}
          .nudge=${0.05}
          .origin=${0}
          .marks=${[0.7, 1]}
          .value=${psi}
          ?disabled=${off}
          @slide=${(event: SlideEvent) => event.until(this.setPsi(event.value, event.phase))}
        ></ganvas-slider>
        <ganvas-number-field
          plain
          label="Truncation psi"
          .value=${psi}
          .min=${least}
          .max=${most}
          .nudge=${0.05}
          ?disabled=${off}
          @number=${(event: NumberEvent) => void this.setPsi(event.value, 'commit')}
        ></ganvas-number-field>
        ${because(reason)}
      </div>
      <div class="field">
        <span class="muted" title="Truncate only the first layers, counted from the coarsest">Cutoff</span>
        <ganvas-slider
          label="Truncation cutoff"
          valueText=${cutoff === null ? 'all layers truncated' : `first ${cutoff} layers truncated`}
          .min=${0}
          .max=${model.numWs}
          .nudge=${1}
          .fine=${1}
          .value=${layers}
          ?disabled=${off || psi === 1 || model.numWs === 1}
          @slide=${(event: SlideEvent) => event.until(setCutoff(Math.round(event.value), event.phase))}
        ></ganvas-slider>
        <span class="cutoff small muted">${cutoff === null ? 'all' : `${cutoff} of ${model.numWs}`}</span>
      </div>
    `;
  }

  private renderNoise(recipe: Recipe, { lacks }: ModelSummary): unknown {
    const { mode, seed } = recipe.noise;
    return html`
      <div class="field">
        <span class="muted">Noise</span>
        <div class="wide segmented" role="radiogroup" aria-label="Noise">
          ${noiseModes.map(
            (choice) =>
              html`<label title=${choice.title}>
                <input
                  type="radio"
                  name="noise"
                  .checked=${choice.mode === mode}
                  ?disabled=${lacks.noise !== null}
                  @change=${() => this.apply({ kind: 'noise', mode: choice.mode, seed }, 'commit')}
                /><span>${choice.name}</span>
              </label>`,
          )}
        </div>
        ${because(lacks.noise)}
      </div>
      ${
        mode === 'random' && lacks.noise === null
          ? html`<div class="field">
              <span class="muted">Noise seed</span>
              <ganvas-number-field
                class="wide"
                integer
                label="Noise seed"
                .value=${seed}
                .min=${0}
                .max=${MAX_SEED}
                .nudge=${1}
                @number=${(event: NumberEvent) => this.apply({ kind: 'noise', mode, seed: event.value }, 'commit')}
              ></ganvas-number-field>
            </div>`
          : nothing
      }
    `;
  }

  /** Turned and shifted inside the network, which draws what comes in at the edge. */
  private renderTransform(recipe: Recipe): unknown {
    const transform = recipe.transform ?? identityTransform;
    return movements.map(
      ({ key, name, label, most, nudge, unit }) =>
        html`<div class="field">
          <span class="muted">${name}</span>
          <ganvas-slider
            label=${label}
            valueText=${`${formatPlain(transform[key])} ${unit}`}
            .min=${-most}
            .max=${most}
            .nudge=${nudge}
            .origin=${0}
            .marks=${[0]}
            .value=${transform[key]}
            @slide=${(event: SlideEvent) =>
              event.until(this.apply({ kind: 'transform', [key]: event.value }, event.phase))}
          ></ganvas-slider>
          <ganvas-number-field
            plain
            label=${label}
            .value=${transform[key]}
            .min=${-most * 10}
            .max=${most * 10}
            .nudge=${nudge}
            @number=${(event: NumberEvent) => void this.apply({ kind: 'transform', [key]: event.value }, 'commit')}
          ></ganvas-number-field>
        </div>`,
    );
  }

  private setPsi(psi: number, phase: ChangePhase): Promise<void> {
    return this.apply({ kind: 'truncation', psi }, phase);
  }

  private async apply(change: RecipeChange, phase: ChangePhase): Promise<void> {
    await (phase === 'preview' ? this.session?.preview(change) : this.session?.commit(change));
  }
}

/** Why a field cannot be used; nothing where it can. */
function because(reason: string | null): unknown {
  return reason === null ? nothing : html`<p class="why small muted">${reason}</p>`;
}

function psiInWords(psi: number): string {
  if (psi === 0) return 'the average picture';
  if (psi < 0) return 'the opposite of the seed';
  if (psi < 1) return 'closer to the average';
  return psi === 1 ? 'untruncated' : 'further from the average';
}
