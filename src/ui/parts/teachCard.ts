import { LitElement, css, html, nothing } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { LabelFit, LabelledConcept, PictureLabel } from '../../workbench/discoveryApi.js';
import { formatPercent } from '../format.js';
import type { EditorSession } from '../session/editorSession.js';
import { emptyView, type EditorView } from '../session/view.js';
import { panel } from '../style/panel.js';
import { shared } from '../style/shared.js';

/** Pictures that are asked about at a time. */
const pageLength = 12;
/** What a direction towards pictures without artifacts is called, and how far along it flawed ones are moved. */
const correction = { concept: 'without flaws', strength: 3 } as const;

/** A direction from clicks: pictures with an attribute, pictures without, and what they come to so far. */
export class TeachCard extends LitElement {
  static override styles = [
    shared,
    panel,
    css`
      :host {
        display: grid;
        gap: 10px;
      }
      .name input[type='text'] {
        width: 100%;
      }
      .sheet {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(80px, 1fr));
        gap: 8px 4px;
      }
      .sheet > li > div {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 2px;
        margin-top: 2px;
      }
      .sheet ganvas-thumbnail {
        border-radius: 4px;
      }
      .sheet button {
        min-width: 0;
        height: 26px;
        padding: 0;
        font-size: 12px;
      }
      .sheet button:is([aria-pressed='true'], [aria-pressed='true']:hover) {
        border-color: transparent;
        background: var(--_accent);
        color: var(--_on-accent);
      }
      @media (pointer: coarse) {
        .sheet button {
          height: 40px;
        }
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) view: EditorView = emptyView;
  @state() private concept = '';
  @state() private page = 0;
  @state() private labels: ReadonlyMap<number, boolean> = new Map();
  @state() private fit: LabelFit | null = null;
  @state() private taught: readonly LabelledConcept[] = [];
  private modelHash = '';
  private turn = 0;

  protected override willUpdate(): void {
    const hash = this.view.state.model?.hash ?? '';
    if (hash === this.modelHash) return;
    this.modelHash = hash;
    this.begin('');
    if (hash !== '') void this.session?.directions.labels().then((taught) => (this.taught = taught));
  }

  protected override render(): unknown {
    const { session, concept } = this;
    const seeds = Array.from({ length: pageLength }, (_, index) => this.page * pageLength + index);
    return html`
      <p class="small muted">
        Say of some pictures whether they have what you are after. A direction is fitted to your answers within what
        varies most, anew with every click.
      </p>
      <label class="name">
        <span class="small muted">What is it called?</span>
        <input
          type="text"
          maxlength="40"
          placeholder="friendly"
          list="taught"
          autocomplete="off"
          .value=${concept}
          @change=${(event: Event & { currentTarget: HTMLInputElement }) => this.begin(event.currentTarget.value.trim())}
        />
        <datalist id="taught">${this.taught.map((known) => html`<option value=${known.concept}></option>`)}</datalist>
      </label>
      ${
        this.corrects
          ? html`<p class="small muted">
              Say which pictures are good and which are broken or smeared. The direction leads away from flaws, as
              InterFaceGAN corrects artifacts; what goes along with flaws in this model goes too.
            </p>`
          : html`<button
              type="button"
              class="button compact"
              title="Teach it to tell good pictures from flawed ones, and correct flawed ones"
              @click=${() => this.begin(correction.concept)}
            >
              Correct flawed pictures
            </button>`
      }
      ${
        concept === ''
          ? nothing
          : html`<ul class="sheet" aria-label=${`Pictures to judge: ${concept}?`}>
                ${seeds.map((seed) => this.renderSeed(seed, session?.previews.context ?? ''))}
              </ul>
              <div class="row">
                <button
                  type="button"
                  class="button compact"
                  ?disabled=${this.page === 0}
                  @click=${() => (this.page -= 1)}
                >
                  Earlier
                </button>
                <span class="small muted">${this.tally}</span>
                <button type="button" class="button compact" @click=${() => (this.page += 1)}>More pictures</button>
              </div>
              ${this.renderFit()}`
      }
    `;
  }

  private renderSeed(seed: number, context: string): unknown {
    const label = this.labels.get(seed);
    const button = (text: string, positive: boolean): unknown =>
      html`<button
        type="button"
        class="button outlined"
        aria-pressed=${label === positive}
        aria-label=${`Seed ${seed}: ${positive ? '' : 'not '}${this.concept}`}
        @click=${() => this.judge(seed, positive)}
      >
        ${text}
      </button>`;
    const [yes, no] = this.corrects ? (['Good', 'Bad'] as const) : (['Yes', 'No'] as const);
    return html`<li>
      <ganvas-thumbnail .session=${this.session} .seed=${seed} .context=${context}></ganvas-thumbnail>
      <div>${button(yes, true)}${button(no, false)}</div>
    </li>`;
  }

  private renderFit(): unknown {
    const { fit } = this;
    if (fit === null) return nothing;
    const { accuracy, moreClicks, advice, directionId } = fit;
    const facts = [
      ...(directionId === null ? [] : [`“${this.concept}” is in the list below.`]),
      ...(accuracy === null ? [] : [`It guesses ${formatPercent(accuracy)} of answers that it has not seen.`]),
      ...(moreClicks > 0 ? [`${moreClicks} more ${moreClicks === 1 ? 'answer' : 'answers'} would help.`] : []),
      ...(advice === null ? [] : [advice]),
    ];
    return html`<p class="small advice" role="status">${facts.join(' ')}</p>
      ${
        this.corrects && directionId !== null
          ? html`<div class="actions">
              <button type="button" class="button primary" @click=${() => this.correct(directionId)}>
                Correct the picture shown
              </button>
            </div>`
          : nothing
      }`;
  }

  private get corrects(): boolean {
    return this.concept === correction.concept;
  }

  private get tally(): string {
    const positives = [...this.labels.values()].filter((positive) => positive).length;
    const negatives = this.labels.size - positives;
    return this.corrects ? `${positives} good · ${negatives} bad` : `${positives} yes · ${negatives} no`;
  }

  private correct(directionId: string): void {
    const { directions, editDirectionIds } = this.view.state;
    const direction = directions.find(({ id }) => id === directionId);
    if (direction === undefined) return;
    const index = editDirectionIds.indexOf(directionId);
    const { strength } = correction;
    if (index < 0) void this.session?.addDirection(direction, strength);
    else void this.session?.commit({ kind: 'edit-strength', index, strength });
  }

  /** Takes up a concept, with the answers that it has. */
  private begin(concept: string): void {
    const known = this.taught.find((taught) => taught.concept === concept);
    this.concept = concept;
    this.page = 0;
    this.fit = null;
    this.labels = new Map(known?.labels.map(({ seed, positive }) => [seed, positive]) ?? []);
    if (this.labels.size > 0) void this.refit();
  }

  /** A second click takes an answer back. */
  private judge(seed: number, positive: boolean): void {
    const labels = new Map(this.labels);
    if (labels.get(seed) === positive) labels.delete(seed);
    else labels.set(seed, positive);
    this.labels = labels;
    void this.refit();
  }

  private async refit(): Promise<void> {
    const { concept, session } = this;
    const labels: PictureLabel[] = [...this.labels].map(([seed, positive]) => ({ seed, positive }));
    this.taught = [...this.taught.filter((known) => known.concept !== concept), { concept, labels }];
    const turn = ++this.turn;
    const fit = (await session?.directions.fitLabels(concept, labels)) ?? null;
    if (turn === this.turn) this.fit = fit;
  }
}
