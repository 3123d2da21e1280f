import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { classMap } from 'lit/directives/class-map.js';
import { MAX_SEED } from '../../latent/randomState.js';
import type { EditorSession } from '../session/editorSession.js';
import { emptyView, seedOf, type EditorView } from '../session/view.js';
import { shared } from '../style/shared.js';
import { icon } from '../style/icons.js';
import type { NumberEvent } from './numberField.js';

const pageSize = 24;

/** An endless contact sheet of seeds. */
export class ExplorePanel extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
      }
      header {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 8px;
        min-height: 44px;
        padding: 6px 8px 6px 16px;
        border-bottom: 1px solid var(--_line);
      }
      .go {
        display: flex;
        align-items: center;
        gap: 8px;
        padding: 12px 16px 4px;
      }
      .go ganvas-number-field {
        flex: 1;
      }
      ol {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(60px, 1fr));
        gap: 4px;
        padding: 8px 16px 12px;
      }
      li {
        position: relative;
        content-visibility: auto;
        contain-intrinsic-size: 64px;
      }
      .take {
        display: block;
        width: 100%;
        padding: 0;
        border: 0;
        border-radius: 6px;
        overflow: hidden;
        background: none;
      }
      .take:focus-visible {
        outline-offset: -3px;
        outline-color: white;
        box-shadow: inset 0 0 0 4px var(--_accent);
      }
      li::after {
        content: '';
        position: absolute;
        inset: 0;
        border-radius: 6px;
        pointer-events: none;
        box-shadow: inset 0 0 0 1px oklch(0 0 0 / 0.08);
      }
      li:has(.take:focus-visible)::after {
        box-shadow:
          inset 0 0 0 2px var(--_accent),
          inset 0 0 0 4px white;
      }
      li.current::after {
        box-shadow:
          inset 0 0 0 2.5px var(--_accent),
          inset 0 0 0 3.5px var(--_surface);
      }
      .number {
        position: absolute;
        left: 4px;
        bottom: 4px;
        padding: 0 5px;
        border-radius: 4px;
        background: oklch(0 0 0 / 0.68);
        color: white;
        font-size: 12px;
        line-height: 16px;
        opacity: 0;
        pointer-events: none;
      }
      .star {
        position: absolute;
        top: 2px;
        right: 2px;
        display: grid;
        place-items: center;
        width: 24px;
        height: 24px;
        padding: 0;
        border: 0;
        border-radius: 6px;
        background: none;
        color: white;
        filter: drop-shadow(0 0 1.5px oklch(0 0 0 / 0.9));
        opacity: 0;
      }
      .star[aria-pressed='true'] {
        color: oklch(0.85 0.15 85);
      }
      li:is(:hover, :focus-within, .current) .number,
      li:is(:hover, :focus-within) .star,
      .star[aria-pressed='true'] {
        opacity: 1;
      }
      .empty {
        padding: 12px 16px;
      }
      .more {
        display: flex;
        justify-content: center;
        padding: 0 16px 16px;
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) view: EditorView = emptyView;
  /** First seed of the sheet. */
  @state() private first = 0;
  @state() private count = pageSize * 2;
  /** Cell that Tab reaches. */
  @state() private active = 0;
  @query('.more') private readonly end!: HTMLElement | null;
  private observer: IntersectionObserver | null = null;
  private drawn = '';

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer?.disconnect();
    this.observer = null;
  }

  /** A drag changes the view many times a second; the sheet only cares for a few of its fields. */
  protected override shouldUpdate(changed: PropertyValues<this>): boolean {
    const { view } = this;
    const relevant = [
      seedOf(view.state.recipe),
      this.session?.previews.context,
      view.state.model?.hash,
      ...view.starred,
    ].join();
    const stale = relevant !== this.drawn || [...changed.keys()].some((name) => name !== 'view');
    this.drawn = relevant;
    return stale;
  }

  protected override render(): unknown {
    const { recipe } = this.view.state;
    if (recipe === null) {
      return html`<header><h2>Explore</h2></header>
        <p class="empty muted">Once a model is open, its seeds are laid out here.</p>`;
    }
    const current = seedOf(recipe);
    return html`
      <header>
        <h2 id="title">Explore</h2>
        <button
          type="button"
          class="button"
          title="Random seed (R)"
          @click=${() => void this.session?.takeRandomSeed()}
        >
          ${icon('dice')} Random
        </button>
      </header>
      <div class="go">
        <span class="muted">From seed</span>
        <ganvas-number-field
          integer
          label="First seed of the sheet"
          .value=${this.first}
          .min=${0}
          .max=${MAX_SEED - pageSize}
          .nudge=${pageSize}
          @number=${(event: NumberEvent) => this.jump(event.value)}
        ></ganvas-number-field>
      </div>
      <ol aria-labelledby="title" @keydown=${this.onKeyDown}>
        ${Array.from({ length: this.count }, (_, index) => this.renderCell(this.first + index, index, current))}
      </ol>
      <div class="more">
        <button type="button" class="button outlined" @click=${this.more}>More seeds</button>
      </div>
    `;
  }

  private renderCell(seed: number, index: number, current: number | null): unknown {
    if (seed > MAX_SEED) return nothing;
    const starred = this.view.starred.includes(seed);
    return html`<li class=${classMap({ current: seed === current })}>
      <button
        type="button"
        class="take"
        aria-label=${`Seed ${seed}${starred ? ', starred' : ''}`}
        aria-current=${seed === current ? 'true' : nothing}
        tabindex=${index === this.active ? 0 : -1}
        data-index=${index}
        @focus=${() => (this.active = index)}
        @click=${() => void this.session?.takeSeed(seed)}
      >
        <ganvas-thumbnail
          .session=${this.session}
          .seed=${seed}
          .context=${this.session?.previews.context ?? ''}
        ></ganvas-thumbnail>
      </button>
      <span class="number" aria-hidden="true">${seed}</span>
      <button
        type="button"
        class="star"
        tabindex="-1"
        aria-pressed=${starred}
        aria-label=${`Star seed ${seed}`}
        title="Star (S)"
        @click=${() => this.session?.toggleStar(seed)}
      >
        ${icon(starred ? 'starred' : 'star', 16)}
      </button>
    </li>`;
  }

  protected override updated(_changed: PropertyValues<this>): void {
    if (this.observer !== null || this.end === null) return;
    this.observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && this.more(), {
      rootMargin: '240px',
    });
    this.observer.observe(this.end);
  }

  private jump(seed: number): void {
    this.first = seed;
    this.count = pageSize * 2;
    this.active = 0;
  }

  private more(): void {
    this.count += pageSize;
  }

  private onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.toLowerCase() === 's') {
      event.preventDefault();
      event.stopPropagation();
      this.session?.toggleStar(this.first + this.active);
      return;
    }
    const columns = this.columns();
    const moves: Record<string, number> = {
      ArrowRight: this.active + 1,
      ArrowLeft: this.active - 1,
      ArrowDown: this.active + columns,
      ArrowUp: this.active - columns,
      Home: 0,
      End: this.count - 1,
    };
    const to = moves[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (to >= this.count) this.more();
    this.active = Math.max(0, to);
    void this.updateComplete.then(() => this.cell(this.active)?.focus());
  }

  private cell(index: number): HTMLElement | null {
    return this.shadowRoot?.querySelector<HTMLElement>(`[data-index="${index}"]`) ?? null;
  }

  private columns(): number {
    const list = this.shadowRoot?.querySelector('ol');
    return list ? getComputedStyle(list).gridTemplateColumns.split(' ').length : 1;
  }
}
