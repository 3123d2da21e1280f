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

/** A button with a menu of commands: arrows move, Enter runs, Escape closes. */
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
  @property({ attribute: false }) items: readonly MenuItem[] = [];
  @query('[role=menu]') private readonly menu!: HTMLElement | null;
  @query('.icon-button') private readonly button!: HTMLElement | null;

  protected override render(): unknown {
    return html`
      <button
        type="button"
        class="icon-button compact"
        aria-haspopup="menu"
        aria-label=${this.label}
        title=${this.label}
        @click=${this.open}
      >
        ${icon('more')}
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
    if (next === undefined) return;
    event.preventDefault();
    entries[(next + entries.length) % entries.length]?.focus();
  }
}
