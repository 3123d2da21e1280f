import { LitElement, css, html, nothing } from 'lit';
import { property, state } from 'lit/decorators.js';
import { MAX_SEED } from '../../latent/randomState.js';
import type { RecipeLatent } from '../../latent/recipe.js';
import type { WalkFrame, WalkKind } from '../../workbench/walkApi.js';
import type { EditorSession } from '../session/editorSession.js';
import { emptyView, type EditorView } from '../session/view.js';
import { icon } from '../style/icons.js';
import { panel } from '../style/panel.js';
import { shared } from '../style/shared.js';
import type { NumberEvent } from './numberField.js';
import type { SlideEvent } from './slider.js';

const kinds: readonly { readonly kind: WalkKind; readonly name: string; readonly says: string }[] = [
  { kind: 'lerp', name: 'Straight, through w', says: 'The line between two styles: even and calm.' },
  { kind: 'slerp', name: 'Around, through z', says: 'The great circle between two draws of noise.' },
  {
    kind: 'geodesic',
    name: 'Shortest, in pictures',
    says: 'Bends the way until the pictures along it change least in all. Takes a while: it differentiates the model.',
  },
];
const fewestFrames = 2;
const mostFrames = 64;
/** A picture of the film. */
const frameMilliseconds = 120;

/** From A to B, or at random: pictures of the way, a timeline to scrub, a film. */
export class WalkCard extends LitElement {
  static override styles = [
    shared,
    panel,
    css`
      :host {
        display: grid;
        gap: 10px;
      }
      .end {
        display: grid;
        grid-template-columns: 20px 1fr 96px;
        align-items: center;
        gap: 8px;
      }
      .end select:last-child {
        grid-column: span 2;
      }
      .end .grip {
        font-weight: 600;
      }
      .end ganvas-number-field {
        width: 96px;
      }
      .timeline {
        display: grid;
        grid-template-columns: auto 1fr auto;
        align-items: center;
        gap: 8px;
      }
      .frames {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(56px, 1fr));
        gap: 4px;
      }
      .frames button {
        display: block;
        width: 100%;
        padding: 0;
        border: 0;
        border-radius: 6px;
        overflow: hidden;
        background: none;
      }
      .frames button[aria-current='true'] {
        box-shadow: 0 0 0 2.5px var(--_accent);
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) view: EditorView = emptyView;
  /** Null for the picture that is on the stage. */
  @state() private from: number | null = null;
  @state() private to = 1;
  @state() private kind: WalkKind = 'lerp';
  @state() private count = 9;
  @state() private frames: readonly WalkFrame[] = [];
  @state() private shown = 0;
  @state() private busy = false;
  @state() private film: ReturnType<typeof setInterval> | null = null;
  private modelHash = '';
  private turn = 0;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stopFilm();
  }

  /** Pictures of another model are no way through this one. */
  protected override willUpdate(): void {
    const hash = this.view.state.model?.hash ?? '';
    if (hash === this.modelHash) return;
    this.modelHash = hash;
    this.stopFilm();
    this.frames = [];
  }

  protected override render(): unknown {
    const { busy, offered } = this;
    const chosen = this.chosen();
    return html`
      <p class="small muted">Pictures on the way from one to another. Drag the timeline: the stage follows.</p>
      ${this.renderFrom()}
      <div class="end">
        <span class="grip" aria-hidden="true">B</span><span>Seed</span>
        <ganvas-number-field
          integer
          label="Seed that the walk leads to"
          .value=${this.to}
          .min=${0}
          .max=${MAX_SEED}
          .nudge=${1}
          @number=${(event: NumberEvent) => (this.to = event.value)}
        ></ganvas-number-field>
      </div>
      <label class="row">
        <span>Way</span>
        <select
          @change=${(event: Event & { currentTarget: HTMLSelectElement }) => this.choose(event.currentTarget.value)}
        >
          ${offered.map(
            ({ kind, name }) => html`<option value=${kind} ?selected=${kind === chosen?.kind}>${name}</option>`,
          )}
        </select>
      </label>
      <p class="small muted">${chosen?.says}</p>
      <div class="row">
        <span>Pictures</span>
        <ganvas-number-field
          integer
          label="Pictures along the way"
          .value=${this.count}
          .min=${fewestFrames}
          .max=${mostFrames}
          .nudge=${1}
          @number=${(event: NumberEvent) => (this.count = event.value)}
        ></ganvas-number-field>
      </div>
      <div class="actions">
        ${
          busy
            ? html`<button type="button" class="button outlined" @click=${() => void this.session?.walks.cancel()}>
                Stop here
              </button>`
            : html`<button type="button" class="button primary" @click=${() => void this.walk()}>Walk to B</button>
                <button
                  type="button"
                  class="button outlined"
                  title="Short steps in any direction, from the seed of A"
                  @click=${() => void this.wander()}
                >
                  Wander
                </button>`
        }
      </div>
      ${this.renderFrames()}
    `;
  }

  private renderFrom(): unknown {
    return html`<div class="end">
      <span class="grip" aria-hidden="true">A</span>
      <select
        aria-label="Where the walk begins"
        @change=${(event: Event & { currentTarget: HTMLSelectElement }) =>
          (this.from = event.currentTarget.value === 'seed' ? 0 : null)}
      >
        <option value="present" ?selected=${this.from === null}>The picture shown</option>
        <option value="seed" ?selected=${this.from !== null}>Seed</option>
      </select>
      ${
        this.from === null
          ? nothing
          : html`<ganvas-number-field
              integer
              label="Seed that the walk begins at"
              .value=${this.from}
              .min=${0}
              .max=${MAX_SEED}
              .nudge=${1}
              @number=${(event: NumberEvent) => (this.from = event.value)}
            ></ganvas-number-field>`
      }
    </div>`;
  }

  private renderFrames(): unknown {
    const { frames, shown, film } = this;
    if (frames.length === 0) {
      return this.busy ? html`<p class="small muted" role="status">Looking for the way…</p>` : nothing;
    }
    const last = frames.length - 1;
    return html`
      <div class="timeline">
        <button
          type="button"
          class="icon-button compact"
          aria-label=${film === null ? 'Play the walk' : 'Pause the walk'}
          title=${film === null ? 'Play' : 'Pause'}
          ?disabled=${last < 1}
          @click=${() => (film === null ? this.play() : this.pause())}
        >
          ${icon(film === null ? 'play' : 'pause', 16)}
        </button>
        <ganvas-slider
          label="Place on the walk"
          valueText=${`Picture ${shown + 1} of ${frames.length}`}
          .min=${0}
          .max=${Math.max(1, last)}
          .nudge=${1}
          .fine=${1}
          .value=${shown}
          @slide=${(event: SlideEvent) => event.until(this.show(event.value, event.phase))}
        ></ganvas-slider>
        <span class="small muted">${shown + 1} / ${frames.length}</span>
      </div>
      <ol class="frames">
        ${frames.map(
          ({ pixels }, index) =>
            html`<li>
              <button
                type="button"
                aria-label=${`Take picture ${index + 1} of the walk`}
                aria-current=${index === shown ? 'true' : nothing}
                @click=${() => void this.show(index, 'commit')}
              >
                <ganvas-picture .pixels=${pixels}></ganvas-picture>
              </button>
            </li>`,
        )}
      </ol>
    `;
  }

  /** Without w there is no straight way that means something. */
  private get offered(): typeof kinds {
    const hasW = this.view.state.model?.latentSpaces.includes('w') ?? false;
    return kinds.filter(({ kind }) => hasW || kind !== 'lerp');
  }

  private chosen(): (typeof kinds)[number] | undefined {
    return this.offered.find(({ kind }) => kind === this.kind) ?? this.offered[0];
  }

  private choose(value: string): void {
    this.kind = kinds.find(({ kind }) => kind === value)?.kind ?? 'lerp';
  }

  private async walk(): Promise<void> {
    const present = this.view.state.recipe?.latent;
    const from: RecipeLatent | undefined = this.from === null ? present : { space: 'z', seed: this.from };
    if (from === undefined) return;
    const request = {
      kind: this.chosen()?.kind ?? 'slerp',
      from,
      to: { space: 'z', seed: this.to },
      frames: this.count,
    } as const;
    await this.collect((onFrame) => this.session?.walks.walk(request, onFrame));
  }

  private async wander(): Promise<void> {
    const latent = this.view.state.recipe?.latent;
    const seed = this.from ?? (latent !== undefined && 'seed' in latent ? latent.seed : 0);
    await this.collect((onFrame) => this.session?.walks.wander(seed, this.count, onFrame));
  }

  private async collect(
    run: (onFrame: (index: number, frame: WalkFrame) => void) => Promise<void> | undefined,
  ): Promise<void> {
    this.stopFilm();
    const turn = ++this.turn;
    this.frames = [];
    this.shown = 0;
    this.busy = true;
    // Frames are added in order; they may arrive after the call has ended, on a port of their own.
    await run((index, frame) => {
      if (turn === this.turn && index === this.frames.length) this.frames = [...this.frames, frame];
    });
    if (turn === this.turn) this.busy = false;
  }

  private async show(index: number, phase: 'preview' | 'commit'): Promise<void> {
    const frame = this.frames[Math.round(index)];
    if (frame === undefined) return;
    if (phase === 'commit') this.stopFilm();
    this.shown = Math.round(index);
    const change = { kind: 'latent', latent: frame.latent, mix: [] } as const;
    await (phase === 'preview' ? this.session?.preview(change) : this.session?.commit(change));
  }

  /** To the end and back, without an end. */
  private play(): void {
    let step = this.shown === this.frames.length - 1 ? -1 : 1;
    this.film = setInterval(() => {
      const next = this.shown + step;
      if (next === 0 || next === this.frames.length - 1) step = -step;
      void this.show(next, 'preview');
    }, frameMilliseconds);
  }

  private pause(): void {
    this.stopFilm();
    void this.show(this.shown, 'commit');
  }

  private stopFilm(): void {
    if (this.film !== null) clearInterval(this.film);
    this.film = null;
  }
}
