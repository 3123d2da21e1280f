import { LitElement, css, html } from 'lit';
import { property } from 'lit/decorators.js';
import type { EditorSession } from '../session/editorSession.js';
import { emptyView, type EditorView } from '../session/view.js';
import { panel } from '../style/panel.js';
import { shared } from '../style/shared.js';

/** Ways through the latent space: a pad of seeds, walks, style mixing, arithmetic with seeds. */
export class WalkPanel extends LitElement {
  static override styles = [
    shared,
    panel,
    css`
      :host {
        display: block;
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) view: EditorView = emptyView;

  protected override render(): unknown {
    const { session, view } = this;
    return html`
      <header><h2>Walk</h2></header>
      ${
        view.state.model === null
          ? html`<section><p class="muted">Once a model is open, ways through its pictures begin here.</p></section>`
          : html`<section aria-label="Between seeds">
                <h3>Between seeds</h3>
                <ganvas-seed-pad .session=${session} .view=${view}></ganvas-seed-pad>
              </section>
              <section aria-label="From A to B">
                <h3>From A to B</h3>
                <ganvas-walk-card .session=${session} .view=${view}></ganvas-walk-card>
              </section>
              <section aria-label="Style mixing">
                <h3>Style mixing</h3>
                <ganvas-mix-card .session=${session} .view=${view}></ganvas-mix-card>
              </section>
              <section aria-label="Arithmetic">
                <h3>Arithmetic</h3>
                <ganvas-arithmetic-card .session=${session}></ganvas-arithmetic-card>
              </section>`
      }
    `;
  }
}
