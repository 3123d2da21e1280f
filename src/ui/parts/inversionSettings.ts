import { LitElement, css, html, nothing } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { settingsOf } from '../../inversion/inversionMethods.js';
import type { InversionChoices, InversionMethod, InversionSpace, LossSummary } from '../../workbench/inversionApi.js';
import type { EditorSession } from '../session/editorSession.js';
import { methods, spaces } from '../inversionWords.js';
import { disclosure } from '../style/disclosure.js';
import { shared } from '../style/shared.js';
import type { NumberEvent } from './numberField.js';

/** Steps that one may ask for: a slow adapter makes a few a second. */
const mostSteps = 10_000;
const mostStarts = 16;

/** A changed choice. */
export class ChoicesEvent extends Event {
  constructor(readonly choices: InversionChoices) {
    super('choices', { bubbles: true, composed: true });
  }
}

/** What can be chosen for an inversion. */
export class InversionSettings extends LitElement {
  static override styles = [
    shared,
    disclosure,
    css`
      :host {
        display: block;
      }
      .segmented {
        display: flex;
      }
      .meaning {
        min-height: 48px;
        margin: 6px 0 8px;
      }
      .field {
        display: grid;
        grid-template-columns: 76px 1fr;
        align-items: center;
        gap: 8px;
        min-height: 36px;
      }
      select {
        width: 100%;
      }
      ganvas-number-field {
        width: 76px;
      }
      details {
        margin-top: 4px;
      }
      .files {
        display: grid;
        gap: 8px;
        justify-items: start;
        margin-top: 8px;
        padding-top: 8px;
        border-top: 1px solid var(--_line);
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) losses: readonly LossSummary[] = [];
  /** The model's spaces, and why there are no more. */
  @property({ attribute: false }) offered: readonly InversionSpace[] = [];
  @property({ attribute: false }) reason: string | null = null;
  @property({ attribute: false }) choices: InversionChoices | null = null;
  /** A network of the user's own that waits for its heads, or to be used without. */
  @state() private network: File | null = null;
  @query('input[data-file=network]') private readonly networkPicker!: HTMLInputElement | null;
  @query('input[data-file=heads]') private readonly headsPicker!: HTMLInputElement | null;

  protected override render(): unknown {
    const { choices } = this;
    if (choices === null) return nothing;
    return html`
      ${this.renderSpace(choices)} ${this.renderNumber('Steps', 'steps', mostSteps, 50)} ${this.renderLoss(choices)}
      <details>
        <summary>More choices</summary>
        ${this.renderMethod(choices)} ${this.renderNumber('Starts', 'starts', mostStarts, 1)} ${this.renderFiles()}
      </details>
    `;
  }

  private renderSpace({ space }: InversionChoices): unknown {
    return html`
      <div class="segmented" role="radiogroup" aria-label="Space" aria-describedby="meaning">
        ${spaces.map(
          (choice) =>
            html`<label>
              <input
                type="radio"
                name="space"
                .checked=${choice.space === space}
                ?disabled=${!this.offered.includes(choice.space)}
                @change=${() => this.choose({ space: choice.space })}
              /><span>${choice.space}</span>
            </label>`,
        )}
      </div>
      <p id="meaning" class="meaning small muted">
        ${spaces.find((choice) => choice.space === space)?.meaning} ${this.reason ?? nothing}
      </p>
    `;
  }

  private renderNumber(name: string, key: 'steps' | 'starts', most: number, nudge: number): unknown {
    return html`<div class="field">
      <span class="muted">${name}</span>
      <ganvas-number-field
        integer
        label=${name}
        .value=${this.choices?.[key] ?? 1}
        .min=${1}
        .max=${most}
        .nudge=${nudge}
        @number=${(event: NumberEvent) => this.choose({ [key]: event.value })}
      ></ganvas-number-field>
    </div>`;
  }

  private renderLoss({ loss }: InversionChoices): unknown {
    return html`<label class="field">
      <span class="muted">Compare</span>
      <select
        @change=${(event: Event & { currentTarget: HTMLSelectElement }) => this.choose({ loss: event.currentTarget.value })}
      >
        ${this.losses.map(
          ({ id, name }) =>
            html`<option value=${id} ?selected=${id === loss} .selected=${id === loss}>${name}</option>`,
        )}
      </select>
    </label>`;
  }

  private renderMethod({ method }: InversionChoices): unknown {
    return html`<label class="field">
        <span class="muted">Method</span>
        <select
          @change=${({ currentTarget }: Event & { currentTarget: HTMLSelectElement }) =>
            this.chooseMethod(methods[currentTarget.selectedIndex]?.method ?? method)}
        >
          ${methods.map((choice) => html`<option .selected=${choice.method === method}>${choice.name}</option>`)}
        </select>
      </label>
      <p class="small muted">${methods.find((choice) => choice.method === method)?.source}</p>`;
  }

  private renderFiles(): unknown {
    const { network } = this;
    return html`<div class="files">
      <p class="small muted">
        ${
          network === null
            ? 'Compare by a network of your own: VGG16, AlexNet or SqueezeNet 1.1 of torchvision (.pth).'
            : `${network.name}: with the LPIPS heads made for it, this is LPIPS; without them, a plain distance of features.`
        }
      </p>
      ${
        network === null
          ? html`<button type="button" class="button outlined" @click=${() => this.networkPicker?.click()}>
              Choose a network…
            </button>`
          : html`<button type="button" class="button outlined" @click=${() => this.headsPicker?.click()}>
                Choose its heads…
              </button>
              <button type="button" class="button" @click=${() => void this.offer(network, null)}>
                Use it without
              </button>`
      }
      <input
        type="file"
        hidden
        data-file="network"
        aria-label="Network file"
        @change=${() => (this.network = this.networkPicker?.files?.[0] ?? null)}
      />
      <input type="file" hidden data-file="heads" aria-label="LPIPS heads file" @change=${this.onHeads} />
    </div>`;
  }

  private onHeads(): void {
    const heads = this.headsPicker?.files?.[0];
    if (this.network !== null && heads !== undefined) void this.offer(this.network, heads);
  }

  private async offer(network: File, heads: File | null): Promise<void> {
    const id = await this.session?.inversion.openFeatures(network, heads);
    this.network = null;
    if (typeof id === 'string') this.choose({ loss: id });
  }

  /** Each method has its own number of steps. */
  private chooseMethod(method: InversionMethod): void {
    const { steps } = settingsOf(method, { space: this.choices?.space ?? 'w+', perceptual: false });
    this.choose({ method, steps });
  }

  private choose(part: Partial<InversionChoices>): void {
    if (this.choices !== null) this.dispatchEvent(new ChoicesEvent({ ...this.choices, ...part }));
  }
}
