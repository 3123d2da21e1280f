import { LitElement, css, html, nothing } from 'lit';
import { property } from 'lit/decorators.js';
import { classMap } from 'lit/directives/class-map.js';
import type { DomainGauge } from '../../workbench/inversionApi.js';
import { styleProperties } from '../style/styleProperties.js';
import { shared } from '../style/shared.js';
import { formatPlain } from '../format.js';
import { verdicts } from '../inversionWords.js';

/** How far a face is from those the model makes by itself, and why that matters for edits. */
export class DomainScale extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
      }
      .scale {
        position: relative;
        display: flex;
        gap: 2px;
        height: 8px;
        margin: 8px 0 4px;
      }
      .zone {
        border-radius: 2px;
        background: var(--_line);
      }
      .zone.here {
        background: var(--_accent);
      }
      .zone.here.outside {
        background: var(--_alert);
      }
      .mark {
        position: absolute;
        top: -4px;
        width: 4px;
        height: 16px;
        margin-left: -2px;
        border: 1px solid var(--_background);
        border-radius: 2px;
        background: var(--_text);
      }
    `,
  ];

  @property({ attribute: false }) gauge: DomainGauge | null = null;

  protected override render(): unknown {
    const { gauge } = this;
    if (gauge === null) return nothing;
    const { title, meaning } = verdicts[gauge.verdict];
    const { edge, distance } = gauge;
    return html`
      <h3>${title}</h3>
      <div
        class="scale"
        role="meter"
        aria-label="Distance from the model’s world"
        aria-valuemin="0"
        aria-valuemax=${formatPlain(Math.max(distance, 4 * edge))}
        aria-valuenow=${formatPlain(distance)}
        aria-valuetext=${`${title}: ${formatPlain(distance, 1)}; the model’s own reach to ${formatPlain(edge, 1)}`}
      >
        ${zones.map(
          ({ verdict, share }) =>
            html`<span
              class=${classMap({ zone: true, [verdict]: true, here: verdict === gauge.verdict })}
              ${styleProperties({ flex: String(share) })}
            ></span>`,
        )}
        <span class="mark" ${styleProperties({ left: `${100 * placeOf(gauge)}%` })}></span>
      </div>
      <p class="small muted">
        <span>${formatPlain(distance, 1)} from the average; the model’s own reach to ${formatPlain(edge, 1)}.</span>
        ${meaning}
      </p>
    `;
  }
}

/** Parts of the scale; the boundaries are at the edge and at twice the edge. */
const zones = [
  { verdict: 'inside', share: 0.5 },
  { verdict: 'edge', share: 0.2 },
  { verdict: 'outside', share: 0.3 },
] as const;

/** Part of the scale left of a distance: linear up to twice the edge, and ever slower beyond, so that nothing falls off. */
function placeOf({ distance, edge }: DomainGauge): number {
  const [inside, rim, beyond] = zones.map(({ share }) => share) as [number, number, number];
  const reach = distance / edge;
  if (reach <= 1) return inside * reach;
  if (reach <= 2) return inside + rim * (reach - 1);
  return inside + rim + beyond * (1 - 2 / reach);
}
