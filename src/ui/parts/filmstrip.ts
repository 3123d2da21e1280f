import { LitElement, css, html, nothing } from 'lit';
import { property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { EditorSession } from '../session/editorSession.js';
import { emptyView, seedOf, type EditorView } from '../session/view.js';
import { shared } from '../style/shared.js';

type Reel = 'visited' | 'starred';

/** Seeds under the stage: those visited, newest first, or those starred. The first nine answer to 1–9. */
export class Filmstrip extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        align-items: center;
        gap: 12px;
        min-width: 0;
        padding: 8px 16px;
        border-top: 1px solid var(--_line);
        background: var(--_background);
      }
      ol {
        display: flex;
        flex: 1;
        gap: 4px;
        min-width: 0;
        padding: 3px;
        margin: -3px;
        overflow-x: auto;
        scrollbar-width: none;
      }
      button {
        position: relative;
        display: block;
        width: 48px;
        padding: 0;
        border: 0;
        border-radius: 6px;
        overflow: hidden;
        background: none;
      }
      button[aria-current]::after {
        content: '';
        position: absolute;
        inset: 0;
        border-radius: 6px;
        box-shadow:
          inset 0 0 0 2.5px var(--_accent),
          inset 0 0 0 3.5px var(--_surface);
      }
      .digit {
        position: absolute;
        left: 3px;
        bottom: 3px;
        min-width: 16px;
        padding: 0 4px;
        border-radius: 4px;
        background: oklch(0 0 0 / 0.68);
        color: white;
        font-size: 12px;
        line-height: 16px;
      }
      .empty {
        flex: 1;
        min-height: 48px;
        display: flex;
        align-items: center;
      }
      :host([layout='narrow']) {
        gap: 8px;
        padding: 6px 12px;
      }
      :host([layout='narrow']) .digit {
        display: none;
      }
      :host([layout='narrow']) .segmented {
        flex-direction: column;
      }
      :host([layout='narrow']) .segmented span {
        height: 24px;
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) view: EditorView = emptyView;
  @property({ reflect: true }) layout = 'wide';
  @state() private reel: Reel = 'visited';
  @state() private active = 0;

  /** The seed behind a digit, as shown now. */
  seedAt(index: number): number | undefined {
    return this.seeds[index];
  }

  private get seeds(): readonly number[] {
    return this.reel === 'visited' ? this.view.visited : this.view.starred;
  }

  protected override render(): unknown {
    return html`
      <div class="segmented" role="radiogroup" aria-label="Filmstrip">
        ${this.renderChoice('visited', 'History')} ${this.renderChoice('starred', 'Starred')}
      </div>
      ${this.seeds.length === 0 ? this.renderEmpty() : this.renderSeeds()}
    `;
  }

  private renderChoice(reel: Reel, name: string): unknown {
    return html`<label>
      <input type="radio" name="reel" .checked=${this.reel === reel} @change=${() => (this.reel = reel)} /><span
        >${name}</span
      >
    </label>`;
  }

  private renderEmpty(): unknown {
    const text =
      this.reel === 'starred' ? 'Nothing starred yet. Press S, or the star under the picture, to keep a seed.' : '';
    return html`<p class="empty muted small">${text}</p>`;
  }

  private renderSeeds(): unknown {
    const current = seedOf(this.view.state.recipe);
    const active = Math.min(this.active, this.seeds.length - 1);
    return html`<ol
      aria-label=${this.reel === 'visited' ? 'Visited seeds' : 'Starred seeds'}
      @keydown=${this.onKeyDown}
    >
      ${repeat(
        this.seeds,
        (seed) => seed,
        (seed, index) =>
          html`<li>
            <button
              type="button"
              data-index=${index}
              tabindex=${index === active ? 0 : -1}
              aria-label=${`Seed ${seed}${index < 9 ? `, key ${index + 1}` : ''}`}
              title=${`Seed ${seed}${index < 9 ? ` (${index + 1})` : ''}`}
              aria-current=${seed === current ? 'true' : nothing}
              @focus=${() => (this.active = index)}
              @click=${() => void this.session?.takeSeed(seed)}
            >
              <ganvas-thumbnail
                urgent
                .session=${this.session}
                .seed=${seed}
                .context=${this.session?.previews.context ?? ''}
              ></ganvas-thumbnail>
              ${index < 9 ? html`<span class="digit" aria-hidden="true">${index + 1}</span>` : nothing}
            </button>
          </li>`,
      )}
    </ol>`;
  }

  private onKeyDown(event: KeyboardEvent): void {
    const to = { ArrowRight: this.active + 1, ArrowLeft: this.active - 1, Home: 0, End: this.seeds.length - 1 }[
      event.key
    ];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.active = Math.min(this.seeds.length - 1, Math.max(0, to));
    void this.updateComplete.then(() =>
      this.shadowRoot?.querySelector<HTMLElement>(`[data-index="${this.active}"]`)?.focus(),
    );
  }
}
