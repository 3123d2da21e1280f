import { LitElement, css, html } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { shared } from '../style/shared.js';
import { formatPlain, formatSigned, parseNumber } from '../format.js';

/** A finished entry of a number field. */
export class NumberEvent extends Event {
  constructor(readonly value: number) {
    super('number', { bubbles: true, composed: true });
  }
}

/** A text field for one number: Enter or leaving commits, Escape restores, ↑/↓ nudge; other text is refused in words. */
export class NumberField extends LitElement {
  static override shadowRootOptions: ShadowRootInit = { ...LitElement.shadowRootOptions, delegatesFocus: true };

  static override styles = [
    shared,
    css`
      :host {
        display: inline-block;
        position: relative;
        width: 60px;
      }
      input[type='text'] {
        width: 100%;
        padding: 0 6px;
        text-align: right;
      }
      :host([plain]) input[type='text']:not(:hover, :focus) {
        border-color: transparent;
        background: none;
      }
      input[aria-invalid='true'] {
        border-color: var(--_alert);
      }
      .refusal {
        position: absolute;
        z-index: 3;
        top: calc(100% + 4px);
        right: 0;
        padding: 4px 8px;
        border: 1px solid var(--_alert);
        border-radius: var(--_radius-small);
        background: var(--_alert-soft);
        color: var(--_text);
        font-size: 12px;
        white-space: nowrap;
      }
      .refusal:empty {
        display: none;
      }
    `,
  ];

  @property({ type: Number }) value = 0;
  @property({ type: Number }) min = -Infinity;
  @property({ type: Number }) max = Infinity;
  @property({ type: Number }) nudge = 0.1;
  @property({ type: Boolean }) integer = false;
  @property({ type: Boolean }) signed = false;
  @property({ type: Boolean }) disabled = false;
  @property() label = '';
  @state() private refusal = '';
  @query('input') private readonly input!: HTMLInputElement | null;

  protected override render(): unknown {
    return html`
      <input
        type="text"
        inputmode=${this.integer && this.min >= 0 ? 'numeric' : 'decimal'}
        autocomplete="off"
        spellcheck="false"
        .value=${this.text}
        ?disabled=${this.disabled}
        aria-label=${this.label}
        aria-invalid=${this.refusal !== ''}
        @focus=${() => this.input?.select()}
        @change=${this.finish}
        @blur=${this.restore}
        @keydown=${this.onKeyDown}
      /><span class="refusal" role="alert">${this.refusal}</span>
    `;
  }

  private get text(): string {
    if (this.integer) return String(this.value);
    return this.signed ? formatSigned(this.value) : formatPlain(this.value);
  }

  private onKeyDown(event: KeyboardEvent): void {
    if (event.key === 'Enter') this.finish();
    if (event.key === 'Escape') {
      event.stopPropagation();
      this.restore();
      this.input?.select();
    }
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    const step = event.shiftKey && !this.integer ? this.nudge / 10 : this.nudge;
    const start = parseNumber(this.input?.value ?? '') ?? this.value;
    this.send(start + (event.key === 'ArrowUp' ? step : -step));
  }

  private finish(): void {
    const text = this.input?.value ?? '';
    if (text === this.text) return;
    const value = parseNumber(text);
    if (value === null) this.refusal = text.trim() === '' ? 'A number is needed.' : `“${text.trim()}” is not a number.`;
    else if (this.integer && !Number.isInteger(value)) this.refusal = 'A whole number is needed.';
    else if (value < this.min || value > this.max) this.refusal = `From ${this.min} to ${this.max}, please.`;
    else this.send(value);
  }

  private send(raw: number): void {
    const bounded = Math.min(this.max, Math.max(this.min, raw));
    const value = this.integer ? Math.round(bounded) : Number(bounded.toFixed(6));
    this.refusal = '';
    if (value === this.value) return this.restore();
    this.value = value;
    this.dispatchEvent(new NumberEvent(value));
  }

  private restore(): void {
    this.refusal = '';
    if (this.input !== null) this.input.value = this.text;
  }
}
