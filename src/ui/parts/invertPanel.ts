import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { Crop, InversionChoices, InversionStatus, PictureSummary } from '../../workbench/inversionApi.js';
import type { EditorSession } from '../session/editorSession.js';
import { isUnderWay } from '../session/inversionView.js';
import { emptyView, type EditorView } from '../session/view.js';
import { disclosure } from '../style/disclosure.js';
import { shared } from '../style/shared.js';
import { icon } from '../style/icons.js';
import { formatTimeLeft } from '../format.js';
import { decibels, phaseInWords } from '../inversionWords.js';
import type { CropEvent } from './cropBox.js';
import type { ChoicesEvent } from './inversionSettings.js';

/** Turns a picture into a face of the model: picture in, crop, choices, the run, and what came of it. */
export class InvertPanel extends LitElement {
  static override styles = [
    shared,
    disclosure,
    css`
      :host {
        display: block;
      }
      header {
        display: flex;
        align-items: center;
        justify-content: space-between;
        min-height: 44px;
        padding: 6px 8px 6px 16px;
        border-bottom: 1px solid var(--_line);
      }
      section {
        display: grid;
        gap: 12px;
        padding: 12px 16px 16px;
      }
      section + section {
        border-top: 1px solid var(--_line);
      }
      .name {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .actions {
        display: grid;
        grid-auto-columns: 1fr;
        grid-auto-flow: column;
        gap: 8px;
      }
      .facts {
        display: flex;
        flex-wrap: wrap;
        justify-content: space-between;
        gap: 0 12px;
      }
      details {
        border-top: 1px solid var(--_line);
      }
      summary {
        padding: 6px 16px;
      }
      .problem {
        padding: 8px 12px;
        border-radius: var(--_radius-small);
        background: var(--_alert-soft);
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) view: EditorView = emptyView;
  @state() private choices: InversionChoices = { space: 'w+', method: 'ganvas', steps: 500, starts: 1, loss: 'pixels' };
  /** False until the user has chosen a loss: the best there is is taken. */
  private lossChosen = false;

  protected override willUpdate(_changed: PropertyValues<this>): void {
    const { losses, model } = this.view.state;
    const richest = model?.latentSpaces.at(-1);
    if (richest !== undefined && model?.latentSpaces.includes(this.choices.space) === false) {
      this.choices = { ...this.choices, space: richest };
    }
    const best = losses.at(-1)?.id ?? 'pixels';
    const known = losses.some(({ id }) => id === this.choices.loss);
    if ((!known || !this.lossChosen) && this.choices.loss !== best) this.choices = { ...this.choices, loss: best };
  }

  protected override render(): unknown {
    const { state, inversion } = this.view;
    const { picture, status } = inversion;
    const any = picture !== null || status !== null;
    return html`
      <header>
        <h2>Invert</h2>
        ${
          any
            ? html`<button
                type="button"
                class="button"
                title="Forget the picture and its inversion"
                @click=${() => void this.session?.inversion.discard()}
              >
                Discard
              </button>`
            : nothing
        }
      </header>
      ${
        state.model === null
          ? html`<section>
              <p class="muted">Once a model is open, a picture of yours can be turned into one of its own here.</p>
            </section>`
          : html`${status === null ? nothing : this.renderJob(status)} ${this.renderPicture(status)}`
      }
    `;
  }

  private renderPicture(status: InversionStatus | null): unknown {
    const { picture, crop, opening } = this.view.inversion;
    if (isUnderWay(status)) return nothing;
    const known = picture !== null || status !== null;
    const chooser = html`<ganvas-picture-chooser
      .session=${this.session}
      ?busy=${opening}
      ?compact=${known}
    ></ganvas-picture-chooser>`;
    if (picture === null || crop === null)
      return known ? html`<section>${chooser}</section>` : this.renderEmpty(chooser);
    const setup = this.renderSetup(picture, crop, chooser, status === null);
    if (status === null) return setup;
    return html`<details>
      <summary>Crop and choices</summary>
      ${setup}
    </details>`;
  }

  private renderSetup(picture: PictureSummary, crop: Crop, chooser: unknown, isFirst: boolean): unknown {
    const resolution = this.view.state.model?.resolution ?? 0;
    const side = Math.round(crop.size);
    return html`<section aria-label="Picture and choices">
      <div>
        <h3 class="name" title=${picture.name}>${picture.name}</h3>
        <p class="small muted">
          ${side} × ${side} of ${picture.width} × ${picture.height} pixels, compared at ${resolution} × ${resolution}
        </p>
      </div>
      <ganvas-crop-box
        .picture=${picture}
        .crop=${crop}
        @crop=${(event: CropEvent) => this.session?.inversion.crop(event.crop)}
      ></ganvas-crop-box>
      <ganvas-inversion-settings
        .session=${this.session}
        .losses=${this.view.state.losses}
        .offered=${this.view.state.model?.latentSpaces ?? []}
        .reason=${this.view.state.model?.lacks.mapping ?? null}
        .choices=${this.choices}
        @choices=${this.onChoices}
      ></ganvas-inversion-settings>
      <button type="button" class="button primary start" @click=${this.start}>
        ${isFirst ? 'Start' : 'Start anew'}
      </button>
      ${chooser}
    </section>`;
  }

  private renderEmpty(chooser: unknown): unknown {
    return html`<section>
      ${chooser}
      <p class="small muted">
        ganvas looks for the picture of this model that comes closest to your picture. Every slider then works on it.
        The picture never leaves this page.
      </p>
    </section>`;
  }

  private renderJob(status: InversionStatus): unknown {
    const { target, comparing } = this.view.inversion;
    const { best, secondsLeft, curve, choices, gauge, error } = status;
    const left = status.phase === 'running' && secondsLeft !== null ? formatTimeLeft(secondsLeft) : '';
    return html`<section aria-label="Inversion">
      <div>
        <h3 class="name" title=${status.name}>${status.name}</h3>
        <p class="small muted facts"><span>${phaseInWords(status)}</span><span>${left}</span></p>
      </div>
      ${error === null ? nothing : html`<p class="problem small">${error.message}</p>`}
      <ganvas-comparison
        .session=${this.session}
        .target=${target}
        .result=${status.result}
        caption=${best === null ? 'Closest so far' : `Closest, ${decibels(best.psnr)}`}
        ?comparing=${comparing}
      ></ganvas-comparison>
      ${this.renderActions(status)}
      <ganvas-loss-chart .curve=${curve} steps=${choices.steps}></ganvas-loss-chart>
      <ganvas-domain-scale .gauge=${gauge}></ganvas-domain-scale>
    </section>`;
  }

  private renderActions(status: InversionStatus): unknown {
    const inversion = this.session?.inversion;
    const { phase, step, choices } = status;
    if (isUnderWay(status)) {
      return html`<div class="actions">
        ${this.renderAction('pause', 'Pause', () => void inversion?.pause(), phase === 'running')}
        ${this.renderAction('close', 'Cancel', () => void inversion?.cancel(), true)}
      </div>`;
    }
    const goesOn = (phase === 'paused' || phase === 'stored') && step < choices.steps;
    const actions = html`<div class="actions">
      ${this.renderAction('play', 'Resume', () => void inversion?.resume(), true)}
      ${this.renderAction('close', 'Cancel', () => void inversion?.cancel(), true)}
    </div>`;
    return html`${goesOn ? actions : nothing} ${this.renderTake(status)}`;
  }

  private renderTake({ best, taken }: InversionStatus): unknown {
    if (best === null) return nothing;
    if (taken) return html`<p class="small muted">The picture is on the stage: every slider works on it.</p>`;
    return html`<button type="button" class="button primary" @click=${() => void this.session?.inversion.take()}>
      Edit this picture
    </button>`;
  }

  private renderAction(name: 'pause' | 'play' | 'close', text: string, run: () => void, enabled: boolean): unknown {
    return html`<button type="button" class="button outlined" ?disabled=${!enabled} @click=${run}>
      ${icon(name, 16)} ${text}
    </button>`;
  }

  private start(): void {
    void this.session?.inversion.start(this.choices);
    // What comes now is at the top; on a phone the button was far below it.
    this.scrollIntoView({ block: 'start' });
  }

  private onChoices({ choices }: ChoicesEvent): void {
    if (choices.loss !== this.choices.loss) this.lossChosen = true;
    this.choices = choices;
  }
}
