import { LitElement, css, html, nothing } from 'lit';
import { property } from 'lit/decorators.js';
import type { LayerSummary } from '../../workbench/api.js';
import { formatPercent } from '../format.js';
import { shared } from '../style/shared.js';
import { styleProperties } from '../style/styleProperties.js';

/** Which layers carry a direction: HiGAN's re-scoring, one bar a layer. */
export class LayerHeat extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
      }
      .bars {
        display: grid;
        grid-auto-columns: 1fr;
        grid-auto-flow: column;
        align-items: end;
        gap: 2px;
        height: 28px;
        border-bottom: 1px solid var(--_line);
      }
      .bars span {
        min-height: 1px;
        border-radius: 2px 2px 0 0;
        background: var(--_accent);
      }
      p {
        margin-top: 4px;
      }
    `,
  ];

  @property({ attribute: false }) layers: readonly LayerSummary[] = [];
  /** 0…1 of the strongest. */
  @property({ attribute: false }) scores: readonly number[] = [];
  @property() proposed = '';

  protected override render(): unknown {
    if (this.scores.length < 2) return nothing;
    const words = this.scores.map((score, layer) => `layer ${layer} ${formatPercent(score)}`).join(', ');
    return html`<div class="bars" role="img" aria-label=${`Share of each layer: ${words}`}>
        ${this.scores.map(
          (score, layer) =>
            html`<span
              title=${`Layer ${layer}, ${this.layers[layer]?.resolution ?? 0} px: ${formatPercent(score)}`}
              ${styleProperties({ height: `${Math.max(0, score) * 100}%` })}
            ></span>`,
        )}
      </div>
      ${this.proposed === '' ? nothing : html`<p class="small muted">Carried by layers ${this.proposed}</p>`}`;
  }
}
