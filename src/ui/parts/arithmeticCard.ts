import { LitElement, css, html, nothing } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { EditorSession } from '../session/editorSession.js';
import { readSeedList } from '../seedList.js';
import { panel } from '../style/panel.js';
import { shared } from '../style/shared.js';

/** Seeds of a side at most: each goes through the mapping network. */
const mostSeeds = 1000;

/** A direction from seeds that have something and seeds that have it not. */
export class ArithmeticCard extends LitElement {
  static override styles = [
    shared,
    panel,
    css`
      :host {
        display: grid;
        gap: 10px;
      }
      input[type='text'] {
        width: 148px;
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @state() private name = '';
  @state() private plus = '';
  @state() private minus = '';
  @state() private says = '';

  protected override render(): unknown {
    return html`
      <p class="small muted">
        The mean of some pictures less the mean of others, as in “smiling woman − woman”. Three a side already say
        something.
      </p>
      ${this.renderField('Called', 'glasses', this.name, (text) => (this.name = text))}
      ${this.renderField('Seeds with it', '3,8,11', this.plus, (text) => (this.plus = text))}
      ${this.renderField('Seeds without', '1,2,5', this.minus, (text) => (this.minus = text))}
      ${this.says === '' ? nothing : html`<p class="small advice" role="status">${this.says}</p>`}
      <div class="actions">
        <button type="button" class="button primary" @click=${() => void this.add()}>Add the direction</button>
      </div>
    `;
  }

  private renderField(name: string, example: string, text: string, change: (text: string) => void): unknown {
    return html`<label class="row">
      <span>${name}</span>
      <input
        type="text"
        maxlength="200"
        spellcheck="false"
        autocomplete="off"
        placeholder=${example}
        .value=${text}
        @change=${(event: Event & { currentTarget: HTMLInputElement }) => change(event.currentTarget.value.trim())}
      />
    </label>`;
  }

  private async add(): Promise<void> {
    const { name, session } = this;
    const [plus, minus] = [readSeedList(this.plus, mostSeeds), readSeedList(this.minus, mostSeeds)];
    if (name === '') this.says = 'Say in a word or two what it changes.';
    else if (plus === null || minus === null) this.says = 'Name seeds on both sides, as in 3,8 or 0-3.';
    else {
      this.says = '';
      if (await session?.walks.addDirection(name, plus, minus)) this.says = `“${name}” is in the list of directions.`;
    }
  }
}
