import { LitElement, css, html } from 'lit';
import { property, query } from 'lit/decorators.js';
import type { Brush as BrushInHand } from '../session/unitsView.js';

/** Side of the mask that strokes are drawn on. */
const side = 128;

/** A finished stroke: coverage, one byte a pixel, over the whole picture. */
export class StrokeEvent extends Event {
  constructor(
    readonly mask: Uint8Array<ArrayBuffer>,
    readonly size: number,
  ) {
    super('stroke', { bubbles: true, composed: true });
  }
}

/** Lies over the picture and takes strokes of a pointer, or of the arrow keys and Enter. */
export class Brush extends LitElement {
  static override styles = css`
    :host {
      position: absolute;
      inset: 0;
      display: block;
      cursor: crosshair;
      touch-action: none;
    }
    :host(:focus-visible) {
      outline: 2px solid var(--_accent);
      outline-offset: 2px;
    }
    canvas {
      display: block;
      width: 100%;
      height: 100%;
      opacity: 0.55;
    }
    .dot {
      position: absolute;
      translate: -50% -50%;
      border: 1.5px solid white;
      border-radius: 50%;
      box-shadow: 0 0 0 1.5px black;
      pointer-events: none;
      visibility: hidden;
    }
    :host(:is(:hover, :focus-visible)) .dot {
      visibility: visible;
    }
  `;

  @property({ attribute: false }) brush: BrushInHand | null = null;
  @query('canvas') private readonly canvas!: HTMLCanvasElement | null;
  @query('.dot') private readonly dot!: HTMLElement | null;
  private place = { x: 0.5, y: 0.5 };
  private pressed = false;

  constructor() {
    super();
    this.addEventListener('pointerdown', (event) => this.press(event));
    this.addEventListener('pointermove', (event) => this.move(event));
    this.addEventListener('pointerup', (event) => this.release(event));
    this.addEventListener('pointercancel', () => this.clear());
    this.addEventListener('keydown', (event) => this.onKey(event));
    // Zooming by double click would come in the way of dabbing twice.
    this.addEventListener('dblclick', (event) => event.stopPropagation());
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.tabIndex = 0;
    this.setAttribute('role', 'application');
    this.setAttribute('aria-label', 'Brush on the picture: arrows move it, Enter presses it');
  }

  protected override render(): unknown {
    return html`<canvas width=${side} height=${side} aria-hidden="true"></canvas><span class="dot"></span>`;
  }

  protected override updated(): void {
    this.showDot();
  }

  private press(event: PointerEvent): void {
    if (event.button !== 0) return;
    event.stopPropagation();
    this.setPointerCapture(event.pointerId);
    this.pressed = true;
    this.place = this.placeOf(event);
    this.paint(this.place);
  }

  private move(event: PointerEvent): void {
    const from = this.place;
    this.place = this.placeOf(event);
    this.showDot();
    if (!this.pressed) return;
    event.stopPropagation();
    this.paint(from, this.place);
  }

  private release(event: PointerEvent): void {
    if (!this.pressed) return;
    event.stopPropagation();
    this.finish();
  }

  private onKey(event: KeyboardEvent): void {
    const step = 0.03;
    const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (by === undefined && event.key !== 'Enter') return;
    event.preventDefault();
    event.stopPropagation();
    const [dx = 0, dy = 0] = by ?? [];
    const clamp = (value: number): number => Math.min(1, Math.max(0, value));
    this.place = { x: clamp(this.place.x + dx), y: clamp(this.place.y + dy) };
    this.showDot();
    if (event.key !== 'Enter') return;
    this.paint(this.place);
    this.finish();
  }

  private placeOf({ clientX, clientY }: PointerEvent): { x: number; y: number } {
    const { left, top, width, height } = this.getBoundingClientRect();
    return { x: (clientX - left) / width, y: (clientY - top) / height };
  }

  private paint(from: { x: number; y: number }, to = from): void {
    const context = this.canvas?.getContext('2d');
    if (!context || this.brush === null) return;
    context.lineCap = 'round';
    context.lineJoin = 'round';
    context.lineWidth = 2 * this.brush.radius * side;
    context.strokeStyle = this.brush.mode === 'erase' ? 'oklch(0.65 0.2 25)' : 'oklch(0.7 0.17 275)';
    context.beginPath();
    context.moveTo(from.x * side, from.y * side);
    // A line of no length draws nothing.
    context.lineTo(to.x * side + 0.01, to.y * side);
    context.stroke();
  }

  private finish(): void {
    this.pressed = false;
    const data = this.canvas?.getContext('2d')?.getImageData(0, 0, side, side).data;
    this.clear();
    if (data === undefined) return;
    const mask = new Uint8Array(side * side);
    for (let place = 0; place < mask.length; place++) mask[place] = data[4 * place + 3] ?? 0;
    // A stroke that never touched the picture is none.
    if (mask.some((covered) => covered > 0)) this.dispatchEvent(new StrokeEvent(mask, side));
  }

  private clear(): void {
    this.pressed = false;
    this.canvas?.getContext('2d')?.clearRect(0, 0, side, side);
  }

  private showDot(): void {
    const { dot, brush, place } = this;
    if (dot === null || brush === null) return;
    const diameter = `${brush.radius * 200}%`;
    dot.style.setProperty('width', diameter);
    dot.style.setProperty('height', diameter);
    dot.style.setProperty('left', `${place.x * 100}%`);
    dot.style.setProperty('top', `${place.y * 100}%`);
  }
}
