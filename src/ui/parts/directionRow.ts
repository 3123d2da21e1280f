import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { DirectionSummary, LayerSummary, Pixels } from '../../workbench/api.js';
import type { DirectionMeasures, DirectionMeasuresStatus } from '../../workbench/discoveryApi.js';
import type { EditorSession } from '../session/editorSession.js';
import { stripStrengths } from '../session/previews.js';
import { shared } from '../style/shared.js';
import { icon } from '../style/icons.js';
import { effectInWords, methodInWords, statisticsInWords } from '../directionWords.js';
import { formatSigned } from '../format.js';
import type { MenuItem } from './menu.js';

/** Previews follow the recipe only after it has rested this long. */
const restMilliseconds = 500;

/** A direction as the discovery lists it: what it does from −3 to +3, and a way into the edit stack. */
export class DirectionRow extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        padding: 8px 12px 10px 16px;
        border-bottom: 1px solid var(--_line);
      }
      .head {
        display: flex;
        align-items: center;
        gap: 2px;
        min-height: 28px;
      }
      input.name[type='text'] {
        flex: 1;
        margin-left: -8px;
        font-weight: 550;
        text-overflow: ellipsis;
      }
      input.name[type='text']:not(:hover, :focus) {
        border-color: transparent;
        background: none;
      }
      .star[aria-pressed='true'] {
        color: var(--_star);
      }
      .facts {
        display: flex;
        justify-content: space-between;
        gap: 8px;
        min-height: 16px;
      }
      .measures {
        display: grid;
        gap: 8px;
        margin-top: 8px;
      }
      .strip {
        display: grid;
        grid-template-columns: repeat(7, 1fr);
        gap: 2px;
        margin-top: 6px;
      }
      .strip button {
        display: block;
        padding: 0;
        border: 0;
        min-height: 24px;
        border-radius: 4px;
        overflow: hidden;
        background: none;
      }
      .strip button:hover {
        outline: 2px solid var(--_accent);
      }
      .strip .zero {
        box-shadow: 0 0 0 1.5px var(--_edge);
      }
      .axis {
        display: flex;
        justify-content: space-between;
        padding: 2px 2px 0;
      }
      .add {
        padding: 0 8px 0 4px;
        gap: 2px;
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) direction: DirectionSummary | null = null;
  /** Changes when the previews no longer hold. */
  @property() context = '';
  /** Index of its row in the edit stack, null while it has none. */
  @property({ attribute: false }) editIndex: number | null = null;
  /** How measuring it stands; null while nobody does. */
  @property({ attribute: false }) measuring: DirectionMeasuresStatus | null = null;
  @property({ attribute: false }) layers: readonly LayerSummary[] = [];
  @state() private pictures: readonly Pixels[] = [];

  private observer: IntersectionObserver | null = null;
  private visible = false;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private cancel: () => void = () => undefined;
  private shownContext = '';

  override connectedCallback(): void {
    super.connectedCallback();
    this.observer = new IntersectionObserver(([entry]) => {
      this.visible = entry?.isIntersecting ?? false;
      this.ask(0);
    });
    this.observer.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer?.disconnect();
    this.visible = false;
    this.forget();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('context')) this.ask(this.pictures.length === 0 ? 0 : restMilliseconds);
  }

  protected override render(): unknown {
    const { direction } = this;
    if (direction === null) return nothing;
    const { id, name, starred } = direction;
    return html`
      <div class="head">
        <input
          class="name"
          type="text"
          maxlength="80"
          spellcheck="false"
          autocomplete="off"
          aria-label="Name of the direction"
          title=${statisticsInWords(direction)}
          .value=${name}
          @change=${this.rename}
        />
        <button
          type="button"
          class="icon-button compact star"
          aria-pressed=${starred}
          aria-label=${`Star ${name}`}
          title=${starred ? 'Remove the star' : 'Star'}
          @click=${() => void this.session?.directions.star(id, !starred)}
        >
          ${icon(starred ? 'starred' : 'star', 16)}
        </button>
        <button
          type="button"
          class="button outlined compact add"
          aria-label=${`Add ${direction.name} to the edits`}
          @click=${() => this.add(1)}
        >
          ${icon('plus', 16)} Add
        </button>
        <ganvas-menu label=${`More for ${name}`} .items=${this.menuItems(direction)}></ganvas-menu>
      </div>
      <p class="facts small muted">
        <span>${methodInWords(direction)}${direction.layers === 'all' ? '' : `, layers ${direction.layers}`}</span>
        <span>${effectInWords(direction)}</span>
      </p>
      <div class="strip" role="group" aria-label=${`Previews of ${direction.name}`}>
        ${stripStrengths.map(
          (strength, index) =>
            html`<button
              type="button"
              class=${strength === 0 ? 'zero' : ''}
              aria-label=${`Set ${direction.name} to ${formatSigned(strength)}`}
              title=${formatSigned(strength)}
              @click=${() => this.setTo(strength)}
            >
              <ganvas-picture .pixels=${this.pictures[index] ?? null}></ganvas-picture>
            </button>`,
        )}
      </div>
      <div class="axis small muted" aria-hidden="true"><span>−3</span><span>0</span><span>+3</span></div>
      <ganvas-job-line
        .job=${this.measuring}
        cancelled="Measuring was cancelled."
        @cancel-job=${() => void this.session?.directions.cancelMeasuring()}
      ></ganvas-job-line>
      ${direction.measures === null ? nothing : this.renderMeasures(direction.measures)}
    `;
  }

  private renderMeasures({ attributes, layerScores, proposedLayers }: DirectionMeasures): unknown {
    return html`<div class="measures">
      <ganvas-effect-bars .effects=${attributes}></ganvas-effect-bars>
      <ganvas-layer-heat .layers=${this.layers} .scores=${layerScores} proposed=${proposedLayers}></ganvas-layer-heat>
    </div>`;
  }

  private menuItems({ id, name, space }: DirectionSummary): MenuItem[] {
    const directions = this.session?.directions;
    return [
      { name: 'Measure what it does', run: () => void directions?.measure(id) },
      { name: 'Export', run: () => void this.session?.saveDirections([id], name) },
      { name: 'Export as .npy', run: () => void directions?.saveNpy(id, name), disabled: space === 'w+' },
      { name: 'Remove', run: () => void directions?.remove([id]), disabled: this.editIndex !== null },
    ];
  }

  private rename(event: Event & { currentTarget: HTMLInputElement }): void {
    const { direction } = this;
    const name = event.currentTarget.value.trim();
    if (direction === null) return;
    if (name === '') event.currentTarget.value = direction.name;
    else if (name !== direction.name) void this.session?.directions.rename(direction.id, name);
  }

  /** A preview shows the picture with this strength: taking it means exactly that picture. */
  private setTo(strength: number): void {
    if (this.editIndex === null) this.add(strength);
    else void this.session?.commit({ kind: 'edit-strength', index: this.editIndex, strength });
  }

  private add(strength: number): void {
    if (this.direction !== null) void this.session?.addDirection(this.direction, strength);
  }

  private ask(delay: number): void {
    if (!this.visible || this.context === '' || this.context === this.shownContext) return;
    this.forget();
    this.timer = setTimeout(() => {
      const { context, direction } = this;
      if (direction === null || this.session === null) return;
      this.cancel = this.session.previews.strip(direction.id, (pictures) => {
        // What has not been made anew yet stays.
        this.pictures = [...pictures, ...this.pictures.slice(pictures.length)];
        if (pictures.length === stripStrengths.length) this.shownContext = context;
      });
    }, delay);
  }

  private forget(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.cancel();
    this.cancel = () => undefined;
  }
}
