import { LitElement, css, html, nothing } from 'lit';
import { property } from 'lit/decorators.js';
import type { InversionStatus } from '../../workbench/inversionApi.js';
import { styleProperties } from '../style/styleProperties.js';
import type { EditorSession } from '../session/editorSession.js';
import { isUnderWay } from '../session/inversionView.js';
import { runningJob } from '../session/jobs.js';
import { emptyView, type EditorView } from '../session/view.js';
import { shared } from '../style/shared.js';
import { formatBytes, formatMilliseconds, formatPercent, formatTimeLeft } from '../format.js';
import { phaseInWords } from '../inversionWords.js';
import { supportAdvice } from '../webgpuSupport.js';

/** What the machine is doing: frame time, memory, adapter, and the job under way. */
export class StatusLine extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        align-items: center;
        gap: 12px;
        min-height: 28px;
        padding: 0 16px;
        border-top: 1px solid var(--_line);
        background: var(--_background);
        color: var(--_muted);
        font-size: 12px;
        white-space: nowrap;
        overflow: hidden;
      }
      .facts {
        flex: 0 1 auto;
        min-width: 0;
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .chip {
        padding: 0 8px;
        border: 1px solid var(--_line);
        border-radius: 999px;
        line-height: 18px;
      }
      .job {
        display: flex;
        align-items: center;
        gap: 8px;
        flex: none;
        margin-left: auto;
        color: var(--_text);
      }
      .cancel {
        flex: none;
        height: 24px;
        padding: 0 8px;
        border: 0;
        border-radius: var(--_radius-small);
        background: none;
        color: var(--_accent);
      }
      .cancel:hover {
        background: var(--_hover);
      }
      .bar {
        position: relative;
        width: 96px;
        height: 4px;
        border-radius: 2px;
        overflow: hidden;
        background: var(--_line);
      }
      .bar span {
        position: absolute;
        inset: 0 auto 0 0;
        border-radius: 2px;
        background: var(--_accent);
      }
      .bar.unknown span {
        width: 32px;
        animation: sweep 1.2s ease-in-out infinite alternate;
      }
      @keyframes sweep {
        to {
          left: 64px;
        }
      }
      @media (prefers-reduced-motion: reduce) {
        .bar.unknown span {
          width: 100%;
          opacity: 0.5;
          animation: none;
        }
      }
      /* On a phone only work in progress shows, over the top of the stage; the figures are behind the model chip. */
      :host([layout='narrow']) :is(.facts, .chip, .timed .bar) {
        display: none;
      }
      :host([layout='narrow']) {
        position: absolute;
        z-index: 2;
        top: 48px;
        left: 0;
        right: 0;
        padding: 0 12px;
        border: 0;
        border-bottom: 1px solid var(--_line);
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) view: EditorView = emptyView;
  @property({ reflect: true }) layout = 'wide';

  protected override render(): unknown {
    const { state, progress, cancel, inversion } = this.view;
    const { frame, adapter } = state;
    const facts =
      frame === null
        ? []
        : [
            `${formatMilliseconds(frame.milliseconds)} a frame`,
            `${formatBytes(frame.gpuBytes)} on the GPU`,
            `${frame.dispatches} dispatches`,
          ];
    return html`
      <span class="facts">${facts.join(' · ')}</span>
      ${
        adapter?.software === true
          ? html`<span class="chip" title=${supportAdvice['software-adapter'].meaning}>Software adapter</span>`
          : nothing
      }
      ${
        progress !== null
          ? html`${this.renderJob(progress.label, progress.fraction, progress.detail)}
            ${cancel === null ? nothing : this.renderCancel(cancel)}`
          : isUnderWay(inversion.status)
            ? this.renderInversion(inversion.status)
            : this.renderRunning()
      }
    `;
  }

  private renderInversion(status: InversionStatus): unknown {
    const { phase, step, choices, secondsLeft } = status;
    const left = secondsLeft === null ? '' : formatTimeLeft(secondsLeft);
    return html`${this.renderJob(phaseInWords(status), phase === 'running' ? step / choices.steps : null, left)}
    ${this.renderCancel(() => void this.session?.inversion.cancel())}`;
  }

  /** The long job of a tool, also while its panel is not shown. */
  private renderRunning(): unknown {
    const running = runningJob(this.view);
    if (running === null) return nothing;
    const { label, fraction, secondsLeft } = running.job;
    return html`${this.renderJob(label, fraction, secondsLeft === null ? '' : formatTimeLeft(secondsLeft))}
    ${this.renderCancel(() => void this.session?.cancelJob(running.kind))}`;
  }

  private renderCancel(cancel: () => void): unknown {
    return html`<button type="button" class="cancel" @click=${cancel}>Cancel</button>`;
  }

  private renderJob(label: string, fraction: number | null, more = ''): unknown {
    const detail = more !== '' || fraction === null ? more : formatPercent(fraction);
    return html`<span class=${more === '' ? 'job' : 'job timed'}>
      ${label}${detail === '' ? '' : html` <span class="muted">${detail}</span>`}
      <span
        class=${fraction === null ? 'bar unknown' : 'bar'}
        role="progressbar"
        aria-label=${label}
        aria-valuemin="0"
        aria-valuemax="100"
        aria-valuenow=${fraction === null ? nothing : Math.round(fraction * 100)}
      >
        <span ${styleProperties(fraction === null ? {} : { width: `${fraction * 100}%` })}></span>
      </span>
    </span>`;
  }
}
