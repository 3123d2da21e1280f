import { LitElement, css, html, svg } from 'lit';
import { property } from 'lit/decorators.js';
import type { CurvePoint } from '../../workbench/inversionApi.js';
import { styleProperties } from '../style/styleProperties.js';
import { shared } from '../style/shared.js';
import { formatPlain } from '../format.js';
import { logScale } from '../lossScale.js';

/** The loss over the steps, on a logarithmic axis. */
export class LossChart extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
      }
      figure {
        display: grid;
        grid-template-columns: auto 1fr;
        grid-template-rows: 96px 16px;
        column-gap: 8px;
        margin: 0;
        color: var(--_muted);
        font-size: 12px;
        line-height: 16px;
      }
      .values {
        position: relative;
        display: grid;
        justify-items: end;
      }
      .values span {
        grid-area: 1 / 1;
        align-self: start;
        position: relative;
        translate: 0 -50%;
      }
      .plot {
        position: relative;
        border-left: 1px solid var(--_line);
        border-bottom: 1px solid var(--_line);
      }
      .plot svg {
        position: absolute;
        width: 100%;
        height: 100%;
        overflow: visible;
      }
      .grid {
        position: absolute;
        left: 0;
        right: 0;
        height: 1px;
        background: var(--_line);
        opacity: 0.6;
      }
      path {
        fill: none;
        stroke: var(--_accent);
        stroke-width: 1.5;
        stroke-linejoin: round;
        vector-effect: non-scaling-stroke;
      }
      .steps {
        grid-column: 2;
        display: flex;
        justify-content: space-between;
        padding-top: 2px;
      }
    `,
  ];

  @property({ attribute: false }) curve: readonly CurvePoint[] = [];
  /** Of the whole run. */
  @property({ type: Number }) steps = 1;

  protected override render(): unknown {
    const { curve, steps } = this;
    const scale = logScale(curve.map(({ loss }) => loss));
    const down = (loss: number): number => 100 * (1 - scale.place(loss));
    const path = curve
      .map(
        ({ step, loss }, index) =>
          `${index === 0 ? 'M' : 'L'}${((100 * step) / steps).toFixed(2)} ${down(loss).toFixed(2)}`,
      )
      .join('');
    return html`<figure role="img" aria-label=${this.description}>
      <div class="values">
        ${scale.ticks.map((tick) => html`<span ${styleProperties({ top: `${down(tick)}%` })}>${printed(tick)}</span>`)}
      </div>
      <div class="plot">
        ${scale.ticks.map((tick) => html`<i class="grid" ${styleProperties({ top: `${down(tick)}%` })}></i>`)}
        <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">${svg`<path d=${path}></path>`}</svg>
      </div>
      <div class="steps"><span>0</span><span>loss by step</span><span>${steps}</span></div>
    </figure>`;
  }

  private get description(): string {
    const [first, last] = [this.curve[0], this.curve.at(-1)];
    if (first === undefined || last === undefined) return 'Loss: no step has been made yet';
    return `Loss from ${printed(first.loss)} to ${printed(last.loss)} over ${last.step} of ${this.steps} steps`;
  }
}

/** Short, and exact for ticks: 0.02, 5, 1e−5. */
function printed(value: number): string {
  if (value !== 0 && Math.abs(value) < 1e-3) return value.toExponential(0).replace('-', '\u2212');
  return formatPlain(Number(value.toPrecision(2)), 4);
}
