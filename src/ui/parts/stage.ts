import { LitElement, html, nothing, type PropertyValues } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { classMap } from 'lit/directives/class-map.js';
import { styleProperties } from '../style/styleProperties.js';
import type { EditorSession } from '../session/editorSession.js';
import { dropPromise } from '../session/acceptedFiles.js';
import { readStored, writeStored } from '../session/stored.js';
import { isUnderWay } from '../session/inversionView.js';
import { emptyView, seedOf, type EditorView } from '../session/view.js';
import { progressBar } from '../style/progressBar.js';
import { shared } from '../style/shared.js';
import { icon } from '../style/icons.js';
import { formatPercent, formatSigned } from '../format.js';
import { modelName } from '../modelWords.js';
import type { StrokeEvent } from './brush.js';
import { Camera } from './camera.js';
import { stageStyles } from './stageStyles.js';

const smoothKey = 'ganvas:smooth';

/** The picture, as large as it fits, and what can be done with it as a whole. */
export class Stage extends LitElement {
  static override styles = [shared, progressBar, stageStyles];

  @property({ attribute: false }) session: EditorSession | null = null;
  @property({ attribute: false }) view: EditorView = emptyView;
  @property({ reflect: true }) layout = 'wide';
  @property({ type: Boolean }) tools = true;
  @state() private smooth = readStored(smoothKey) !== false;
  @state() private room = { width: 0, height: 0 };
  /** Sentence over the stage while a file hangs over it; an empty one refuses it. */
  @state() private drop: string | null = null;
  @query('.room') private readonly frame!: HTMLElement | null;
  private readonly camera = new Camera(() => this.requestUpdate());
  private canvas: HTMLCanvasElement | null = null;
  private observer: ResizeObserver | null = null;

  /** Puts a fresh canvas on the stage and gives its drawing surface away; a canvas can be given away only once. */
  takeCanvas(): OffscreenCanvas {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 1;
    const offscreen = canvas.transferControlToOffscreen();
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('part', 'canvas');
    this.canvas = canvas;
    this.requestUpdate();
    return offscreen;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer?.disconnect();
    this.observer = null;
  }

  protected override updated(_changed: PropertyValues<this>): void {
    this.canvas?.setAttribute('aria-label', this.description);
    if (this.observer !== null || this.frame === null) return;
    this.observer = new ResizeObserver(([entry]) => {
      if (entry) this.room = { width: entry.contentRect.width, height: entry.contentRect.height };
    });
    this.observer.observe(this.frame);
  }

  protected override render(): unknown {
    const { phase, before, deviceLost, inversion } = this.view;
    const { brush } = this.view.units;
    const badge = inversion.comparing ? 'Your picture' : before ? 'Before' : this.inversionBadge;
    const ready = phase === 'ready';
    return html`
      <div
        class="room"
        part="stage"
        tabindex=${ready ? 0 : nothing}
        role=${ready ? 'group' : nothing}
        aria-label=${ready ? 'Picture: plus and minus zoom, 0 fits' : nothing}
        @wheel=${this.onWheel}
        @dblclick=${() => this.camera.fit()}
        @pointerdown=${(event: PointerEvent) => this.frame && this.camera.press(event, this.frame)}
        @pointermove=${(event: PointerEvent) => this.frame && this.camera.move(event, this.frame)}
        @pointerup=${(event: PointerEvent) => this.camera.release(event)}
        @pointercancel=${(event: PointerEvent) => this.camera.release(event)}
        @keydown=${this.onKeyDown}
        @dragenter=${this.onDragOver}
        @dragover=${this.onDragOver}
        @dragleave=${this.onDragLeave}
        @drop=${this.onDrop}
      >
        ${
          phase === 'unsupported'
            ? html`<slot name="fallback"></slot>`
            : html`
                <div
                  class=${classMap({ picture: true, smooth: this.smooth })}
                  ?hidden=${!ready}
                  ${styleProperties(this.place)}
                >
                  ${this.canvas}
                  <ganvas-picture
                    class="target"
                    ?hidden=${!inversion.comparing}
                    .pixels=${inversion.target}
                  ></ganvas-picture>
                  ${
                    brush === null
                      ? nothing
                      : html`<ganvas-brush .brush=${brush} @stroke=${this.onStroke}></ganvas-brush>`
                  }
                </div>
                <div class="poster" ?hidden=${ready}>
                  <slot name="poster"></slot>
                  ${this.renderWaiting()}
                </div>
              `
        }
        ${badge === null ? nothing : html`<span class="badge">${badge}</span>`}
        ${deviceLost !== null ? html`<p class="veil" role="status">${deviceLost}</p>` : nothing}
        ${this.drop !== null ? this.renderDrop(this.drop) : nothing}
      </div>
      ${ready && this.tools ? this.renderTools() : nothing}
    `;
  }

  /** Under the poster: how far the model is, or, when it did not come, what to do instead. */
  private renderWaiting(): unknown {
    const { progress } = this.view;
    if (progress === null) {
      return html`<p class="waiting">
        ${this.session === null ? '' : 'Drop a checkpoint here, or choose one with Open.'}
      </p>`;
    }
    const value = progress.fraction ?? nothing;
    return html`<div class="waiting">
      <b>${progress.label}</b>
      <progress max="1" value=${value} aria-label=${progress.label}></progress>
      ${progress.detail === undefined ? nothing : html`<span class="small muted">${progress.detail}</span>`}
    </div>`;
  }

  private renderDrop(sentence: string): unknown {
    return html`<p class=${classMap({ drop: true, refused: sentence === '' })}>
      ${sentence === '' ? 'This kind of file cannot be opened here' : sentence}
    </p>`;
  }

  private renderTools(): unknown {
    const seed = seedOf(this.view.state.recipe);
    const starred = seed !== null && this.view.starred.includes(seed);
    const session = this.session;
    return html`<div class="tools" role="group" aria-label="View" part="stage-tools">
      <button
        type="button"
        class="button hold"
        aria-label="Before"
        aria-pressed=${this.view.before}
        title="Hold for the picture without edits (Space)"
        @pointerdown=${this.holdBefore}
        @pointerup=${() => session?.showBefore(false)}
        @pointercancel=${() => session?.showBefore(false)}
        @lostpointercapture=${() => session?.showBefore(false)}
        @keydown=${this.onHoldKey}
        @keyup=${() => session?.showBefore(false)}
        @blur=${() => session?.showBefore(false)}
        @contextmenu=${(event: Event) => event.preventDefault()}
      >
        ${icon('before')}<span class="text">Before</span>
      </button>
      <span class="divider"></span>
      ${this.renderTool(this.smooth ? 'smooth' : 'crisp', this.smooth ? 'Show crisp pixels' : 'Show smoothed', () => this.toggleSmooth())}
      ${this.renderTool('minus', 'Zoom out', () => this.camera.zoom(1 / 1.5), 'zoom')}
      <button
        type="button"
        class="button scale"
        title="Fit (0)"
        aria-label=${`Zoom ${Math.round(this.camera.scale * 100)} percent of fit; fit`}
        @click=${() => this.camera.fit()}
      >
        ${formatPercent(this.camera.scale)}
      </button>
      ${this.renderTool('plus', 'Zoom in', () => this.camera.zoom(1.5), 'zoom')}
      <span class="divider"></span>
      <button
        type="button"
        class="icon-button star"
        aria-pressed=${starred}
        aria-label=${starred ? 'Remove the star of this seed' : 'Star this seed'}
        title="Star (S)"
        ?disabled=${seed === null}
        @click=${() => seed !== null && session?.toggleStar(seed)}
      >
        ${icon(starred ? 'starred' : 'star')}
      </button>
      ${this.renderTool('dice', 'Random seed (R)', () => void session?.takeRandomSeed())}
    </div>`;
  }

  private renderTool(
    name: 'smooth' | 'crisp' | 'minus' | 'plus' | 'dice',
    label: string,
    run: () => void,
    kind = '',
  ): unknown {
    return html`<button type="button" class=${`icon-button ${kind}`} aria-label=${label} title=${label} @click=${run}>
      ${icon(name)}
    </button>`;
  }

  /** Position and size of the picture. Crisp pictures take whole multiples of a device pixel, so that no pixel is wider. */
  private get place(): Record<string, string> {
    const resolution = this.view.state.model?.resolution ?? 1;
    const { width, height } = this.room;
    // On a phone the tools stand at the right; keeping as much free at the left leaves the picture in the middle.
    const space = Math.max(
      0,
      this.layout === 'narrow' ? Math.min(width - 88, height - 16) : Math.min(width, height) - 48,
    );
    const pixel = (space * (globalThis.devicePixelRatio || 1)) / resolution;
    const whole =
      this.smooth || pixel < 1 ? space : (Math.floor(pixel) * resolution) / (globalThis.devicePixelRatio || 1);
    const { x, y, scale } = this.camera;
    return { width: `${whole}px`, height: `${whole}px`, transform: `translate(${x}px, ${y}px) scale(${scale})` };
  }

  /** What the stage shows when it is not the recipe's picture; on a phone the status line lies there and says the same. */
  private get inversionBadge(): string | null {
    const { status } = this.view.inversion;
    if (status?.onStage !== true || (this.layout === 'narrow' && isUnderWay(status))) return null;
    return status.phase === 'paused' ? `Paused, step ${status.step}` : `Inverting, step ${status.step}`;
  }

  /** What the canvas shows, in words, for people who cannot see it. */
  private get description(): string {
    const { model, recipe } = this.view.state;
    if (model === null || recipe === null) return 'No picture yet';
    const seed = seedOf(recipe);
    const start = seed === null ? 'a stored latent' : `seed ${seed}`;
    const active = recipe.edits.filter((edit) => !edit.muted && edit.strength !== 0);
    const edits = active.map((edit) => `${edit.name} ${formatSigned(edit.strength)}`).join(', ');
    return `Picture of ${modelName(model)}, ${start}${this.view.before ? ', without edits' : edits === '' ? '' : `, ${edits}`}`;
  }

  private toggleSmooth(): void {
    this.smooth = !this.smooth;
    writeStored(smoothKey, this.smooth);
  }

  private holdBefore(event: PointerEvent & { currentTarget: HTMLElement }): void {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    this.session?.showBefore(true);
  }

  private onHoldKey(event: KeyboardEvent): void {
    if (event.key !== ' ' && event.key !== 'Enter') return;
    event.preventDefault();
    event.stopPropagation();
    this.session?.showBefore(true);
  }

  private onStroke({ mask, size }: StrokeEvent): void {
    void this.session?.units.stroke(mask, size);
  }

  private onWheel(event: WheelEvent): void {
    if (this.view.phase !== 'ready' || this.frame === null) return;
    event.preventDefault();
    this.camera.zoomAt(event, this.frame, Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0018)));
  }

  private onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === '+' || event.key === '=') this.camera.zoom(1.25);
    else if (event.key === '-') this.camera.zoom(0.8);
    else if (event.key === '0') this.camera.fit();
    else return;
    event.preventDefault();
  }

  private onDragOver(event: DragEvent): void {
    const files = [...(event.dataTransfer?.items ?? [])].filter((item) => item.kind === 'file');
    if (files.length === 0 || event.dataTransfer === null) return;
    event.preventDefault();
    this.drop =
      dropPromise(
        files.map((item) => item.type),
        this.session?.invertsPictures ?? false,
      ) ?? '';
    event.dataTransfer.dropEffect = this.drop === '' ? 'none' : 'copy';
  }

  private onDragLeave(event: DragEvent): void {
    const to = event.relatedTarget;
    if (to instanceof Node && this.shadowRoot?.contains(to)) return;
    this.drop = null;
  }

  private onDrop(event: DragEvent): void {
    const files = [...(event.dataTransfer?.files ?? [])];
    this.drop = null;
    if (files.length === 0) return;
    event.preventDefault();
    void this.session?.openFiles(files);
  }
}
