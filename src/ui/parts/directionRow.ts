import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { DirectionSummary, Pixels } from '../../workbench/api.js';
import type { EditorSession } from '../session/editorSession.js';
import { stripStrengths } from '../session/previews.js';
import { shared } from '../style/shared.js';
import { icon } from '../style/icons.js';
import { formatPlain, formatSigned } from '../format.js';

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
        gap: 8px;
        min-height: 28px;
      }
      h3 {
        flex: 1;
        min-width: 0;
        font-size: 13px;
        font-weight: 550;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
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
    const facts = Object.entries(direction.statistics).map(([name, value]) => `${name} ${formatPlain(value)}`);
    return html`
      <div class="head">
        <h3 title=${[direction.name, `layers ${direction.layers}`, ...facts].join(' · ')}>${direction.name}</h3>
        <span class="small muted">${direction.layers === 'all' ? '' : `layers ${direction.layers}`}</span>
        <button
          type="button"
          class="button outlined compact add"
          aria-label=${`Add ${direction.name} to the edits`}
          @click=${() => this.add(1)}
        >
          ${icon('plus', 16)} Add
        </button>
      </div>
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
    `;
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
