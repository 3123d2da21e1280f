import { LitElement, css, html } from 'lit';
import { property, query } from 'lit/decorators.js';
import { shared } from '../style/shared.js';
import { icon } from '../style/icons.js';
import { openPopover } from './popover.js';

export interface MenuItem {
  readonly name: string;
  readonly run: () => void;
  readonly disabled?: boolean;
}

/** Letters typed within this time continue the name that is looked for. */
const typingMilliseconds = 700;

/** A button with a menu of commands: arrows and first letters move, Enter runs, Escape closes. */
export class Menu extends LitElement {
  static override shadowRootOptions: ShadowRootInit = { ...LitElement.shadowRootOptions, delegatesFocus: true };

  static override styles = [
    shared,
    css`
      :host {
        display: inline-block;
      }
      [role='menu'] {
        position: fixed;
        inset: auto;
        margin: 0;
        min-width: 168px;
        max-height: 60vh;
        overflow-y: auto;
        padding: 4px;
        border: 1px solid var(--_line);
        border-radius: var(--_radius);
        background: var(--_surface);
        color: inherit;
        box-shadow: 0 8px 24px oklch(0 0 0 / 0.2);
      }
      [role='menuitem'] {
        display: block;
        width: 100%;
        min-height: 30px;
        padding: 4px 10px;
        border: 0;
        border-radius: var(--_radius-small);
        background: none;
        text-align: left;
      }
      [role='menuitem']:is(:hover, :focus-visible):not(:disabled) {
        background: var(--_hover);
      }
      [role='menuitem']:disabled {
        opacity: 0.4;
      }
      @media (pointer: coarse) {
        [role='menuitem'] {
          min-height: 44px;
        }
      }
    `,
  ];

  @property() label = 'More';
  /** Shown on the button in place of the three dots. */
  @property() word = '';
  @property({ attribute: false }) items: readonly MenuItem[] = [];
  @query('[role=menu]') private readonly menu!: HTMLElement | null;
  @query('.opener') private readonly button!: HTMLElement | null;

  protected override render(): unknown {
    return html`
      <button
        type="button"
        class=${this.word === '' ? 'icon-button compact opener' : 'button compact opener'}
        aria-haspopup="menu"
        aria-label=${this.label}
        title=${this.label}
        @click=${this.open}
      >
        ${this.word === '' ? icon('more') : this.word}
      </button>
      <div popover role="menu" aria-label=${this.label} @keydown=${this.onKeyDown}>
        ${this.items.map(
          (item) =>
            html`<button
              type="button"
              role="menuitem"
              tabindex="-1"
              ?disabled=${item.disabled ?? false}
              @click=${() => this.choose(item)}
            >
              ${item.name}
            </button>`,
        )}
      </div>
    `;
  }

  private typed = { letters: '', at: 0 };

  private get entries(): HTMLElement[] {
    return [...(this.menu?.querySelectorAll<HTMLElement>('[role=menuitem]:not(:disabled)') ?? [])];
  }

  private open(): void {
    if (this.menu === null || this.button === null) return;
    openPopover(this.menu, this.button, 'end');
    this.entries[0]?.focus();
  }

  private choose(item: MenuItem): void {
    this.menu?.hidePopover();
    this.button?.focus();
    item.run();
  }

  private onKeyDown(event: KeyboardEvent): void {
    const entries = this.entries;
    const at = entries.indexOf(this.shadowRoot?.activeElement as HTMLElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 }[event.key];
    if (event.key === 'Tab') this.menu?.hidePopover();
    // The editor's own shortcuts rest while a menu is open.
    event.stopPropagation();
    if (next !== undefined) entries[(next + entries.length) % entries.length]?.focus();
    else if (!this.findTyped(event)) return;
    event.preventDefault();
  }

  /** Moves to the entry that the letters typed so far begin; false when the key is not a letter. */
  private findTyped(event: KeyboardEvent): boolean {
    const going = event.timeStamp - this.typed.at < typingMilliseconds && this.typed.letters !== '';
    // A space presses the entry, but for one in the middle of a name.
    if (event.key.length !== 1 || event.ctrlKey || event.metaKey || (event.key === ' ' && !going)) return false;
    const letters = (going ? this.typed.letters : '') + event.key.toLowerCase();
    this.typed = { letters, at: event.timeStamp };
    this.entries.find((entry) => entry.textContent.trim().toLowerCase().startsWith(letters))?.focus();
    return true;
  }
}
