import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { property, query } from 'lit/decorators.js';
import type { Crop, PictureSummary } from '../../workbench/inversionApi.js';
import { largestCrop, moveCrop, pullCorner, resizeCrop, type Corner } from '../crop.js';
import { styleProperties } from '../style/styleProperties.js';
import { shared } from '../style/shared.js';

/** A crop the hand or the keys have made. */
export class CropEvent extends Event {
  constructor(readonly crop: Crop) {
    super('crop', { bubbles: true, composed: true });
  }
}

/** What the pointer holds: a corner, or the box at the point where it was taken. */
type Grip = { readonly corner: Corner } | { readonly x: number; readonly y: number; readonly crop: Crop };

const corners: readonly Corner[] = ['nw', 'ne', 'sw', 'se'];
/** Part of the largest crop that an arrow key moves or resizes by, and a Page key. */
const keySteps = { arrow: 0.02, page: 0.1 };

/** A picture and the square of it that is wanted: dragged, pulled at its corners, or moved by the keys. */
export class CropBox extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
      }
      .picture {
        position: relative;
        max-width: calc(min(320px, 32dvh) * var(--ratio));
        margin: 0 auto;
        touch-action: none;
        user-select: none;
      }
      /* The shade stays inside the picture; the corners, which may lie on its rim, do not. */
      .shaded {
        position: absolute;
        inset: 0;
        overflow: hidden;
        border-radius: 4px;
        background: var(--_sunken);
      }
      canvas {
        display: block;
        width: 100%;
        height: 100%;
      }
      .hole {
        position: absolute;
        box-shadow: 0 0 0 4000px oklch(0 0 0 / 0.5);
      }
      .box {
        position: absolute;
        cursor: move;
        border-radius: 1px;
        box-shadow:
          inset 0 0 0 1.5px white,
          0 0 0 1px oklch(0 0 0 / 0.6);
      }
      .box:focus-visible {
        outline: 2px solid var(--_accent);
        outline-offset: 2px;
      }
      .thirds {
        position: absolute;
        inset: 0;
        background:
          linear-gradient(white, white) 33.3% 0 / 1px 100% no-repeat,
          linear-gradient(white, white) 66.7% 0 / 1px 100% no-repeat,
          linear-gradient(white, white) 0 33.3% / 100% 1px no-repeat,
          linear-gradient(white, white) 0 66.7% / 100% 1px no-repeat;
        opacity: 0.3;
        pointer-events: none;
      }
      .corner {
        position: absolute;
        width: 28px;
        height: 28px;
        margin: -14px;
      }
      .corner::after {
        content: '';
        position: absolute;
        inset: 8px;
        border-radius: 50%;
        background: white;
        box-shadow: 0 0 0 1px oklch(0 0 0 / 0.6);
      }
      .nw {
        top: 0;
        left: 0;
        cursor: nwse-resize;
      }
      .ne {
        top: 0;
        right: 0;
        cursor: nesw-resize;
      }
      .sw {
        bottom: 0;
        left: 0;
        cursor: nesw-resize;
      }
      .se {
        bottom: 0;
        right: 0;
        cursor: nwse-resize;
      }
    `,
  ];

  @property({ attribute: false }) picture: PictureSummary | null = null;
  @property({ attribute: false }) crop: Crop | null = null;
  @query('canvas') private readonly canvas!: HTMLCanvasElement | null;
  @query('.picture') private readonly frame!: HTMLElement | null;
  private grip: Grip | null = null;

  protected override render(): unknown {
    const { picture, crop } = this;
    if (picture === null || crop === null) return nothing;
    const { width, height } = picture;
    const part = (length: number, whole: number): string => `${(100 * length) / whole}%`;
    const place = {
      left: part(crop.x, width),
      top: part(crop.y, height),
      width: part(crop.size, width),
      height: part(crop.size, height),
    };
    return html`<div
      class="picture"
      ${styleProperties({ 'aspect-ratio': `${width} / ${height}`, '--ratio': String(width / height) })}
      @pointermove=${this.onMove}
      @pointerup=${this.release}
      @pointercancel=${this.release}
    >
      <div class="shaded">
        <canvas aria-hidden="true"></canvas>
        <span class="hole" ${styleProperties(place)}></span>
      </div>
      <div
        class="box"
        role="slider"
        tabindex="0"
        aria-label="Crop: arrows move it, with Shift they resize it"
        aria-valuemin="8"
        aria-valuemax=${Math.floor(largestCrop(picture))}
        aria-valuenow=${Math.round(crop.size)}
        aria-valuetext=${cropInWords(crop)}
        ${styleProperties(place)}
        @pointerdown=${this.takeBox}
        @keydown=${this.onKeyDown}
      >
        <span class="thirds"></span>
        ${corners.map(
          (corner) =>
            html`<span
              class=${`corner ${corner}`}
              @pointerdown=${(event: PointerEvent) => this.take(event, { corner })}
            ></span>`,
        )}
      </div>
    </div>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    const { picture, canvas } = this;
    if (!changed.has('picture') || picture === null || canvas === null) return;
    const { width, height, data } = picture.preview;
    canvas.width = width;
    canvas.height = height;
    canvas.getContext('2d')?.putImageData(new ImageData(data, width, height), 0, 0);
  }

  private takeBox(event: PointerEvent): void {
    if (this.crop !== null) this.take(event, { ...this.point(event), crop: this.crop });
  }

  private take(event: PointerEvent, grip: Grip): void {
    if (event.button !== 0) return;
    event.stopPropagation();
    this.frame?.setPointerCapture(event.pointerId);
    this.grip = grip;
  }

  private onMove(event: PointerEvent): void {
    const { grip, crop, picture } = this;
    if (grip === null || crop === null || picture === null) return;
    const to = this.point(event);
    if ('corner' in grip) this.send(pullCorner(crop, grip.corner, to, picture));
    else this.send(moveCrop(grip.crop, to.x - grip.x, to.y - grip.y, picture));
  }

  private release(): void {
    this.grip = null;
  }

  private onKeyDown(event: KeyboardEvent): void {
    const { crop, picture } = this;
    if (crop === null || picture === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const moved = cropByKey(event, crop, picture);
    if (moved === null) return;
    event.preventDefault();
    event.stopPropagation();
    this.send(moved);
  }

  /** Where the pointer is, in pixels of the picture. */
  private point({ clientX, clientY }: PointerEvent): { readonly x: number; readonly y: number } {
    const box = this.frame?.getBoundingClientRect();
    if (box === undefined || this.picture === null) return { x: 0, y: 0 };
    const scale = this.picture.width / box.width;
    return { x: (clientX - box.left) * scale, y: (clientY - box.top) * scale };
  }

  private send(crop: Crop): void {
    this.dispatchEvent(new CropEvent(crop));
  }
}

export function cropInWords({ x, y, size }: Crop): string {
  const [left, top, side] = [x, y, size].map((value) => Math.round(value));
  return `${side} pixels square, ${left} from the left, ${top} from the top`;
}

/** Arrows move; with Shift, and Page keys, resize; Home takes all there is. Null for other keys. */
function cropByKey({ key, shiftKey }: KeyboardEvent, crop: Crop, picture: PictureSummary): Crop | null {
  const step = Math.max(1, keySteps.arrow * largestCrop(picture));
  const page = Math.max(1, keySteps.page * largestCrop(picture));
  const directions: Readonly<Record<string, readonly [number, number]>> = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
  };
  const direction = directions[key];
  if (direction !== undefined) {
    const [dx, dy] = direction;
    return shiftKey ? resizeCrop(crop, (dx - dy) * step, picture) : moveCrop(crop, dx * step, dy * step, picture);
  }
  if (key === 'PageUp') return resizeCrop(crop, page, picture);
  if (key === 'PageDown') return resizeCrop(crop, -page, picture);
  return key === 'Home' ? resizeCrop(crop, largestCrop(picture), picture) : null;
}
