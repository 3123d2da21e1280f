import { LitElement, css, html, type PropertyValues } from 'lit';
import { property, query } from 'lit/decorators.js';
import type { Pixels } from '../../workbench/api.js';

/** Pixels on a small canvas that fills its box; decoration, the control around it carries the name. */
export class Picture extends LitElement {
  static override styles = css`
    :host {
      display: block;
      aspect-ratio: 1;
      overflow: hidden;
      background: var(--_sunken);
    }
    canvas {
      display: block;
      width: 100%;
      height: 100%;
      object-fit: cover;
    }
  `;

  @property({ attribute: false }) pixels: Pixels | null = null;
  @query('canvas') private readonly canvas!: HTMLCanvasElement | null;

  protected override render(): unknown {
    return html`<canvas width="0" height="0" aria-hidden="true"></canvas>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    const { pixels, canvas } = this;
    if (!changed.has('pixels') || canvas === null) return;
    canvas.width = pixels?.width ?? 0;
    canvas.height = pixels?.height ?? 0;
    if (pixels === null) return;
    canvas.getContext('2d')?.putImageData(new ImageData(pixels.data, pixels.width, pixels.height), 0, 0);
  }
}
