import { LitElement, css, html } from 'lit';
import { property, query } from 'lit/decorators.js';
import { shared } from '../style/shared.js';
import { icon } from '../style/icons.js';

const shortcuts: readonly (readonly [keys: readonly string[], what: string])[] = [
  [['Space'], 'Hold: the picture before the edits'],
  [['T'], 'Hold: the picture being inverted'],
  [['R'], 'Random seed'],
  [['1', '…', '9'], 'Take a seed from the filmstrip'],
  [['S'], 'Star the seed'],
  [['Z'], 'Undo'],
  [['⇧', 'Z'], 'Redo'],
  [['←', '→'], 'Nudge the selected edit'],
  [['⇧', '←', '→'], 'Nudge it finely'],
  [['M'], 'Mute the selected edit'],
  [['/'], 'Search directions'],
  [['+', '−', '0'], 'Zoom the focused picture, fit it'],
  [['?'], 'This sheet'],
];

/** All shortcuts, and the switch that turns the single-key ones off. */
export class ShortcutSheet extends LitElement {
  static override styles = [
    shared,
    css`
      dialog {
        width: min(440px, calc(100vw - 32px));
        max-height: calc(100dvh - 32px);
        padding: 0;
        border: 1px solid var(--_line);
        border-radius: 12px;
        background: var(--_surface);
        color: inherit;
        box-shadow: 0 16px 64px oklch(0 0 0 / 0.3);
      }
      dialog::backdrop {
        background: oklch(0 0 0 / 0.4);
      }
      header {
        display: flex;
        align-items: center;
        justify-content: space-between;
        padding: 12px 12px 4px 20px;
      }
      h2 {
        font-size: 15px;
      }
      dl {
        display: grid;
        grid-template-columns: auto 1fr;
        align-items: center;
        gap: 8px 16px;
        padding: 8px 20px 16px;
      }
      dt {
        display: flex;
        gap: 4px;
      }
      label {
        display: flex;
        align-items: center;
        gap: 8px;
        min-height: 44px;
        padding: 0 20px;
        border-top: 1px solid var(--_line);
        cursor: pointer;
      }
      input {
        width: 16px;
        height: 16px;
        margin: 0;
        accent-color: var(--_accent);
      }
    `,
  ];

  @property({ type: Boolean }) enabled = true;
  @query('dialog') private readonly dialog!: HTMLDialogElement | null;

  open(): void {
    this.dialog?.showModal();
  }

  get isOpen(): boolean {
    return this.dialog?.open ?? false;
  }

  protected override render(): unknown {
    return html`<dialog aria-labelledby="title" @click=${this.onBackdrop}>
      <header>
        <h2 id="title">Keyboard</h2>
        <button type="button" class="icon-button" aria-label="Close" title="Close" @click=${() => this.dialog?.close()}>
          ${icon('close')}
        </button>
      </header>
      <dl>
        ${shortcuts.map(
          ([keys, what]) =>
            html`<dt>${keys.map((key) => (key === '…' ? html`<span>…</span>` : html`<kbd>${key}</kbd>`))}</dt>
              <dd>${what}</dd>`,
        )}
      </dl>
      <label>
        <input
          type="checkbox"
          .checked=${this.enabled}
          @change=${(event: Event & { currentTarget: HTMLInputElement }) =>
            this.dispatchEvent(new CustomEvent('toggle-shortcuts', { detail: event.currentTarget.checked }))}
        />
        Use single-key shortcuts
      </label>
    </dialog>`;
  }

  private onBackdrop(event: MouseEvent): void {
    if (event.target === this.dialog) this.dialog?.close();
  }
}
