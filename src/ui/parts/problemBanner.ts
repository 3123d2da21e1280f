import { LitElement, css, html, nothing } from 'lit';
import { property } from 'lit/decorators.js';
import type { EditorSession } from '../session/editorSession.js';
import type { Problem } from '../session/view.js';
import { disclosure } from '../style/disclosure.js';
import { shared } from '../style/shared.js';
import { icon } from '../style/icons.js';

/** What went wrong and what can be done, without taking anything away. */
export class ProblemBanner extends LitElement {
  static override styles = [
    shared,
    disclosure,
    css`
      :host {
        display: block;
      }
      .banner {
        display: grid;
        grid-template-columns: auto 1fr auto;
        align-items: start;
        gap: 12px;
        padding: 10px 8px 10px 16px;
        border-bottom: 1px solid color-mix(in oklab, var(--_alert) 35%, var(--_line));
        background: var(--_alert-soft);
      }
      .banner > svg {
        margin-top: 1px;
        color: var(--_alert);
      }
      h2 {
        color: var(--_text);
      }
      p {
        max-width: 80ch;
        overflow-wrap: anywhere;
      }
      pre {
        max-height: 40vh;
        margin: 0;
        overflow: auto;
        font:
          12px/16px ui-monospace,
          monospace;
      }
      .actions {
        display: flex;
        gap: 4px;
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) problem: Problem | null = null;

  protected override render(): unknown {
    const { problem } = this;
    // The alert region stays in the page so that its content is announced when it comes.
    return html`<div role="alert" part="alert">
      ${
        problem === null
          ? nothing
          : html`<div class="banner">
              ${icon('alert')}
              <div>
                <h2>${problem.title}</h2>
                <p>${problem.error.message}</p>
                ${this.renderTree(problem.error.details['tree'])}
              </div>
              <div class="actions">
                ${
                  problem.retry === null
                    ? nothing
                    : html`<button type="button" class="button outlined compact" @click=${() => this.retry(problem)}>
                        ${problem.retryName}
                      </button>`
                }
                <button
                  type="button"
                  class="icon-button compact"
                  aria-label="Dismiss"
                  title="Dismiss"
                  @click=${() => this.session?.dismissProblem()}
                >
                  ${icon('close', 16)}
                </button>
              </div>
            </div>`
      }
    </div>`;
  }

  /** What is in a file that was not recognised. */
  private renderTree(tree: string | number | undefined): unknown {
    if (typeof tree !== 'string' || tree === '') return nothing;
    return html`<details>
      <summary>What is in the file</summary>
      <pre class="small">${tree}</pre>
    </details>`;
  }

  private retry(problem: Problem): void {
    this.session?.dismissProblem();
    problem.retry?.();
  }
}
