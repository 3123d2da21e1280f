import { LitElement, css, html, nothing } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import type { DirectionSummary, LayerSummary } from '../../workbench/api.js';
import type { DirectionMeasures } from '../../workbench/discoveryApi.js';
import type { Edit } from '../../latent/recipe.js';
import type { EditorSession } from '../session/editorSession.js';
import type { ChangePhase } from '../session/sessionEvents.js';
import { shared } from '../style/shared.js';
import { icon } from '../style/icons.js';
import { formatSigned } from '../format.js';
import type { LayersEvent } from './layerStrip.js';
import type { MenuItem } from './menu.js';
import type { NumberEvent } from './numberField.js';
import type { SlideEvent } from './slider.js';

/** The slider reaches a little past the mark at ±5, further when a value already lies there. */
export function sliderReach(strength: number): number {
  return Math.max(6, Math.ceil(Math.abs(strength)) + 1);
}

/** Asks the stack to move this row; sent by the grip. */
export class MoveRowEvent extends Event {
  constructor(readonly by: -1 | 1) {
    super('move-row', { bubbles: true, composed: true });
  }
}

/** One row of the edit stack: name, slider, value, mute, menu, and unfolded the layers it acts on. */
export class EditRow extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        padding: 6px 12px 8px 4px;
        border-bottom: 1px solid var(--_line);
        background: var(--_background);
      }
      :host([selected]) {
        background: color-mix(in oklab, var(--_accent) 6%, var(--_background));
        box-shadow: inset 2px 0 0 var(--_accent);
      }
      .head {
        display: flex;
        align-items: center;
        gap: 2px;
      }
      .grip {
        flex: none;
        width: 24px;
        height: 28px;
        padding: 0;
        border: 0;
        border-radius: var(--_radius-small);
        background: none;
        color: var(--_edge);
        cursor: grab;
        touch-action: none;
        display: grid;
        place-items: center;
      }
      .grip:hover {
        color: var(--_text);
      }
      .fold {
        flex: none;
        width: 24px;
      }
      .fold svg {
        transition: rotate var(--_motion);
      }
      .fold[aria-expanded='true'] svg {
        rotate: 90deg;
      }
      input.name[type='text'] {
        flex: 1;
        font-weight: 550;
        padding: 0 6px;
        text-overflow: ellipsis;
      }
      input.name[type='text']:not(:hover, :focus) {
        border-color: transparent;
        background: none;
      }
      .track {
        padding-left: 28px;
      }
      :host([muted]) :is(.track, input.name, ganvas-number-field) {
        opacity: 0.55;
      }
      .detail {
        padding: 8px 0 4px 28px;
      }
      .detail h3 {
        display: flex;
        justify-content: space-between;
        margin-bottom: 4px;
        font-weight: 500;
        color: var(--_muted);
      }
      .conditions {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 6px;
        padding: 4px 0 2px 28px;
      }
      .chip {
        display: inline-flex;
        align-items: center;
        gap: 4px;
        max-width: 160px;
        min-height: 24px;
        padding: 0 6px 0 8px;
        border: 1px solid var(--_line);
        border-radius: 999px;
        background: var(--_surface);
        font-size: 12px;
      }
      .chip:hover {
        border-color: var(--_edge);
      }
      @media (pointer: coarse) {
        .chip {
          min-height: 36px;
        }
        .grip {
          width: 32px;
          height: 40px;
        }
        .track,
        .detail {
          padding-left: 8px;
        }
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) edit: Edit | null = null;
  @property({ attribute: false }) directionId: string | null = null;
  @property({ attribute: false }) layers: readonly LayerSummary[] = [];
  /** True for a direction of z, to which layers mean nothing. */
  @property({ type: Boolean }) whole = false;
  @property({ type: Number }) index = 0;
  @property() unit = '';
  /** Ids of its conditions. */
  @property({ attribute: false }) conditionIds: readonly string[] = [];
  /** Directions that it could be conditioned on. */
  @property({ attribute: false }) directions: readonly DirectionSummary[] = [];
  /** What its direction does to pictures, once that is known. */
  @property({ attribute: false }) measures: DirectionMeasures | null = null;
  @property({ type: Boolean, reflect: true }) selected = false;
  @property({ type: Boolean, reflect: true }) muted = false;
  @state() private unfolded = false;
  @query('input.name') private readonly nameField!: HTMLInputElement | null;

  protected override render(): unknown {
    const { edit } = this;
    if (edit === null) return nothing;
    const reach = sliderReach(edit.strength);
    const valueText = `${edit.name} ${formatSigned(edit.strength)}${edit.muted ? ', muted' : ''}`;
    return html`
      <div class="head" @focusin=${this.select} @pointerdown=${this.select}>
        <button
          type="button"
          class="grip"
          aria-label=${`Move ${edit.name}: up and down arrows`}
          title="Drag, or ↑ ↓, to reorder"
          @keydown=${this.onGripKey}
        >
          ${icon('grip', 16)}
        </button>
        <button
          type="button"
          class="icon-button compact fold"
          aria-expanded=${this.unfolded}
          aria-label=${`Layers and conditions of ${edit.name}`}
          title="Layers and conditions"
          @click=${() => (this.unfolded = !this.unfolded)}
        >
          ${icon('chevron', 16)}
        </button>
        <input
          class="name"
          type="text"
          maxlength="80"
          spellcheck="false"
          autocomplete="off"
          aria-label="Name of the edit"
          .value=${edit.name}
          @change=${this.rename}
          @keydown=${this.onNameKey}
        />
        <ganvas-number-field
          plain
          signed
          label=${`Strength of ${edit.name}`}
          .value=${edit.strength}
          .min=${-1000}
          .max=${1000}
          @number=${(event: NumberEvent) => void this.setStrength(event.value, 'commit')}
        ></ganvas-number-field>
        <button
          type="button"
          class="icon-button compact"
          aria-pressed=${edit.muted}
          aria-label=${`Mute ${edit.name}`}
          title=${edit.muted ? 'Unmute (M)' : 'Mute (M)'}
          @click=${this.toggleMuted}
        >
          ${icon(edit.muted ? 'eyeOff' : 'eye')}
        </button>
        <ganvas-menu label=${`More for ${edit.name}`} .items=${this.menuItems(edit)}></ganvas-menu>
      </div>
      <div class="track" title=${this.unit === '' ? nothing : `1 = ${this.unit}`} @focusin=${this.select}>
        <ganvas-slider
          label=${edit.name}
          valueText=${valueText}
          .min=${-reach}
          .max=${reach}
          .marks=${[-5, 5]}
          .value=${edit.strength}
          @slide=${(event: SlideEvent) => event.until(this.setStrength(event.value, event.phase))}
        ></ganvas-slider>
      </div>
      ${(edit.conditions ?? []).length > 0 || this.unfolded ? this.renderConditions(edit) : nothing}
      ${this.unfolded ? html`${this.renderLayers(edit)} ${this.renderEffects()}` : nothing}
    `;
  }

  private renderLayers(edit: Edit): unknown {
    if (this.whole) {
      return html`<p class="detail small muted">Moves z before any layer, so it acts on the whole picture.</p>`;
    }
    return html`<div class="detail">
      <h3><span>Acts on layers</span></h3>
      <ganvas-layer-strip
        label=${`Layers of ${edit.name}`}
        .layers=${this.layers}
        .value=${edit.layers}
        .scores=${this.measures?.layerScores ?? []}
        @layers=${(event: LayersEvent) => this.setLayers(event)}
      ></ganvas-layer-strip>
    </div>`;
  }

  /** Attributes that the edit leaves alone, as chips. */
  private renderConditions({ name, conditions = [] }: Edit): unknown {
    const others = this.directions.filter(({ id }) => id !== this.directionId && !this.conditionIds.includes(id));
    return html`<div class="conditions small">
      ${conditions.length > 0 ? html`<span class="muted">Keeps</span>` : nothing}
      ${conditions.map(
        (condition, place) =>
          html`<button
            type="button"
            class="chip"
            aria-label=${`${name} no longer keeps ${condition.name}`}
            title="Let it move again"
            @click=${() => this.setConditions(this.conditionIds.toSpliced(place, 1))}
          >
            ${condition.name} ${icon('close', 12)}
          </button>`,
      )}
      ${
        this.unfolded && others.length > 0
          ? html`<ganvas-menu
              word="Keep…"
              label=${`Keep… while ${name} moves`}
              .items=${others.map((other) => ({ name: other.name, run: () => this.addCondition(other.id) }))}
            ></ganvas-menu>`
          : nothing
      }
    </div>`;
  }

  private addCondition(id: string): void {
    this.setConditions([...this.conditionIds, id]);
  }

  private setConditions(ids: readonly string[]): void {
    void this.session?.condition(this.index, ids);
  }

  private renderEffects(): unknown {
    if (this.measures === null || this.measures.attributes.length === 0) return nothing;
    return html`<div class="detail">
      <h3><span>What moves with each unit</span></h3>
      <ganvas-effect-bars .effects=${this.measures.attributes}></ganvas-effect-bars>
    </div>`;
  }

  private menuItems(edit: Edit): MenuItem[] {
    const { index } = this;
    return [
      { name: 'Duplicate', run: () => void this.session?.commit({ kind: 'duplicate-edit', index }) },
      { name: 'Reset to 0', run: () => void this.setStrength(0, 'commit'), disabled: edit.strength === 0 },
      { name: 'Invert', run: () => void this.setStrength(-edit.strength, 'commit'), disabled: edit.strength === 0 },
      { name: 'Export direction', run: () => void this.export(edit), disabled: this.directionId === null },
      { name: 'Remove', run: () => void this.session?.commit({ kind: 'remove-edit', index }) },
    ];
  }

  private select(): void {
    this.session?.select(this.index);
  }

  private async setStrength(strength: number, phase: ChangePhase): Promise<void> {
    const change = { kind: 'edit-strength', index: this.index, strength } as const;
    await (phase === 'preview' ? this.session?.preview(change) : this.session?.commit(change));
  }

  private setLayers(event: LayersEvent): void {
    const change = { kind: 'edit-layers', index: this.index, layers: event.layers } as const;
    const made = event.phase === 'preview' ? this.session?.preview(change) : this.session?.commit(change);
    if (made !== undefined) event.until(made);
  }

  private rename(): void {
    const { edit, nameField } = this;
    if (edit === null || nameField === null) return;
    const name = nameField.value.trim();
    if (name === '') nameField.value = edit.name;
    else if (name !== edit.name) void this.session?.commit({ kind: 'edit-name', index: this.index, name });
  }

  private onNameKey(event: KeyboardEvent): void {
    if (event.key === 'Escape' && this.nameField !== null) this.nameField.value = this.edit?.name ?? '';
    if (event.key === 'Enter' || event.key === 'Escape') this.nameField?.blur();
  }

  private onGripKey(event: KeyboardEvent): void {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    event.stopPropagation();
    this.dispatchEvent(new MoveRowEvent(event.key === 'ArrowUp' ? -1 : 1));
  }

  /** Puts the focus on the grip, where keyboard reordering goes on. */
  focusGrip(): void {
    this.shadowRoot?.querySelector<HTMLElement>('.grip')?.focus();
  }

  private toggleMuted(): void {
    if (this.edit === null) return;
    void this.session?.commit({ kind: 'edit-muted', index: this.index, muted: !this.edit.muted });
  }

  private async export(edit: Edit): Promise<void> {
    if (this.directionId !== null) await this.session?.saveDirections([this.directionId], edit.name);
  }
}
