import { LitElement, css, html, nothing } from 'lit';
import { property } from 'lit/decorators.js';
import type { NoWebGpuReason } from '../../workbench/api.js';
import { shared } from '../style/shared.js';
import { supportAdvice } from '../webgpuSupport.js';

/** Instead of the picture: why WebGPU cannot be used here, what to do, and a still picture. */
export class Fallback extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        width: 100%;
        max-height: 100%;
        overflow: auto;
        padding: 24px;
      }
      .card {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 260px), 1fr));
        gap: 24px 32px;
        align-items: center;
        max-width: 840px;
        margin: 0 auto;
      }
      h2 {
        font-size: 20px;
        line-height: 28px;
        letter-spacing: -0.01em;
        margin-bottom: 8px;
      }
      h3 {
        margin: 16px 0 4px;
      }
      li {
        position: relative;
        padding-left: 16px;
        margin-top: 4px;
      }
      li::before {
        content: '·';
        position: absolute;
        left: 4px;
        font-weight: 700;
      }
      .still {
        display: grid;
        justify-items: center;
        gap: 8px;
      }
      code {
        font:
          12px ui-monospace,
          monospace;
      }
    `,
  ];

  @property() reason: NoWebGpuReason = 'no-webgpu';
  /** The engine's own sentence, when it gave one. */
  @property({ attribute: false }) message: string | null = null;

  protected override render(): unknown {
    const advice = supportAdvice[this.reason];
    return html`<section class="card" part="fallback" aria-labelledby="title" data-reason=${this.reason}>
      <div class="still"><slot></slot></div>
      <div>
        <h2 id="title">${advice.title}</h2>
        <p>${advice.meaning}</p>
        ${this.message === null ? nothing : html`<p class="muted">${this.message}</p>`}
        <h3>What you can do</h3>
        <ul>
          ${advice.remedies.map((remedy) => html`<li>${remedy}</li>`)}
        </ul>
      </div>
    </section>`;
  }
}
