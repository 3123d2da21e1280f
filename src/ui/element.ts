import { LitElement, html, nothing, type PropertyValues } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { classMap } from 'lit/directives/class-map.js';
import type { ModelSummary } from '../workbench/api.js';
import { recipeToHash } from '../latent/recipeLink.js';
import { recipesEqual } from '../latent/recipeForm.js';
import type { Recipe } from '../latent/recipe.js';
import { readGivenRecipe } from './givenRecipe.js';
import { asSerializedError, connectWorker, type ConnectWorkbench } from './workbenchClient.js';
import { settleLater, type Deferred } from './deferred.js';
import { saveFile } from './saveFile.js';
import { EditorSession } from './session/editorSession.js';
import { SelectedEdit } from './session/selectedEdit.js';
import type { SessionEvents } from './session/sessionEvents.js';
import { readStored, writeStored } from './session/stored.js';
import { runningJob } from './session/jobs.js';
import { isUnderWay } from './session/inversionView.js';
import { emptyView, seedOf, type EditorView } from './session/view.js';
import { HashSync } from './hashSync.js';
import { Shortcuts } from './shortcuts.js';
import { reasonFromCode } from './webgpuSupport.js';
import { ganvasEvent, type GanvasEditorEventMap } from './events.js';
import { shared } from './style/shared.js';
import { tokens } from './style/tokens.js';
import { icon } from './style/icons.js';
import { renderRail, type Layout, type Tool } from './rail.js';
import { elementStyles } from './elementStyles.js';
import { loadParts } from './parts/laterParts.js';
import { registerParts } from './parts/register.js';
import type { DirectionsPanel } from './parts/directionsPanel.js';
import type { Filmstrip } from './parts/filmstrip.js';
import type { ShortcutSheet } from './parts/shortcutSheet.js';
import type { Stage } from './parts/stage.js';

const shortcutsKey = 'ganvas:shortcuts';
/** Address of one of the bundled model's files. */
const bundled = (part: string): string => `./weights/face64/face64-${part}.safetensors`;
const bundledModel = bundled('g');
const allTools: readonly Tool[] = ['explore', 'walk', 'directions', 'invert', 'units', 'measure'];

/** Not Lit's `isServer`: it tells which of Lit's builds runs, and the package bundles the one that runs anywhere. */
const hasDom = typeof document !== 'undefined';

/**
 * An editor for the pictures of a generator: seeds, directions, edits, undo, recipes.
 *
 * @slot poster - Still picture while the model is fetched, and beside the explanation where WebGPU is missing.
 * @slot fallback - Replaces that explanation.
 * @slot toolbar - Extra controls in the top bar.
 * @csspart stage, canvas, stage-tools, model-chip, alert, fallback
 * @cssproperty --ganvas-accent, --ganvas-on-accent, --ganvas-background, --ganvas-surface, --ganvas-stage,
 *   --ganvas-text, --ganvas-text-muted, --ganvas-line, --ganvas-radius, --ganvas-font, --ganvas-height
 * @fires ganvas-load, ganvas-change, ganvas-progress, ganvas-error, ganvas-device-lost
 * @cssstate loading, ready, error, unsupported
 */
export class GanvasEditor extends LitElement {
  static override styles = [tokens, shared, elementStyles];

  /** Address of the checkpoint to open. */
  @property() src = bundledModel;
  /** What the model is called; the file's name when empty. */
  @property() name = '';
  /** Which tools the rail offers, in order: "explore walk directions invert units measure". */
  @property() tools = allTools.join(' ');
  /**
   * Address of a network whose features inversions are compared by, fetched with the first picture; the bundled model's
   * own when it is absent.
   */
  @property() features: string | null = null;
  /** Address of the model's style encoder, which inversions start from, likewise. */
  @property() encoder: string | null = null;
  /** Address of a network that tells attributes, fetched when it is first needed; the bundled model's own when absent. */
  @property() predictor: string | null = null;
  /** Address of a network that tells parts of pictures, likewise. */
  @property() segmenter: string | null = null;
  /** A recipe to show: its JSON, the hash of a link, or as a property the object itself. */
  @property({ attribute: 'recipe' }) recipe: Recipe | string | null = null;
  /** "full" (also when empty), "stage" for the picture and its tools, "none" for the picture alone. */
  @property() controls = 'full';
  /** Keeps the recipe in the page's address. */
  @property({ type: Boolean, attribute: 'sync-hash' }) syncHash = false;
  /** "off" keeps the editor from measuring which kernels are the fastest on this graphics card, once a picture is there. */
  @property() tuning = 'auto';
  /** How the workbench is reached; set it before the element is connected. */
  @property({ attribute: false }) connectWorkbench: ConnectWorkbench = connectWorker;

  @state() private view: EditorView = emptyView;
  @state() private layout: Layout = 'wide';
  @state() private tool: Tool | null = null;
  @state() private shortcutsOn = readStored(shortcutsKey) !== false;
  @state() private said = '';
  @query('ganvas-stage') private readonly stage!: Stage | null;
  @query('ganvas-filmstrip') private readonly filmstrip!: Filmstrip | null;
  @query('ganvas-directions-panel') private readonly directions!: DirectionsPanel | null;
  @query('ganvas-shortcut-sheet') private readonly sheet!: ShortcutSheet | null;

  private session: EditorSession | null = null;
  private observer: ResizeObserver | null = null;
  private readonly selected = new SelectedEdit(() => this.session);
  private readonly internals: ElementInternals | null = hasDom ? this.attachInternals() : null;
  private readonly hash = new HashSync(this, {
    openRecipe: (recipe) => void this.session?.openRecipe(recipe, 'history'),
    refuse: (thrown) => this.refuseRecipe(thrown),
  });
  /** Why the recipe given at the start cannot be read, until it can be told. */
  private refused: unknown = null;
  private loaded: Deferred<ModelSummary> = settleLater();
  private loadingTool: Tool | null = null;
  private toolLoaded: Promise<void> = Promise.resolve();

  constructor() {
    super();
    if (!hasDom) return;
    registerParts();
    this.addShortcuts();
  }

  /** Resolves with the first model once its picture is shown. */
  get ready(): Promise<ModelSummary> {
    return this.loaded.promise;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.observer = new ResizeObserver(([entry]) => {
      const width = entry?.contentRect.width ?? 0;
      this.layout = width >= 1000 ? 'wide' : width >= 560 ? 'medium' : 'narrow';
    });
    this.observer.observe(this);
    addEventListener('paste', this.onPaste);
    void this.updateComplete.then(() => this.begin());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer?.disconnect();
    removeEventListener('paste', this.onPaste);
    // Moving the element in the page disconnects and connects it in one go: only a lasting absence ends the session.
    setTimeout(() => {
      if (!this.isConnected) this.dispose();
    });
  }

  /** Ends the worker and frees the GPU; connecting the element again starts afresh. */
  dispose(): void {
    this.session?.close();
    this.session = null;
    this.view = emptyView;
    this.loaded = settleLater();
  }

  protected override updated(changed: PropertyValues<this>): void {
    void this.loadSelectedTool();
    if (this.session === null) return;
    const isBundled = this.view.library.source?.url === new URL(bundledModel, document.baseURI).href;
    const usual = (part: string): string => (isBundled ? bundled(part) : '');
    const { directions, units, inversion } = this.session;
    directions.predictor.url = this.predictor ?? usual('predictor');
    units.segmenter.url = this.segmenter ?? usual('segmenter');
    inversion.features.url = this.features ?? (this.src === bundledModel ? bundled('predictor') : '');
    inversion.encoder.url = this.encoder ?? usual('encoder');
    if (changed.has('src') && changed.get('src') !== undefined) void this.session.openUrl(this.src, this.name, null);
    if (changed.has('recipe') && this.view.phase === 'ready') this.openGivenRecipe();
  }

  private begin(): void {
    if (this.session !== null || !this.isConnected || this.stage === null) return;
    try {
      const connection = this.connectWorkbench((error) => this.session?.report('The engine stopped', error));
      this.session = new EditorSession(connection, this.sessionEvents(), {
        directions: () => !this.bare,
        pictures: () => !this.bare && this.offered.includes('invert'),
      });
    } catch (thrown) {
      return this.refuseToStart(thrown);
    }
    if (this.tuning === 'off') void this.session.setTuning('off');
    void this.session
      .attachCanvas(this.stage.takeCanvas())
      .catch((thrown: unknown) => this.session?.report('The stage has no canvas', thrown));
    const linked = this.syncHash ? this.hash.start() : null;
    void this.session.openUrl(this.src, this.name, linked ?? this.givenRecipe());
    this.requestUpdate();
  }

  private refuseToStart(thrown: unknown): void {
    const error = asSerializedError(thrown);
    const reason = reasonFromCode(error.code);
    this.view =
      reason !== null
        ? { ...emptyView, phase: 'unsupported', unsupported: { reason, message: null } }
        : { ...emptyView, problem: { title: 'The engine did not start', error, retry: null, retryName: '' } };
    this.markState();
    this.dispatchEvent(ganvasEvent('ganvas-error', error));
  }

  private sessionEvents(): SessionEvents {
    return {
      view: (view) => {
        if (view.progress !== this.view.progress) this.dispatchEvent(ganvasEvent('ganvas-progress', view.progress));
        this.view = view;
        this.markState();
      },
      recipe: (recipe, phase, cause) => {
        this.hash.write(recipe, phase, cause);
        this.dispatchEvent(ganvasEvent('ganvas-change', { recipe, phase }));
      },
      loaded: () => this.onLoaded(),
      failed: (error) => this.dispatchEvent(ganvasEvent('ganvas-error', error)),
      deviceLost: (error) => this.dispatchEvent(ganvasEvent('ganvas-device-lost', error)),
      file: saveFile,
      picture: () => (this.tool = 'invert'),
      said: (sentence) => (this.said = sentence),
    };
  }

  private onLoaded(): void {
    const { model, recipe } = this.view.state;
    if (model === null || recipe === null) return;
    if (this.refused !== null) this.session?.report('The recipe was not opened', this.refused);
    this.refused = null;
    this.hash.opened(recipe);
    this.loaded.resolve(model);
    this.dispatchEvent(ganvasEvent('ganvas-load', { model }));
  }

  private markState(): void {
    const states = this.internals?.states;
    if (!states) return;
    const { phase, problem } = this.view;
    const current = phase === 'loading' && problem !== null ? 'error' : phase;
    for (const name of ['loading', 'ready', 'error', 'unsupported']) {
      if (name === current) states.add(name);
      else states.delete(name);
    }
  }

  private givenRecipe(): Recipe | null {
    try {
      return readGivenRecipe(this.recipe);
    } catch (thrown) {
      this.refuseRecipe(thrown);
      return null;
    }
  }

  /** A recipe that cannot be read is explained once there is a picture: a model that opens clears what was said before. */
  private refuseRecipe(thrown: unknown): void {
    if (this.view.phase === 'ready') this.session?.report('The recipe was not opened', thrown);
    else this.refused = thrown;
  }

  private openGivenRecipe(): void {
    const recipe = this.givenRecipe();
    const shown = this.view.state.recipe;
    if (recipe !== null && (shown === null || !recipesEqual(recipe, shown))) void this.session?.openRecipe(recipe);
  }

  /** One template for every layout: the canvas must never be made anew, it can be given away only once. */
  protected override render(): unknown {
    const { view, layout } = this;
    const { bare } = this;
    const full = !bare && view.phase !== 'unsupported';
    const tools = layout === 'narrow' ? (['edits', ...this.offered] as const) : this.offered;
    const rail = full && tools.length > 0;
    return html`
      <div class="editor">
        ${bare ? nothing : this.renderTopBar()} ${this.renderBanner()}
        <div class=${classMap({ body: true, [layout]: full, 'no-rail': !rail, bare: !full })}>
          ${rail ? html`${renderRail({ tools, selected: this.selectedTool, layout, select: (tool) => (this.tool = tool) })} ${this.renderPanel(layout === 'narrow')}` : nothing}
          <div class="center">
            ${this.renderStage()}
            ${
              full
                ? html`<ganvas-filmstrip .session=${this.session} .view=${view} layout=${layout}></ganvas-filmstrip>`
                : nothing
            }
          </div>
          ${
            full && layout !== 'narrow'
              ? html`<section class="inspector scroll" aria-label="Inspector" tabindex="-1">
                  ${this.renderInspector()}
                </section>`
              : nothing
          }
        </div>
        ${
          full
            ? html`<ganvas-status-line
                .session=${this.session}
                .view=${view}
                layout=${layout}
                ?hidden=${layout === 'narrow' && view.progress === null && !isUnderWay(view.inversion.status) && runningJob(view) === null}
              ></ganvas-status-line>`
            : nothing
        }
        <ganvas-shortcut-sheet
          ?enabled=${this.shortcutsOn}
          @toggle-shortcuts=${(event: CustomEvent<boolean>) => this.switchShortcuts(event.detail)}
        ></ganvas-shortcut-sheet>
        <p class="visually-hidden" role="status">${this.said}</p>
      </div>
    `;
  }

  /** Only the picture, with or without its tools. */
  private get bare(): boolean {
    return this.controls === 'stage' || this.controls === 'none';
  }

  private renderTopBar(): unknown {
    return html`<ganvas-top-bar
      .session=${this.session}
      .view=${this.view}
      layout=${this.layout}
      @copy-link=${this.copyLink}
      @help=${() => this.sheet?.open()}
      ><slot name="toolbar"></slot
    ></ganvas-top-bar>`;
  }

  private renderBanner(): unknown {
    return html`<ganvas-problem-banner .session=${this.session} .problem=${this.view.problem}></ganvas-problem-banner>`;
  }

  private renderStage(): unknown {
    const { unsupported } = this.view;
    return html`<ganvas-stage
      .session=${this.session}
      .view=${this.view}
      layout=${this.layout}
      ?tools=${this.controls !== 'none'}
      exportparts="stage, canvas, stage-tools"
    >
      ${
        unsupported === null
          ? html`<slot name="poster" slot="poster"><span class="poster-sketch">${icon('explore', 64)}</span></slot>`
          : html`<div slot="fallback" class="fallback-default">
              <slot name="fallback">
                <ganvas-fallback .reason=${unsupported.reason} .message=${unsupported.message} exportparts="fallback">
                  <slot name="poster"></slot>
                </ganvas-fallback>
              </slot>
            </div>`
      }
    </ganvas-stage>`;
  }

  private renderPanel(withEdits: boolean): unknown {
    const selected = this.selectedTool;
    const { session, view } = this;
    return html`<div class="panel scroll" id="panel" role="tabpanel" aria-labelledby=${`tab-${selected}`} tabindex="-1">
      ${withEdits ? html`<div ?hidden=${selected !== 'edits'}>${this.renderInspector()}</div>` : nothing}
      <ganvas-explore-panel ?hidden=${selected !== 'explore'} .session=${session} .view=${view}></ganvas-explore-panel>
      <ganvas-walk-panel ?hidden=${selected !== 'walk'} .session=${session} .view=${view}></ganvas-walk-panel>
      <ganvas-directions-panel
        ?hidden=${selected !== 'directions'}
        .session=${session}
        .view=${view}
      ></ganvas-directions-panel>
      <ganvas-invert-panel ?hidden=${selected !== 'invert'} .session=${session} .view=${view}></ganvas-invert-panel>
      <ganvas-units-panel ?hidden=${selected !== 'units'} .session=${session} .view=${view}></ganvas-units-panel>
      <ganvas-measure-panel ?hidden=${selected !== 'measure'} .session=${session} .view=${view}></ganvas-measure-panel>
    </div>`;
  }

  private renderInspector(): unknown {
    return html`
      <ganvas-edit-stack .session=${this.session} .view=${this.view}></ganvas-edit-stack>
      <ganvas-latent-panel .session=${this.session} .view=${this.view}></ganvas-latent-panel>
    `;
  }

  private get offered(): readonly Tool[] {
    return this.tools.split(/\s+/).flatMap((name) => allTools.find((tool) => tool === name) ?? []);
  }

  private get selectedTool(): Tool {
    const first = this.layout === 'narrow' ? 'edits' : (this.offered[0] ?? 'edits');
    if (this.tool === null || (this.tool === 'edits' && this.layout !== 'narrow')) return first;
    return this.tool;
  }

  /** The parts of a tool are downloaded when it is first chosen; choosing it again tries again. */
  private loadSelectedTool(): Promise<void> {
    const tool = this.selectedTool;
    if (tool !== 'units' && this.view.units.brush !== null) this.session?.units.take(null);
    if (tool !== this.loadingTool) {
      this.loadingTool = tool;
      this.toolLoaded = loadParts(tool).catch((thrown: unknown) =>
        this.session?.report('This tool could not be loaded', thrown),
      );
    }
    return this.toolLoaded;
  }

  private copyLink(): void {
    const { recipe } = this.view.state;
    if (recipe === null) return;
    const link = new URL(recipeToHash(recipe), location.href).href;
    navigator.clipboard.writeText(link).then(
      () => (this.said = 'The link was copied.'),
      (thrown: unknown) => this.session?.report('The link was not copied', thrown),
    );
  }

  /** A picture in the clipboard is taken wherever in the editor, or nowhere in particular, it is pasted. */
  private readonly onPaste = (event: ClipboardEvent): void => {
    const [file] = event.clipboardData?.files ?? [];
    const path = event.composedPath();
    if (file === undefined || !(path[0] === document.body || path.includes(this))) return;
    if (this.session?.invertsPictures !== true) return;
    event.preventDefault();
    void this.session.openFile(file);
  };

  private switchShortcuts(on: boolean): void {
    this.shortcutsOn = on;
    writeStored(shortcutsKey, on);
  }

  private addShortcuts(): void {
    const seed = (): number | null => seedOf(this.view.state.recipe);
    new Shortcuts(this, {
      enabled: () => this.shortcutsOn && this.view.phase === 'ready' && !(this.sheet?.isOpen ?? false),
      before: (on) => this.session?.showBefore(on),
      compare: (on) => this.session?.inversion.compare(on),
      randomSeed: () => void this.session?.takeRandomSeed(),
      undo: () => this.view.state.canUndo && void this.session?.undo(),
      redo: () => this.view.state.canRedo && void this.session?.redo(),
      take: (index) => {
        const taken = this.filmstrip?.seedAt(index);
        if (taken !== undefined) void this.session?.takeSeed(taken);
      },
      nudge: (by, phase) => void this.selected.nudge(by, phase),
      mute: () => void this.selected.toggleMuted(),
      star: () => {
        const current = seed();
        if (current !== null) this.session?.toggleStar(current);
      },
      search: () => {
        if (!this.offered.includes('directions')) return;
        this.tool = 'directions';
        void this.updateComplete.then(() => this.loadSelectedTool()).then(() => this.directions?.focusSearch());
      },
      help: () => this.sheet?.open(),
    });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'ganvas-editor': GanvasEditor;
  }
  interface HTMLElementEventMap {
    'ganvas-load': GanvasEditorEventMap['ganvas-load'];
    'ganvas-change': GanvasEditorEventMap['ganvas-change'];
    'ganvas-progress': GanvasEditorEventMap['ganvas-progress'];
    'ganvas-error': GanvasEditorEventMap['ganvas-error'];
    'ganvas-device-lost': GanvasEditorEventMap['ganvas-device-lost'];
  }
}
