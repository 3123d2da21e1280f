import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { MAX_SEED } from '../../latent/randomState.js';
import type { RecipeLatent } from '../../latent/recipe.js';
import { blendLatents, seedsAround, type WeightedSeed } from '../../latent/seedGrid.js';
import { formatPercent } from '../format.js';
import type { EditorSession } from '../session/editorSession.js';
import { emptyView, seedOf, type EditorView } from '../session/view.js';
import { panel } from '../style/panel.js';
import { shared } from '../style/shared.js';
import { styleProperties } from '../style/styleProperties.js';
import type { GesturePhase } from './gestureEvent.js';
import type { NumberEvent } from './numberField.js';

const [columns, rows] = [4, 3];
const seeds = columns * rows;
/** Of an arrow key, in cells; with Shift the finer one. */
const steps = { arrow: 0.1, fine: 0.02 };

interface Place {
  readonly x: number;
  readonly y: number;
}

/** A sheet of seeds to move between: the picture is their bilinear mix, as in NVIDIA's visualizer. */
export class SeedPad extends LitElement {
  static override styles = [
    shared,
    panel,
    css`
      :host {
        display: grid;
        gap: 10px;
      }
      .pad {
        position: relative;
        display: grid;
        grid-template-columns: repeat(${columns}, 1fr);
        gap: 2px;
        border-radius: 6px;
        overflow: hidden;
        cursor: crosshair;
        touch-action: none;
        user-select: none;
      }
      .pad ganvas-thumbnail {
        pointer-events: none;
      }
      .handle {
        position: absolute;
        width: 18px;
        height: 18px;
        translate: -50% -50%;
        border: 2px solid white;
        border-radius: 50%;
        box-shadow:
          0 0 0 2px var(--_accent),
          0 1px 4px oklch(0 0 0 / 0.5);
      }
      .handle.resting {
        opacity: 0.55;
      }
      .handle:focus-visible {
        outline: 3px solid var(--_accent);
        outline-offset: 3px;
      }
      @media (pointer: coarse) {
        .handle {
          width: 28px;
          height: 28px;
        }
      }
    `,
  ];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) view: EditorView = emptyView;
  @state() private first = 0;
  @state() private place: Place = { x: 0, y: 0 };
  @query('.pad') private readonly pad!: HTMLElement | null;
  /** Of the seeds on the pad; what they are the latents of stands in `knownFor`. */
  private latents: Promise<readonly RecipeLatent[] | null> | null = null;
  private knownFor = '';
  private shown: RecipeLatent | null = null;
  private held = false;
  private keyed = false;
  private underWay = 0;

  protected override willUpdate(changed: PropertyValues<this>): void {
    // While the hand is on it, what the recipe says is older.
    if (!changed.has('view') || this.held || this.underWay > 0) return;
    const seed = seedOf(this.view.state.recipe);
    const index = seed === null ? -1 : seed - this.first;
    if (index >= 0 && index < seeds) this.place = { x: index % columns, y: Math.floor(index / columns) };
  }

  protected override render(): unknown {
    const { session, first, place } = this;
    const around = this.around(place);
    return html`
      <p class="small muted">Drag over the sheet: the picture is a mix of the four seeds around.</p>
      <div class="row">
        <span>From seed</span>
        <ganvas-number-field
          integer
          label="First seed of the pad"
          .value=${first}
          .min=${0}
          .max=${MAX_SEED - seeds + 1}
          .nudge=${columns}
          @number=${(event: NumberEvent) => (this.first = event.value)}
        ></ganvas-number-field>
      </div>
      <div
        class="pad"
        @pointerdown=${this.take}
        @pointermove=${this.drag}
        @pointerup=${this.release}
        @pointercancel=${this.release}
      >
        ${Array.from(
          { length: seeds },
          (_, index) =>
            html`<ganvas-thumbnail
              aria-hidden="true"
              .session=${session}
              .seed=${first + index}
              .context=${session?.previews.context ?? ''}
            ></ganvas-thumbnail>`,
        )}
        <span
          class=${this.isShown ? 'handle' : 'handle resting'}
          role="slider"
          tabindex="0"
          aria-label="Place between seeds: arrows move it, with Shift finely"
          aria-valuemin="0"
          aria-valuemax=${columns - 1}
          aria-valuenow=${place.x}
          aria-valuetext=${inWords(around)}
          ${styleProperties({ left: at(place.x, columns), top: at(place.y, rows) })}
          @keydown=${this.onKeyDown}
          @keyup=${this.commitKeys}
          @blur=${this.commitKeys}
        ></span>
      </div>
      <p class="small muted">${this.isShown ? inWords(around) : nothing}</p>
    `;
  }

  /** Whether the picture on the stage is the one at the handle. */
  private get isShown(): boolean {
    const latent = this.view.state.recipe?.latent;
    const [only, ...others] = this.around(this.place);
    if (only !== undefined && others.length === 0) return seedOf(this.view.state.recipe) === only.seed;
    return latent !== undefined && this.shown !== null && JSON.stringify(latent) === JSON.stringify(this.shown);
  }

  private around({ x, y }: Place): readonly WeightedSeed[] {
    return seedsAround({ first: this.first, columns, rows }, x, y);
  }

  private take(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.pad?.setPointerCapture(event.pointerId);
    this.held = true;
    void this.go(this.placeOf(event), 'preview');
  }

  private drag(event: PointerEvent): void {
    if (this.held) void this.go(this.placeOf(event), 'preview');
  }

  private release(): void {
    if (!this.held) return;
    this.held = false;
    void this.go(this.place, 'commit');
  }

  /** Seeds lie in the middle of their cells. */
  private placeOf({ clientX, clientY }: PointerEvent): Place {
    const box = this.pad?.getBoundingClientRect();
    if (box === undefined) return this.place;
    return inside({
      x: ((clientX - box.left) / box.width) * columns - 0.5,
      y: ((clientY - box.top) / box.height) * rows - 0.5,
    });
  }

  private onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? steps.fine : steps.arrow;
    const moves: Readonly<Record<string, Place>> = {
      ArrowLeft: { x: -step, y: 0 },
      ArrowRight: { x: step, y: 0 },
      ArrowUp: { x: 0, y: -step },
      ArrowDown: { x: 0, y: step },
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.keyed = true;
    void this.go(inside({ x: rounded(this.place.x + move.x), y: rounded(this.place.y + move.y) }), 'preview');
  }

  private commitKeys(): void {
    if (!this.keyed) return;
    this.keyed = false;
    void this.go(this.place, 'commit');
  }

  private async go(place: Place, phase: GesturePhase): Promise<void> {
    this.place = place;
    this.underWay++;
    try {
      await this.show(place, phase);
    } finally {
      this.underWay--;
    }
  }

  private async show(place: Place, phase: GesturePhase): Promise<void> {
    const latent = await this.latentAt(place);
    // Of the places that were passed while latents were fetched, the last one counts.
    if (latent === null || (phase === 'preview' && place !== this.place)) return;
    this.shown = latent;
    const change = { kind: 'latent', latent, mix: [] } as const;
    await (phase === 'preview' ? this.session?.preview(change) : this.session?.commit(change));
  }

  private async latentAt(place: Place): Promise<RecipeLatent | null> {
    const around = this.around(place);
    const [only, ...others] = around;
    if (only !== undefined && others.length === 0) return { space: 'z', seed: only.seed };
    const { first } = this;
    const latents = await this.latentsOfPad();
    if (latents === null) return null;
    const points = around.flatMap(({ seed, weight }) => {
      const latent = latents[seed - first];
      return latent === undefined ? [] : [{ latent, weight }];
    });
    return blendLatents(points);
  }

  /** Asked for again when others lie there, or they lie elsewhere: by the class, and with some models by ψ. */
  private latentsOfPad(): Promise<readonly RecipeLatent[] | null> {
    const { recipe, model } = this.view.state;
    const key = [this.first, model?.hash, recipe?.class, recipe?.truncation.psi].join();
    if (this.latents === null || key !== this.knownFor) {
      this.knownFor = key;
      const wanted = Array.from({ length: seeds }, (_, index) => this.first + index);
      const asked = this.session?.walks.latentsOfSeeds(wanted) ?? Promise.resolve(null);
      this.latents = asked;
      // What has failed is asked for again.
      void asked.then((found) => {
        if (found === null && this.latents === asked) this.latents = null;
      });
    }
    return this.latents;
  }
}

const inside = ({ x, y }: Place): Place => ({
  x: Math.min(columns - 1, Math.max(0, x)),
  y: Math.min(rows - 1, Math.max(0, y)),
});

const rounded = (value: number): number => Number(value.toFixed(4));

const at = (place: number, count: number): string => `${((place + 0.5) / count) * 100}%`;

function inWords(around: readonly WeightedSeed[]): string {
  const [only] = around;
  if (only !== undefined && around.length === 1) return `Seed ${only.seed}`;
  const felt = around.filter(({ weight }) => weight >= 0.005);
  return felt.map(({ seed, weight }) => `${formatPercent(weight)} of seed ${seed}`).join(', ');
}
