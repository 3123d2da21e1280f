import { LitElement, css, html, nothing } from 'lit';
import { property } from 'lit/decorators.js';
import { formatSigned } from '../format.js';
import { shared } from '../style/shared.js';
import { styleProperties } from '../style/styleProperties.js';

/** What moves along with a direction, as small signed bars: the wanted attribute first, then its side effects. */
export class EffectBars extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
      }
      li {
        display: grid;
        grid-template-columns: 84px 1fr 44px;
        align-items: center;
        gap: 8px;
        min-height: 20px;
      }
      .name {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .value {
        text-align: right;
      }
      .bar {
        position: relative;
        height: 6px;
        border-radius: 3px;
        background: linear-gradient(var(--_edge), var(--_edge)) center / 1px 100% no-repeat var(--_sunken);
      }
      .bar span {
        position: absolute;
        inset: 0 auto 0 50%;
        border-radius: 3px;
        background: var(--_muted);
      }
      li:first-child .bar span {
        background: var(--_accent);
      }
    `,
  ];

  @property({ attribute: false }) effects: readonly { readonly attribute: string; readonly perUnit: number }[] = [];
  /** How many of them. */
  @property({ type: Number }) most = 5;

  protected override render(): unknown {
    const shown = this.effects.slice(0, this.most);
    const largest = Math.max(...shown.map(({ perUnit }) => Math.abs(perUnit)), Number.MIN_VALUE);
    if (shown.length === 0) return nothing;
    return html`<ul class="small" aria-label="Change for each unit of strength, in standard deviations">
      ${shown.map(({ attribute, perUnit }) => {
        const share = (Math.abs(perUnit) / largest) * 50;
        return html`<li>
          <span class="name" title=${attribute}>${attribute}</span>
          <span class="bar" aria-hidden="true"
            ><span ${styleProperties({ width: `${share}%`, left: perUnit < 0 ? `${50 - share}%` : '50%' })}></span
          ></span>
          <span class="value">${formatSigned(perUnit)}</span>
        </li>`;
      })}
    </ul>`;
  }
}
