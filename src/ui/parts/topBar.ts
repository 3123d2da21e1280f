import { LitElement, css, html, nothing } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import type { AdapterSummary, ModelSummary } from '../../workbench/api.js';
import type { EditorSession } from '../session/editorSession.js';
import { acceptedFiles } from '../session/acceptedFiles.js';
import { emptyView, type EditorView } from '../session/view.js';
import { shared } from '../style/shared.js';
import { icon, type IconName } from '../style/icons.js';
import { formatBytes, formatCount, formatMilliseconds } from '../format.js';
import { adapterName, familyName, modelName } from '../modelWords.js';
import { openPopover } from './popover.js';

/** Model chip on the left; recipe link, save, undo, redo and help on the right. */
export class TopBar extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        align-items: center;
        gap: 4px;
        height: 48px;
        padding: 0 8px;
        border-bottom: 1px solid var(--_line);
        background: var(--_background);
        min-width: 0;
      }
      .chip {
        display: flex;
        align-items: center;
        gap: 8px;
        min-width: 0;
        height: 32px;
        padding: 0 12px;
        border: 1px solid var(--_line);
        border-radius: 999px;
        background: var(--_surface);
      }
      .chip:hover {
        border-color: var(--_edge);
      }
      .chip b {
        font-weight: 600;
        white-space: nowrap;
      }
      .chip .facts {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        color: var(--_muted);
      }
      .chip:disabled {
        color: var(--_muted);
        border-color: var(--_line);
      }
      .space {
        flex: 1;
      }
      .group {
        display: flex;
        flex: none;
        align-items: center;
        gap: 2px;
      }
      .divider {
        width: 1px;
        height: 20px;
        margin: 0 4px;
        background: var(--_line);
      }
      [popover] {
        position: fixed;
        inset: auto;
        margin: 0;
        width: min(400px, calc(100vw - 16px));
        padding: 16px;
        border: 1px solid var(--_line);
        border-radius: var(--_radius);
        background: var(--_surface);
        color: inherit;
        box-shadow: 0 8px 32px oklch(0 0 0 / 0.2);
      }
      [popover].opening {
        max-height: calc(100dvh - 64px);
        padding: 0;
        overflow: auto;
      }
      dl {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 4px 16px;
        margin-top: 12px;
      }
      dt {
        color: var(--_muted);
      }
      dd {
        overflow-wrap: anywhere;
      }
      .notes {
        margin-top: 12px;
        padding-top: 12px;
        border-top: 1px solid var(--_line);
        display: grid;
        gap: 4px;
      }
      .name {
        font-size: 15px;
        font-weight: 600;
      }
      /* Still the button's name for those who listen. */
      :host(:not([layout='wide'])) .button .text {
        position: absolute;
        width: 1px;
        height: 1px;
        overflow: hidden;
        clip-path: inset(50%);
      }
      :host(:not([layout='wide'])) .button {
        padding: 0;
      }
      :host([layout='narrow']) :is(.facts, .divider) {
        display: none;
      }
      :host([layout='narrow']) {
        padding: 0 4px;
        gap: 0;
      }
      :host([layout='narrow']) .group {
        gap: 0;
      }
      :host([layout='narrow']) :is(.icon-button, .button) {
        min-width: 36px;
      }
      :host([layout='narrow']) .chip {
        padding: 0 10px;
      }
      :host([layout='narrow']) .chip b {
        overflow: hidden;
        text-overflow: ellipsis;
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) view: EditorView = emptyView;
  @property({ reflect: true }) layout = 'wide';
  /** Set for a moment after the link was copied. */
  @state() private copied = false;
  /** True once the panel of the Open button has been loaded. */
  @state() private opens = false;
  private preloads = false;
  @query('.about') private readonly details!: HTMLElement | null;
  @query('.opening') private readonly opening!: HTMLElement | null;
  @query('.chip') private readonly chip!: HTMLElement | null;
  @query('input[type=file]') private readonly picker!: HTMLInputElement | null;

  protected override render(): unknown {
    const { state, phase } = this.view;
    const { model } = state;
    const ready = model !== null;
    return html`
      <button
        type="button"
        class="chip"
        part="model-chip"
        aria-haspopup="dialog"
        title="About this model"
        ?disabled=${!ready}
        @click=${this.openDetails}
      >
        ${
          model === null
            ? html`<span>${phase === 'loading' && this.view.problem === null ? 'Opening…' : 'No model'}</span>`
            : html`<b>${modelName(model)}</b><span class="facts">${this.facts(model)}</span>`
        }
      </button>
      ${model === null ? nothing : this.renderDetails(model)}
      <span class="space"></span>
      <slot></slot>
      <div class="group">
        ${this.renderButton(
          'open',
          'Open…',
          'Open a checkpoint, recipe, saved picture or directions',
          phase !== 'unsupported',
          (button) => void this.openOpening(button),
        )}
        ${this.renderButton('link', this.copied ? 'Copied' : 'Copy link', 'Copy a link to this recipe', ready, () => this.copy())}
        ${this.renderButton('save', 'Save PNG', 'Save the picture, its recipe inside (PNG)', ready, () => void this.session?.savePng())}
        <span class="divider"></span>
        ${this.renderIcon('undo', 'Undo (Z)', state.canUndo, () => void this.session?.undo())}
        ${this.renderIcon('redo', 'Redo (⇧Z)', state.canRedo, () => void this.session?.redo())}
        <span class="divider"></span>
        ${this.renderIcon('help', 'Keyboard shortcuts (?)', true, () => this.dispatchEvent(new Event('help')))}
      </div>
      <div
        popover
        class="opening"
        role="dialog"
        aria-label="Open"
        @choose-file=${this.chooseFile}
        @done=${() => this.opening?.hidePopover()}
      >
        ${
          this.opens
            ? html`<ganvas-open-panel .session=${this.session} .view=${this.view}></ganvas-open-panel>`
            : nothing
        }
      </div>
      <input type="file" hidden multiple accept=${acceptedFiles} aria-label="File to open" @change=${this.onPicked} />
    `;
  }

  private renderButton(
    name: IconName,
    text: string,
    label: string,
    enabled: boolean,
    run: (button: HTMLElement) => void,
  ): unknown {
    return html`<button
      type="button"
      class="button"
      title=${label}
      ?disabled=${!enabled}
      @click=${(event: Event & { currentTarget: HTMLElement }) => run(event.currentTarget)}
    >
      ${icon(name)}<span class="text">${text}</span>
    </button>`;
  }

  private renderIcon(name: IconName, label: string, enabled: boolean, run: () => void): unknown {
    return html`<button
      type="button"
      class="icon-button"
      aria-label=${label}
      title=${label}
      ?disabled=${!enabled}
      @click=${run}
    >
      ${icon(name)}
    </button>`;
  }

  private facts(model: ModelSummary): string {
    const { adapter } = this.view.state;
    const parts = [familyName(model), `${model.resolution}²`, 'f32'];
    if (adapter !== null) parts.push(adapterName(adapter));
    return parts.filter((part) => part !== '').join(' · ');
  }

  private renderDetails(model: ModelSummary): unknown {
    const { adapter, frame } = this.view.state;
    const facts: readonly (readonly [string, unknown])[] = [
      ['Family', familyName(model)],
      ...(model.generators.length > 1 ? ([['Network', this.renderNetworks(model)]] as const) : []),
      ['Picture', `${model.resolution} × ${model.resolution}, ${model.imgChannels} channels`],
      ['Latent', `z ${model.zDim}, w ${model.wDim}, ${model.numWs} layers`],
      ...(model.cDim > 0 ? ([['Classes', String(model.cDim)]] as const) : []),
      ['Parameters', `${formatCount(model.parameters)} · f32`],
      ...(frame === null
        ? []
        : ([
            ['Frame', `${formatMilliseconds(frame.milliseconds)}, ${frame.dispatches} dispatches`],
            ['GPU memory', formatBytes(frame.gpuBytes)],
          ] as const)),
      ...(adapter === null ? [] : ([['Adapter', adapterInWords(adapter)]] as const)),
      ['File', model.name],
      ['Hash', model.hash],
    ];
    return html`<div popover class="about" role="dialog" aria-label=${`About ${modelName(model)}`}>
      <p class="name">${modelName(model)}</p>
      <dl>
        ${facts.map(
          ([term, value]) =>
            html`<dt>${term}</dt>
              <dd>${value}</dd>`,
        )}
      </dl>
      ${
        model.notes.length > 0
          ? html`<ul class="notes small muted">
              ${model.notes.map((note) => html`<li>${note}</li>`)}
            </ul>`
          : nothing
      }
    </div>`;
  }

  /** Which network of the file is run. */
  private renderNetworks({ generators, network }: ModelSummary): unknown {
    return html`<select
      aria-label="Network of the file"
      @change=${({ currentTarget }: Event & { currentTarget: HTMLSelectElement }) => {
        void this.session?.openNetwork(generators[currentTarget.selectedIndex] ?? network);
        // The one that is open stays chosen until the other is.
        currentTarget.value = network;
      }}
    >
      ${generators.map(
        (name) => html`<option value=${name} .selected=${name === network}>${name || '(unnamed)'}</option>`,
      )}
    </select>`;
  }

  private openDetails(): void {
    if (this.details !== null && this.chip !== null) openPopover(this.details, this.chip, 'start');
  }

  /** What is kept must open without a network, so that what opens it has to be here before it goes. */
  protected override updated(): void {
    if (this.view.phase !== 'ready' || this.preloads || this.session?.library.keepsModels !== true) return;
    this.preloads = true;
    void loadOpenPanel().catch(() => undefined);
    void this.session.library.refresh();
  }

  private async openOpening(button: HTMLElement): Promise<void> {
    try {
      await loadOpenPanel();
    } catch (thrown) {
      return this.session?.report('The Open panel could not be loaded', thrown);
    }
    this.opens = true;
    await this.updateComplete;
    void this.session?.library.refresh();
    if (this.opening !== null) openPopover(this.opening, button, 'end');
  }

  private chooseFile(): void {
    this.opening?.hidePopover();
    this.picker?.click();
  }

  private copy(): void {
    this.dispatchEvent(new Event('copy-link'));
    this.copied = true;
    setTimeout(() => (this.copied = false), 1600);
  }

  private onPicked(): void {
    const files = [...(this.picker?.files ?? [])];
    if (files.length > 0) void this.session?.openFiles(files);
    // The same file may be chosen again.
    if (this.picker !== null) this.picker.value = '';
  }
}

/** Loaded on demand: most visits open nothing. */
async function loadOpenPanel(): Promise<void> {
  const { OpenPanel } = await import('./openPanel.js');
  if (customElements.get('ganvas-open-panel') === undefined) customElements.define('ganvas-open-panel', OpenPanel);
}

function adapterInWords(adapter: AdapterSummary): string {
  const name = adapterName(adapter);
  return adapter.software ? `${name} (software: correct, but slower)` : name;
}
