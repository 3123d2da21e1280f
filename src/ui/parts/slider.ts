import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { property, state } from 'lit/decorators.js';
import { styleProperties } from '../style/styleProperties.js';
import { shared } from '../style/shared.js';
import { GestureEvent, type GesturePhase } from './gestureEvent.js';

/** A value of a slider: `preview` while it is dragged, `commit` when it is let go. */
export class SlideEvent extends GestureEvent {
  constructor(
    readonly value: number,
    phase: GesturePhase,
  ) {
    super('slide', phase);
  }
}

/** A native range input with a visible origin, marks, fine keyboard steps and one commit a gesture. */
export class Slider extends LitElement {
  static override shadowRootOptions: ShadowRootInit = { ...LitElement.shadowRootOptions, delegatesFocus: true };

  static override styles = [
    shared,
    css`
      :host {
        --thumb: 16px;
        display: block;
        position: relative;
        height: 24px;
      }
      input {
        appearance: none;
        position: relative;
        width: 100%;
        height: 100%;
        margin: 0;
        background: none;
        cursor: pointer;
        touch-action: pan-y;
        border-radius: 6px;
      }
      input:disabled {
        cursor: default;
        opacity: 0.4;
      }
      input::-webkit-slider-runnable-track {
        height: 4px;
        border-radius: 2px;
        background: linear-gradient(
          to right,
          var(--track) var(--from),
          var(--_accent) var(--from) var(--to),
          var(--track) var(--to)
        );
      }
      input::-moz-range-track {
        height: 4px;
        border-radius: 2px;
        background: linear-gradient(
          to right,
          var(--track) var(--from),
          var(--_accent) var(--from) var(--to),
          var(--track) var(--to)
        );
      }
      input {
        --track: light-dark(oklch(0.86 0 0), oklch(0.37 0 0));
      }
      input::-webkit-slider-thumb {
        appearance: none;
        width: var(--thumb);
        height: var(--thumb);
        margin-top: calc(2px - var(--thumb) / 2);
        border: 1.5px solid var(--_accent);
        border-radius: 50%;
        background: var(--_surface);
        box-shadow: 0 1px 3px oklch(0 0 0 / 0.22);
        transition: scale var(--_motion);
      }
      input::-moz-range-thumb {
        width: var(--thumb);
        height: var(--thumb);
        box-sizing: border-box;
        border: 1.5px solid var(--_accent);
        border-radius: 50%;
        background: var(--_surface);
      }
      input:active:not(:disabled)::-webkit-slider-thumb {
        scale: 1.12;
        background: var(--_accent);
      }
      .mark {
        position: absolute;
        top: 50%;
        width: 1px;
        height: 8px;
        translate: -0.5px -50%;
        background: var(--_edge);
        opacity: 0.55;
        pointer-events: none;
      }
      .mark.origin {
        height: 14px;
        opacity: 1;
      }
      @media (pointer: coarse) {
        :host {
          --thumb: 24px;
          height: 40px;
        }
      }
      @media (forced-colors: active) {
        input::-webkit-slider-runnable-track {
          background: CanvasText;
        }
        input::-webkit-slider-thumb {
          background: Highlight;
        }
      }
    `,
  ];

  @property({ type: Number }) min = -6;
  @property({ type: Number }) max = 6;
  @property({ type: Number }) value = 0;
  /** Step of an arrow key; with Shift a tenth of it, with Page keys ten times. */
  @property({ type: Number }) nudge = 0.1;
  /** Smallest step; 0 for a tenth of `nudge`. */
  @property({ type: Number }) fine = 0;
  /** Where the fill starts; a double click returns here. */
  @property({ type: Number }) origin = 0;
  @property({ attribute: false }) marks: readonly number[] = [];
  @property() label = '';
  @property() valueText = '';
  @property({ type: Boolean }) disabled = false;

  /** The hand's value while it differs from `value`. */
  @state() private held: number | null = null;
  private gesture = 0;
  private keyed = false;

  protected override render(): unknown {
    const value = this.held ?? this.value;
    const [from, to] = [Math.min(value, this.origin), Math.max(value, this.origin)];
    return html`
      ${this.marks.map((mark) => html`<span class="mark" ${styleProperties({ left: this.place(mark) })}></span>`)}
      ${
        this.origin > this.min && this.origin < this.max
          ? html`<span class="mark origin" ${styleProperties({ left: this.place(this.origin) })}></span>`
          : nothing
      }
      <input
        type="range"
        part="input"
        ${styleProperties({ '--from': this.place(from), '--to': this.place(to) })}
        .min=${String(this.min)}
        .max=${String(this.max)}
        step=${this.finest}
        .value=${String(value)}
        ?disabled=${this.disabled}
        aria-label=${this.label}
        aria-valuetext=${this.valueText || nothing}
        @input=${this.onInput}
        @change=${this.onChange}
        @keydown=${this.onKeyDown}
        @keyup=${this.commitKeys}
        @blur=${this.commitKeys}
        @dblclick=${() => this.send(this.origin, 'commit')}
      />
    `;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const held = this.held;
    if (changed.has('value') && held !== null && Math.abs(held - this.value) < this.nudge / 100) this.held = null;
  }

  private get finest(): number {
    return this.fine || this.nudge / 10;
  }

  /** Left edge of a value on the track: the thumb's centre does not reach the ends. */
  private place(value: number): string {
    const fraction = Math.min(1, Math.max(0, (value - this.min) / (this.max - this.min)));
    return `calc(${fraction} * (100% - var(--thumb)) + var(--thumb) / 2)`;
  }

  private onInput(event: InputEvent & { currentTarget: HTMLInputElement }): void {
    event.stopPropagation();
    this.send(event.currentTarget.valueAsNumber, 'preview');
  }

  private onChange(event: Event & { currentTarget: HTMLInputElement }): void {
    event.stopPropagation();
    this.send(event.currentTarget.valueAsNumber, 'commit');
  }

  private onKeyDown(event: KeyboardEvent): void {
    const target = this.keyTarget(event);
    if (target === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.keyed = true;
    this.send(Math.min(this.max, Math.max(this.min, target)), 'preview');
  }

  private keyTarget(event: KeyboardEvent): number | null {
    const value = this.held ?? this.value;
    const { finest } = this;
    const step = event.shiftKey ? finest : this.nudge;
    const moved = (by: number): number => Math.round((value + by) / finest) * finest;
    switch (event.key) {
      case 'ArrowRight':
      case 'ArrowUp':
        return moved(step);
      case 'ArrowLeft':
      case 'ArrowDown':
        return moved(-step);
      case 'PageUp':
        return moved(this.nudge * 10);
      case 'PageDown':
        return moved(-this.nudge * 10);
      case 'Home':
        return this.min;
      case 'End':
        return this.max;
      default:
        return null;
    }
  }

  private commitKeys(): void {
    if (!this.keyed) return;
    this.keyed = false;
    this.send(this.held ?? this.value, 'commit');
  }

  private send(raw: number, phase: 'preview' | 'commit'): void {
    const value = Number(raw.toFixed(6));
    const gesture = ++this.gesture;
    this.held = value;
    const event = new SlideEvent(value, phase);
    this.dispatchEvent(event);
    if (phase === 'preview') return;
    void event.settled.finally(() => {
      if (gesture === this.gesture) this.held = null;
    });
  }
}
