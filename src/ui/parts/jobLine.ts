import { LitElement, css, html, nothing } from 'lit';
import { property } from 'lit/decorators.js';
import type { JobStatus } from '../../workbench/jobStatus.js';
import { formatPercent, formatTimeLeft } from '../format.js';
import { progressBar } from '../style/progressBar.js';
import { shared } from '../style/shared.js';

/** The user wants the job to end. */
export class CancelJobEvent extends Event {
  constructor() {
    super('cancel-job', { bubbles: true, composed: true });
  }
}

/** How a job stands, and the way to end it; nothing once it is done. */
export class JobLine extends LitElement {
  static override styles = [
    shared,
    progressBar,
    css`
      /* Nothing to tell takes no room. */
      :host {
        display: contents;
      }
      .line {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 8px;
        min-height: 28px;
      }
      .problem {
        padding: 8px 12px;
        border-radius: var(--_radius-small);
        background: var(--_alert-soft);
      }
    `,
  ];

  @property({ attribute: false }) job: JobStatus | null = null;
  /** What is said once it was cancelled. */
  @property() cancelled = 'Cancelled. What was found stays.';

  protected override render(): unknown {
    const { job } = this;
    if (job === null || job.phase === 'finished') return nothing;
    if (job.phase === 'failed') return html`<p class="problem small">${job.error?.message ?? job.label}</p>`;
    if (job.phase === 'cancelled') return html`<p class="small muted">${this.cancelled}</p>`;
    const { label, fraction, secondsLeft } = job;
    const facts = [
      ...(fraction === null ? [] : [formatPercent(fraction)]),
      ...(secondsLeft === null ? [] : [formatTimeLeft(secondsLeft)]),
    ];
    return html`<div class="line">
        <span>${label} <span class="small muted">${facts.join(' · ')}</span></span>
        <button type="button" class="button compact" @click=${() => this.dispatchEvent(new CancelJobEvent())}>
          Cancel
        </button>
      </div>
      <progress max="1" value=${fraction ?? nothing} aria-label=${label}></progress>`;
  }
}
