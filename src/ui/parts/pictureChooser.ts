import { LitElement, css, html } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { classMap } from 'lit/directives/class-map.js';
import type { EditorSession } from '../session/editorSession.js';
import { acceptedPictures } from '../session/acceptedFiles.js';
import { shared } from '../style/shared.js';
import { icon } from '../style/icons.js';

/** Where a picture comes in: dropped, chosen, or pasted anywhere in the editor. `compact` for another one. */
export class PictureChooser extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
      }
      .drop {
        display: grid;
        justify-items: center;
        gap: 8px;
        padding: 24px 16px;
        border: 1.5px dashed var(--_edge);
        border-radius: var(--_radius);
        text-align: center;
        transition: background-color var(--_motion);
      }
      .drop > svg {
        color: var(--_muted);
      }
      .drop.over {
        border-color: var(--_accent);
        background: var(--_accent-soft);
      }
      .drop .button {
        margin-top: 4px;
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ type: Boolean }) busy = false;
  @property({ type: Boolean }) compact = false;
  @state() private over = false;
  @query('input[type=file]') private readonly picker!: HTMLInputElement | null;

  protected override render(): unknown {
    return html`${this.compact ? this.renderButton('Another picture…') : this.renderDrop()}
      <input type="file" hidden accept=${acceptedPictures} aria-label="Picture to invert" @change=${this.onPicked} />`;
  }

  private renderDrop(): unknown {
    return html`<div
      class=${classMap({ drop: true, over: this.over })}
      @dragenter=${this.onDragOver}
      @dragover=${this.onDragOver}
      @dragleave=${() => (this.over = false)}
      @drop=${this.onDrop}
    >
      ${icon('picture', 32)}
      <b>${this.busy ? 'Opening the picture…' : 'Drop a picture here, or paste one'}</b>
      ${this.renderButton('Choose a picture…')}
    </div>`;
  }

  private renderButton(text: string): unknown {
    return html`<button
      type="button"
      class="button outlined"
      ?disabled=${this.busy}
      @click=${() => this.picker?.click()}
    >
      ${text}
    </button>`;
  }

  private onDragOver(event: DragEvent): void {
    if (![...(event.dataTransfer?.items ?? [])].some(({ kind }) => kind === 'file')) return;
    event.preventDefault();
    this.over = true;
  }

  private onDrop(event: DragEvent): void {
    this.over = false;
    const file = event.dataTransfer?.files[0];
    if (file === undefined) return;
    event.preventDefault();
    void this.session?.openFile(file);
  }

  private onPicked(): void {
    const file = this.picker?.files?.[0];
    if (file !== undefined) void this.session?.openFile(file);
    // The same file may be chosen again.
    if (this.picker !== null) this.picker.value = '';
  }
}
