import { LitElement, css, html } from 'lit';
import { property } from 'lit/decorators.js';
import type { Pixels } from '../../workbench/pixels.js';
import type { EditorSession } from '../session/editorSession.js';
import { shared } from '../style/shared.js';
import { icon } from '../style/icons.js';

/** What was asked for beside what was found, and a button that lays one over the other on the stage. */
export class Comparison extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 8px;
      }
      figure {
        margin: 0;
      }
      ganvas-picture {
        border-radius: 4px;
      }
      figcaption {
        margin-top: 4px;
        color: var(--_muted);
        font-size: 12px;
        line-height: 16px;
      }
      .hold {
        grid-column: 1 / -1;
        touch-action: none;
        user-select: none;
      }
      .hold[aria-pressed='true'] {
        background: var(--_accent-soft);
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) target: Pixels | null = null;
  @property({ attribute: false }) result: Pixels | null = null;
  @property() caption = '';
  @property({ type: Boolean }) comparing = false;

  protected override render(): unknown {
    const end = (): void => this.session?.inversion.compare(false);
    return html`
      <figure>
        <ganvas-picture .pixels=${this.target}></ganvas-picture>
        <figcaption>Your picture</figcaption>
      </figure>
      <figure>
        <ganvas-picture .pixels=${this.result}></ganvas-picture>
        <figcaption>${this.caption}</figcaption>
      </figure>
      <button
        type="button"
        class="button outlined hold"
        aria-pressed=${this.comparing}
        title="Hold to see your picture on the stage (T)"
        ?disabled=${this.target === null}
        @pointerdown=${this.hold}
        @pointerup=${end}
        @pointercancel=${end}
        @lostpointercapture=${end}
        @keydown=${this.onKeyDown}
        @keyup=${end}
        @blur=${end}
        @contextmenu=${(event: Event) => event.preventDefault()}
      >
        ${icon('before')} Hold to compare
      </button>
    `;
  }

  private hold(event: PointerEvent & { currentTarget: HTMLElement }): void {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    this.session?.inversion.compare(true);
  }

  private onKeyDown(event: KeyboardEvent): void {
    if (event.key !== ' ' && event.key !== 'Enter') return;
    event.preventDefault();
    event.stopPropagation();
    this.session?.inversion.compare(true);
  }
}
