import { LitElement, css, html, nothing } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { EditorSession } from '../session/editorSession.js';
import { emptyView, type EditorView } from '../session/view.js';
import { disclosure } from '../style/disclosure.js';
import { shared } from '../style/shared.js';
import { inOrder, methodInWords } from '../directionWords.js';
import { modelName } from '../modelWords.js';
import { icon } from '../style/icons.js';

/** Finding directions, and all that were found. */
export class DirectionsPanel extends LitElement {
  static override styles = [
    shared,
    disclosure,
    css`
      :host {
        display: block;
      }
      header {
        display: flex;
        align-items: center;
        gap: 8px;
        min-height: 44px;
        padding: 6px 8px 6px 16px;
        border-bottom: 1px solid var(--_line);
      }
      .search {
        display: flex;
        flex: 1;
        align-items: center;
        position: relative;
      }
      .search svg {
        position: absolute;
        left: 8px;
        color: var(--_muted);
        pointer-events: none;
      }
      .search input[type='search'] {
        width: 100%;
        padding-left: 28px;
      }
      .found {
        display: flex;
        align-items: center;
        justify-content: space-between;
        padding: 10px 8px 6px 16px;
        border-bottom: 1px solid var(--_line);
      }
      .empty {
        padding: 12px 16px;
      }
      .methods > h3 {
        padding: 10px 16px 4px;
      }
      .methods details {
        border-bottom: 1px solid var(--_line);
      }
      .methods summary {
        gap: 6px;
        padding: 0 16px;
        color: var(--_text);
      }
      .methods summary .muted {
        margin-left: auto;
      }
      .methods details > :not(summary) {
        padding: 4px 16px 14px;
      }
      .job {
        display: block;
        padding: 8px 16px;
        border-bottom: 1px solid var(--_line);
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) view: EditorView = emptyView;
  @state() private filter = '';
  @query('input[type=search]') private readonly search!: HTMLInputElement | null;

  focusSearch(): void {
    this.search?.focus();
    this.search?.select();
  }

  protected override render(): unknown {
    const { state } = this.view;
    return html`
      <header>
        <h2>Directions</h2>
        <div class="search">
          ${icon('search', 16)}
          <input
            type="search"
            placeholder="Search"
            aria-label="Search directions"
            title="Search (/)"
            .value=${this.filter}
            @input=${(event: InputEvent & { currentTarget: HTMLInputElement }) => (this.filter = event.currentTarget.value)}
            @keydown=${this.onSearchKey}
          />
        </div>
      </header>
      ${
        state.model === null
          ? html`<p class="empty muted">Once a model is open, directions through its pictures are found here.</p>`
          : html`${this.renderMethods()} ${this.renderJob()} ${this.renderFound()}`
      }
    `;
  }

  /** One open at a time; what a method needs is fetched when it is first looked at. */
  private renderMethods(): unknown {
    const { session, view } = this;
    return html`<div class="methods">
      <h3>Ways to find directions</h3>
      <details name="method" open>
        <summary>What the weights say <span class="small muted">SeFa</span></summary>
        <ganvas-sefa-card .session=${session} .view=${view}></ganvas-sefa-card>
      </details>
      <details name="method" @toggle=${() => void session?.units.prepare()}>
        <summary>What varies most <span class="small muted">GANSpace</span></summary>
        <ganvas-ganspace-card .session=${session} .view=${view}></ganvas-ganspace-card>
      </details>
      <details name="method" @toggle=${() => void session?.directions.prepareAttributes()}>
        <summary>What a network sees <span class="small muted">InterFaceGAN</span></summary>
        <ganvas-attribute-card .session=${session} .view=${view}></ganvas-attribute-card>
      </details>
      <details name="method">
        <summary>Teach it by clicking <span class="small muted">labels</span></summary>
        <ganvas-teach-card .session=${session} .view=${view}></ganvas-teach-card>
      </details>
    </div>`;
  }

  private renderJob(): unknown {
    const { discovery } = this.view;
    if (discovery === null || discovery.phase === 'finished') return nothing;
    return html`<ganvas-job-line
      class="job"
      .job=${discovery}
      @cancel-job=${() => void this.session?.directions.cancel()}
    ></ganvas-job-line>`;
  }

  private renderFound(): unknown {
    const { directions, editDirectionIds } = this.view.state;
    const wanted = this.filter.trim().toLowerCase();
    const shown = inOrder(directions, this.view.discovery?.found ?? []).filter((each) =>
      `${each.name} ${methodInWords(each)}`.toLowerCase().includes(wanted),
    );
    if (directions.length === 0) {
      return html`<p class="empty muted">
        No directions yet. Find some above, or drop a file of directions (.safetensors, .npy, .npz, factor.pt) on the
        picture.
      </p>`;
    }
    const count =
      shown.length === directions.length ? `${directions.length} found` : `${shown.length} of ${directions.length}`;
    const { measuringDirection } = this.view;
    return html`
      <ganvas-cosine-matrix .session=${this.session} .view=${this.view}></ganvas-cosine-matrix>
      <div class="found">
        <h3>${count}</h3>
        <button
          type="button"
          class="button compact"
          title="Save the listed directions as a file"
          ?disabled=${shown.length === 0}
          @click=${() =>
            void this.session?.saveDirections(
              shown.map(({ id }) => id),
              `${this.view.state.model === null ? 'model' : modelName(this.view.state.model)}-directions`,
            )}
        >
          Export
        </button>
      </div>
      ${
        shown.length === 0
          ? html`<p class="empty muted">No direction is called “${this.filter.trim()}”.</p>`
          : repeat(
              shown,
              ({ id }) => id,
              (direction) =>
                html`<ganvas-direction-row
                  .session=${this.session}
                  .direction=${direction}
                  .context=${this.session?.previews.stripContext ?? ''}
                  .editIndex=${indexOrNull(editDirectionIds, direction.id)}
                  .layers=${this.view.state.model?.layers ?? []}
                  .measuring=${measuringDirection?.directionId === direction.id ? measuringDirection : null}
                ></ganvas-direction-row>`,
            )
      }
    `;
  }

  private onSearchKey(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return;
    this.filter = '';
    this.search?.blur();
  }
}

function indexOrNull(ids: readonly string[], id: string): number | null {
  const index = ids.indexOf(id);
  return index < 0 ? null : index;
}
