import { LitElement, css, html, nothing } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import registryJson from '../../../weights/registry.json';
import { parseRegistry, type ExternalModel } from '../../workbench/registry.js';
import type { KeptModel } from '../library/keptModels.js';
import type { EditorSession } from '../session/editorSession.js';
import { emptyView, type EditorView } from '../session/view.js';
import { disclosure } from '../style/disclosure.js';
import { shared } from '../style/shared.js';
import { icon } from '../style/icons.js';
import { formatBytes, formatPercent } from '../format.js';
import { familyName } from '../modelWords.js';

/** Asks whoever holds the file chooser to show it. */
export const chooseFileEvent = 'choose-file';
/** Asks to be put away: something is being opened. */
export const doneEvent = 'done';

/** Where models come from: a file, an address, this computer, and the pages of those who publish them. */
export class OpenPanel extends LitElement {
  static override styles = [
    shared,
    disclosure,
    css`
      :host {
        display: block;
      }
      section {
        padding: 12px 16px;
        border-bottom: 1px solid var(--_line);
      }
      section > .button {
        margin-top: 8px;
      }
      section:last-of-type {
        border: 0;
      }
      h3 {
        margin-bottom: 8px;
      }
      p {
        margin-top: 8px;
      }
      form {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: 8px;
      }
      form label.keep {
        grid-column: 1 / -1;
        display: flex;
        align-items: center;
        gap: 6px;
      }
      input[type='url'] {
        font: inherit;
        color: inherit;
        min-width: 0;
        height: 32px;
        padding: 0 8px;
        border: 1px solid var(--_line);
        border-radius: var(--_radius-small);
        background: var(--_surface);
      }
      li.row {
        display: grid;
        grid-template-columns: 1fr auto auto auto;
        align-items: center;
        gap: 4px 8px;
        min-height: 36px;
      }
      .name {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .release {
        padding: 4px 0 6px;
      }
      a {
        color: var(--_accent);
      }
      summary {
        padding: 4px 0;
      }
      summary .muted {
        margin-left: auto;
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) view: EditorView = emptyView;
  @state() private keeps = true;
  @query('input[type=url]') private readonly address!: HTMLInputElement | null;

  protected override render(): unknown {
    return html`
      <section>
        <h3>From this computer</h3>
        <button type="button" class="button primary" @click=${() => this.tell(chooseFileEvent)}>
          ${icon('open')} Choose a file…
        </button>
        <p class="small muted">
          A checkpoint (.pkl, .pt, .pth, .bin, .safetensors), directions, a recipe or a picture. Dropping it anywhere on
          the picture does the same. Files are read as data: no code in them ever runs, and nothing is uploaded.
        </p>
      </section>
      ${this.renderAddress()} ${this.renderKept()} ${renderReleases()}
    `;
  }

  private renderAddress(): unknown {
    return html`<section>
      <h3>From an address</h3>
      <form @submit=${this.onAddress}>
        <input type="url" required placeholder="https://…" aria-label="Address of a checkpoint" autocomplete="off" />
        <button type="submit" class="button outlined">Fetch</button>
        <label class="keep small">
          <input
            type="checkbox"
            .checked=${this.keeps}
            @change=${(event: Event & { currentTarget: HTMLInputElement }) => (this.keeps = event.currentTarget.checked)}
          />
          Keep a copy on this computer, to open it without a network
        </label>
      </form>
    </section>`;
  }

  private renderKept(): unknown {
    const { kept, room, keeping, source } = this.view.library;
    const isKept = kept?.some(({ name, bytes }) => name === source?.name && bytes === source.file.size) ?? true;
    const total = kept?.reduce((sum, { bytes }) => sum + bytes, 0) ?? 0;
    return html`<section aria-label="Kept on this computer">
      <h3>Kept on this computer</h3>
      ${kept?.length === 0 ? html`<p class="small muted">Nothing yet. What is kept opens without a network.</p>` : nothing}
      <ul>
        ${kept?.map((model) => this.renderModel(model))}
      </ul>
      ${
        keeping === null
          ? source === null || isKept
            ? nothing
            : html`<button
                type="button"
                class="button outlined"
                @click=${() => void this.session?.library.keep(source)}
              >
                Keep ${source.name} (${formatBytes(source.file.size)})
              </button>`
          : html`<p class="small" role="status">Keeping ${keeping.name}, ${formatPercent(keeping.fraction)}</p>`
      }
      ${
        room === null || kept === null
          ? nothing
          : html`<p class="small muted">
              ${total === 0 ? 'The' : `${formatBytes(total)} in models; the`} browser lets the page keep
              ${formatBytes(room.left)} more.
            </p>`
      }
    </section>`;
  }

  private renderModel(model: KeptModel): unknown {
    return html`<li class="row">
      <span class="name" title=${`${model.url ?? 'a file of yours'}, SHA-256 ${model.sha256}`}>${model.name}</span>
      <span class="small muted">${formatBytes(model.bytes)}</span>
      <button
        type="button"
        class="button outlined compact"
        aria-label=${`Open ${model.name}`}
        @click=${() => this.open(model)}
      >
        Open
      </button>
      <button
        type="button"
        class="icon-button compact"
        aria-label=${`Delete ${model.name} from this computer`}
        title="Delete from this computer"
        @click=${() => void this.session?.library.forget(model)}
      >
        ${icon('close', 16)}
      </button>
    </li>`;
  }

  private open(model: KeptModel): void {
    void this.session?.openKept(model);
    this.tell(doneEvent);
  }

  private onAddress(event: SubmitEvent): void {
    event.preventDefault();
    const url = this.address?.value.trim() ?? '';
    if (url === '') return;
    this.session?.dismissProblem();
    void this.session?.openUrl(url, '', null, this.keeps);
    this.tell(doneEvent);
  }

  private tell(name: typeof chooseFileEvent | typeof doneEvent): void {
    this.dispatchEvent(new Event(name, { bubbles: true, composed: true }));
  }
}

/** Published models by family, in the order of the file. */
const releases = new Map<ExternalModel['family'], ExternalModel[]>();
for (const model of parseRegistry(registryJson).models) {
  if (model.kind === 'external') releases.set(model.family, [...(releases.get(model.family) ?? []), model]);
}

function renderReleases(): unknown {
  return html`<section aria-label="Published models">
    <h3>Published models</h3>
    <p class="small muted">
      Their authors offer them on pages of their own, under their own licences. Fetch the file there, then drop it here.
    </p>
    ${[...releases].map(
      ([family, models]) =>
        html`<details>
          <summary>${familyName({ family })} <span class="small muted">${models.length}</span></summary>
          <ul>
            ${models.map(renderRelease)}
          </ul>
        </details>`,
    )}
  </section>`;
}

function renderRelease({ title, resolution, approximateBytes, licence, page }: ExternalModel): unknown {
  const size = approximateBytes === null ? '' : `, about ${formatBytes(approximateBytes)}`;
  return html`<li class="release">
    <span>${title}, ${resolution}²${size}</span><br />
    <span class="small muted">${licence} · </span
    ><a class="small" href=${page} target="_blank" rel="noopener noreferrer">${new URL(page).pathname.slice(1)}</a>
  </li>`;
}
