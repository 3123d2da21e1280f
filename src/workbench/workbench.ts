import { checkNotCancelled } from '../discovery/cancellation.js';
import { changeRecipe } from '../editing/changeRecipe.js';
import {
  canRedo,
  canUndo,
  commitChange,
  createHistory,
  previewChange,
  redo,
  undo,
  type History,
} from '../editing/history.js';
import type { Engine } from '../engine/engine.js';
import { asGanvasError, GanvasError } from '../engine/errors.js';
import type { Direction } from '../latent/direction.js';
import { layersActedOn } from '../latent/layerRange.js';
import { recipesEqual, serializeRecipe } from '../latent/recipeForm.js';
import type { DirectionReference, Recipe } from '../latent/recipe.js';
import type {
  FrameReport,
  ModelSource,
  ModelSummary,
  Pixels,
  RecipeChange,
  WorkbenchApi,
  WorkbenchEvent,
  WorkbenchState,
  TuningMode,
} from './api.js';
import { previewOfSeed, unedited, withoutUnits } from './barerRecipe.js';
import { CanvasView } from './canvasView.js';
import { changeContextOf } from './changeContextOf.js';
import { DirectionLibrary } from './directionLibrary.js';
import { IndexedDbDirectionStore, type DirectionStore } from './directionStore.js';
import { adapterSummary, GpuHost } from './gpuHost.js';
import { IndexedDbKernelStore, type KernelStore } from './kernelStore.js';
import { toPixels } from './pixels.js';
import { encodePng, recipeKeyword } from './png.js';
import { openCheckpoint, type CheckpointOptions } from './openedCheckpoint.js';
import { readModel } from './readModel.js';
import { serializeError } from './serializedError.js';
import { GeneratorSession } from './session.js';
import { DiscoveryDesk } from './discoveryDesk.js';
import { DissectionDesk } from './dissectionDesk.js';
import { JobSlot } from './jobSlot.js';
import { MeasureDesk } from './measureDesk.js';
import type { Stage } from './stage.js';
import { WalkDesk } from './walkDesk.js';
import type { Crop } from '../inversion/targetPicture.js';
import type { InversionChoices, LossSummary, PictureSummary } from './inversionApi.js';
import { InversionDesk } from './inversionDesk.js';
import type { InversionStage } from './inversionStage.js';
import { IndexedDbInversionStore, type InversionStore } from './inversionStore.js';
import { decodeInBrowser, type DecodePicture } from './pictureDecoder.js';

/** An open model and everything that belongs to it. */
interface Desk {
  /** Kept to build the desk again on another device. */
  readonly source: CheckpointOptions & { readonly name: string; readonly bytes: Uint8Array };
  readonly session: GeneratorSession;
  readonly directions: DirectionLibrary;
  history: History<Recipe>;
}

/** What a workbench takes from where it runs; the browser's by default. */
export interface Surroundings {
  readonly decodePicture?: DecodePicture;
  /** Where an inversion is kept across reloads. */
  readonly inversionStore?: InversionStore;
  /** Where the directions of a model are kept across reloads. */
  readonly directionStore?: DirectionStore;
  /** Where it is kept which kernels are the fastest here. */
  readonly kernelStore?: KernelStore;
}

/** The headless object behind every face; see `WorkbenchApi` for what each method promises. */
export class Workbench implements WorkbenchApi {
  readonly discovery: DiscoveryDesk;
  readonly dissection: DissectionDesk;
  readonly walks: WalkDesk;
  readonly measures: MeasureDesk;
  private readonly jobs = new JobSlot();
  private readonly host: GpuHost;
  private readonly inversions: InversionDesk;
  private readonly listeners: ((event: WorkbenchEvent) => void)[] = [];
  private desk: Desk | null = null;
  private engine: Engine | null = null;
  private canvas: CanvasView | null = null;
  private tuning: TuningMode = 'auto';
  private showsBefore = false;
  private frameReport: FrameReport | null = null;
  /** Models are opened one after the other. */
  private opening: Promise<unknown> = Promise.resolve();
  /** Ends the opening that is under way, and those that wait for it. */
  private abortOpening = new AbortController();
  /** Whatever changes the picture takes its turn, so that the canvas always shows the latest recipe. */
  private turns: Promise<unknown> = Promise.resolve();
  /** Set while a lost device is being replaced. */
  private recovering: Promise<void> | null = null;
  /** The loss after which the device was given up. */
  private finalLoss: GanvasError | null = null;

  /** @param gpu `navigator.gpu` in a page or Worker, Dawn's in Node */
  constructor(gpu: GPU | undefined, surroundings: Surroundings = {}) {
    const {
      decodePicture = decodeInBrowser,
      inversionStore = new IndexedDbInversionStore(),
      directionStore = new IndexedDbDirectionStore(),
      kernelStore = new IndexedDbKernelStore(),
    } = surroundings;
    this.discovery = new DiscoveryDesk(this.stage(), directionStore);
    this.dissection = new DissectionDesk(this.stage());
    this.walks = new WalkDesk(this.stage(), () => this.discovery.listChanged());
    this.measures = new MeasureDesk(
      this.stage(),
      () => this.discovery.predictor,
      () => this.inversions.losses.latest(this.requireDesk().session.opened),
    );
    this.inversions = new InversionDesk(this.inversionStage(), decodePicture, inversionStore);
    this.host = new GpuHost(
      gpu,
      (error, mayRecover) => this.handleLoss(error, mayRecover),
      (error) => this.emit({ type: 'error', error: serializeError(error) }),
      kernelStore,
    );
  }

  subscribe(listener: (event: WorkbenchEvent) => void): void {
    this.listeners.push(listener);
  }

  getState(): Promise<WorkbenchState> {
    return Promise.resolve(this.state());
  }

  openModel(source: ModelSource, recipe?: Recipe): Promise<ModelSummary> {
    const { signal } = this.abortOpening;
    const result = this.opening.then(() => this.openNow(source, recipe, signal));
    this.opening = result.catch(() => undefined);
    return result;
  }

  setTuning(mode: TuningMode): Promise<void> {
    this.tuning = mode;
    return Promise.resolve();
  }

  cancelOpening(): Promise<void> {
    this.abortOpening.abort();
    this.abortOpening = new AbortController();
    return Promise.resolve();
  }

  attachCanvas(canvas: OffscreenCanvas): Promise<void> {
    return this.inTurn(async () => {
      const engine = await this.useEngine();
      this.canvas = new CanvasView(canvas, this.host.canvasFormat);
      this.canvas.use(engine);
      if (this.desk !== null) await this.show(this.desk);
    });
  }

  change(change: RecipeChange, phase: 'preview' | 'commit'): Promise<void> {
    return this.inTurn(async () => {
      const desk = this.requireDesk();
      const recipe = changeRecipe(desk.history.present, change, changeContextOf(desk));
      this.inversions.leaveStage();
      await this.apply(
        desk,
        phase === 'preview' ? previewChange(desk.history, recipe) : commitChange(desk.history, recipe, recipesEqual),
      );
    });
  }

  openRecipe(recipe: Recipe): Promise<void> {
    return this.inTurn(async () => {
      const desk = this.requireDesk();
      this.registerDirections(desk, recipe);
      this.inversions.leaveStage();
      await this.apply(desk, commitChange(desk.history, recipe, recipesEqual));
    });
  }

  undo(): Promise<void> {
    return this.step(undo);
  }

  redo(): Promise<void> {
    return this.step(redo);
  }

  showBefore(before: boolean): Promise<void> {
    return this.inTurn(async () => {
      this.showsBefore = before;
      if (this.desk !== null && !this.inversions.holdsStage) await this.show(this.desk);
    });
  }

  async thumbnails(seeds: readonly number[], onPicture: (seed: number, pixels: Pixels) => void): Promise<void> {
    const { summary } = this.requireDesk().session;
    for (const seed of seeds) {
      const pixels = await this.preview(previewOfSeed(this.requireDesk().history.present, seed), [], summary);
      if (pixels === null) return;
      onPicture(seed, pixels);
    }
  }

  async directionStrip(id: string, strengths: readonly number[]): Promise<readonly Pixels[]> {
    const { directions, history, session } = this.requireDesk();
    const direction = directions.get(id);
    const layers = layersActedOn(direction, session.summary.numWs);
    // The direction's own edit gives way to the previewed strength; the others stay.
    const others = history.present.edits.filter((edit) => directions.idOf(edit.direction) !== id);
    const base: Recipe = { ...withoutUnits(history.present), edits: others };
    const resolved = session.resolveDirections(base);
    const strip: Pixels[] = [];
    for (const strength of strengths) {
      const reference = { method: 'vector', space: direction.space, data: '' } as const;
      const edit = { name: direction.name, direction: reference, strength, layers, muted: false };
      const recipe: Recipe = { ...base, edits: [...others, edit] };
      const pixels = await this.preview(recipe, [...resolved, direction], session.summary);
      if (pixels === null) return [];
      strip.push(pixels);
    }
    return strip;
  }

  pixels(): Promise<Pixels> {
    return this.inTurn(async () => {
      const { history, session } = this.requireDesk();
      const { imgChannels, resolution } = session.summary;
      const image = await session.render(history.present, session.resolveDirections(history.present));
      return toPixels(image, imgChannels, resolution, resolution);
    });
  }

  async savePng(): Promise<Uint8Array<ArrayBuffer>> {
    const { present } = this.requireDesk().history;
    return encodePng(await this.pixels(), { [recipeKeyword]: serializeRecipe(present) });
  }

  openPicture(picture: Blob, name: string): Promise<PictureSummary> {
    return this.inversions.openPicture(picture, name);
  }

  closePicture(): Promise<void> {
    return this.inversions.closePicture();
  }

  openFeatures(network: Blob, heads: Blob | null): Promise<LossSummary> {
    return this.inversions.openFeatures(network, heads);
  }

  openEncoder(network: Blob): Promise<void> {
    return this.inversions.openEncoder(network);
  }

  startInversion(choices: InversionChoices, crop: Crop): Promise<void> {
    return this.inversions.startInversion(choices, crop);
  }

  pauseInversion(): Promise<void> {
    return this.inversions.pauseInversion();
  }

  resumeInversion(): Promise<void> {
    return this.inversions.resumeInversion();
  }

  cancelInversion(): Promise<void> {
    return this.inversions.cancelInversion();
  }

  takeInversion(): Promise<void> {
    return this.inversions.takeInversion();
  }

  inversionTarget(): Promise<Pixels | null> {
    return this.inversions.inversionTarget();
  }

  dispose(): Promise<void> {
    this.desk?.session.dispose();
    this.desk = null;
    this.engine?.dispose();
    this.engine?.device.destroy();
    this.listeners.length = 0;
    return Promise.resolve();
  }

  private async openNow(source: ModelSource, recipe: Recipe | undefined, signal: AbortSignal): Promise<ModelSummary> {
    try {
      await this.recovering;
      const engine = await this.useEngine();
      const bytes = await this.bytesOf(source, signal);
      const desk = await this.buildDesk(engine, { ...source, bytes }, recipe, signal);
      await this.inTurn(() => this.replaceDesk(desk));
      this.dissection.modelOpened(desk.session.summary.hash);
      await this.discovery.modelOpened(desk.session.summary.hash);
      await this.inversions.modelOpened(desk.session.summary.hash);
      return desk.session.summary;
    } finally {
      this.emit({ type: 'progress', progress: null });
    }
  }

  private async bytesOf({ bytes }: ModelSource, signal: AbortSignal): Promise<Uint8Array> {
    checkNotCancelled(signal, 'Opening the model');
    if (!(bytes instanceof Blob)) return new Uint8Array(bytes);
    const total = bytes.size;
    return readModel(bytes, signal, (read) =>
      this.emit({
        type: 'progress',
        progress: { label: 'Reading the file', fraction: read / total, received: { bytes: read, total } },
      }),
    );
  }

  /** Opens and compiles a model beside the present one, which stays in use. */
  private async buildDesk(
    engine: Engine,
    source: Desk['source'],
    recipe: Recipe | undefined,
    signal?: AbortSignal,
  ): Promise<Desk> {
    this.emit({ type: 'progress', progress: { label: 'Reading weights', fraction: null } });
    const opened = await openCheckpoint(source.bytes, source.name, source);
    checkNotCancelled(signal, 'Opening the model');
    const session = await GeneratorSession.open(engine, opened, (progress) =>
      this.emit({ type: 'progress', progress }),
    );
    const directions = new DirectionLibrary(session.summary);
    const desk: Desk = { source, session, directions, history: createHistory(recipe ?? session.defaultRecipe(0)) };
    try {
      checkNotCancelled(signal, 'Opening the model');
      if (recipe !== undefined) this.registerDirections(desk, recipe);
      return desk;
    } catch (error) {
      session.dispose();
      throw error;
    }
  }

  /** Shows a new desk and, once its picture is on the screen, lets the old one go. */
  private async replaceDesk(desk: Desk): Promise<void> {
    const previous = this.desk;
    try {
      await this.show(desk);
    } catch (error) {
      desk.session.dispose();
      // Whatever of the new picture reached the canvas is painted over; the first error is the one to tell.
      if (previous !== null) await this.show(previous).catch(() => undefined);
      throw error;
    }
    this.desk = desk;
    previous?.session.dispose();
    this.emitState();
    if (this.engine !== null) void this.host.tune(this.engine, this.tuning);
  }

  private async useEngine(): Promise<Engine> {
    this.engine = await this.host.engine();
    return this.engine;
  }

  /** What the desks see of it. */
  private stage(): Stage {
    return {
      jobs: this.jobs,
      engine: () => this.useEngine(),
      session: () => this.requireDesk().session,
      directions: () => this.requireDesk().directions,
      recipe: () => this.requireDesk().history.present,
      commit: (recipe) => this.openRecipe(recipe),
      preview: (recipe, directions) => this.preview(recipe, directions, this.requireDesk().session.summary),
      recovered: () =>
        this.recovering ?? (this.finalLoss === null ? Promise.resolve() : Promise.reject(this.finalLoss)),
      tell: (event) => this.emit(event),
      tellState: () => this.emitState(),
    };
  }

  private inversionStage(): InversionStage {
    const stage = this.stage();
    return {
      ...stage,
      show: (recipe) => this.inTurn(() => this.draw(this.requireDesk().session, recipe)),
      showPresent: () => this.inTurn(() => this.show(this.requireDesk())),
      preview: (recipe) => stage.preview(withoutUnits(unedited(recipe)), []),
      tell: (inversion) => this.emit({ type: 'inversion', inversion }),
    };
  }

  /** Runs after everything that was asked for before. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turns.then(work);
    this.turns = result.catch(() => undefined);
    return result;
  }

  private step(take: (history: History<Recipe>) => History<Recipe>): Promise<void> {
    return this.inTurn(() => {
      const desk = this.requireDesk();
      this.inversions.leaveStage();
      return this.apply(desk, take(desk.history));
    });
  }

  /** Shows the present of a new history; one that cannot be shown changes nothing. */
  private async apply(desk: Desk, history: History<Recipe>): Promise<void> {
    const before = desk.history;
    desk.history = history;
    try {
      await this.show(desk);
    } catch (error) {
      desk.history = before;
      throw error;
    }
    this.emitState();
  }

  /** Computes the present picture and draws it. */
  private show({ session, history: { present } }: Desk): Promise<void> {
    return this.draw(session, this.showsBefore ? unedited(present) : present);
  }

  private async draw(session: GeneratorSession, recipe: Recipe): Promise<void> {
    const inputs = await session.frameInputs(recipe, session.resolveDirections(recipe));
    const frame = await session.frame(session.formOf(recipe), 'picture');
    const engine = await this.useEngine();
    // While a lost device is replaced, canvas and frames belong to different ones; it ends with a picture of its own.
    if (!session.runsOn(engine)) return;
    const presenter = await this.canvas?.prepare(frame);
    if (!session.runsOn(this.engine)) return;
    const { device } = engine;
    const start = performance.now();
    frame.write(inputs, recipe.noise.seed);
    if (this.canvas === null || presenter === undefined) frame.program.run();
    else this.canvas.draw(frame, presenter, device);
    await device.queue.onSubmittedWorkDone();
    // Behind an inversion's steps a frame waits, which says nothing about frames.
    if (!this.inversions.isUnderWay) this.reportFrame(performance.now() - start, frame.program.report.dispatches);
  }

  private reportFrame(milliseconds: number, dispatches: number): void {
    this.frameReport = { milliseconds, dispatches, gpuBytes: this.engine?.allocatedBytes ?? 0 };
    this.emit({ type: 'frame', frame: this.frameReport });
  }

  /** A small picture beside the one on the stage; null when the model it was meant for is gone. */
  private async preview(
    recipe: Recipe,
    directions: readonly Direction[],
    { hash, imgChannels }: ModelSummary,
  ): Promise<Pixels | null> {
    const render = async (): Promise<Pixels | null> => {
      const { session } = this.requireDesk();
      if (session.summary.hash !== hash) return null;
      const image = await session.renderPreview(recipe, directions);
      return toPixels(image, imgChannels, session.previewSize, session.previewSize);
    };
    try {
      return await render();
    } catch (error) {
      const { code } = asGanvasError(error);
      if (code === 'model-closed' || code === 'program-disposed') return null;
      if (code !== 'device-lost' || this.recovering === null) throw error;
      await this.recovering;
      return render();
    }
  }

  /** Adds a recipe's directions to the list, so that its edits can be bent like any other. */
  private registerDirections({ session, directions }: Desk, recipe: Recipe): void {
    session.resolveDirections(recipe);
    for (const { name, direction } of recipe.edits.flatMap((edit) => [edit, ...(edit.conditions ?? [])])) {
      directions.add(session.resolveDirection(direction, name), direction);
    }
  }

  private handleLoss(error: GanvasError, mayRecover: boolean): void {
    this.emit({ type: 'device-lost', error: serializeError(error) });
    this.finalLoss = mayRecover ? null : error;
    if (!mayRecover) return;
    this.recovering = this.recover().finally(() => (this.recovering = null));
  }

  /** Replaces a lost device and everything on it from the file's bytes and the history, which live on the CPU. */
  private async recover(): Promise<void> {
    const lost = this.desk;
    try {
      const engine = await this.useEngine();
      this.canvas?.use(engine);
      if (lost !== null) {
        const built = await this.buildDesk(engine, lost.source, lost.history.present);
        // Directions are plain numbers: the list outlives the device with its names, stars and measures.
        await this.inTurn(() => this.replaceDesk({ ...built, directions: lost.directions, history: lost.history }));
      }
      this.emit({ type: 'device-restored' });
      this.emitState();
    } catch (failure) {
      this.desk = null;
      this.emit({ type: 'error', error: serializeError(failure) });
      this.emitState();
    } finally {
      this.emit({ type: 'progress', progress: null });
    }
  }

  private requireDesk(): Desk {
    if (this.desk === null) throw new GanvasError('no-model', 'No model is open yet. Open a checkpoint first.');
    return this.desk;
  }

  private state(): WorkbenchState {
    const { desk } = this;
    const edits = desk?.history.present.edits ?? [];
    const idOf = (reference: DirectionReference): string => desk?.directions.idOf(reference) ?? '';
    return {
      adapter: this.engine === null ? null : adapterSummary(this.engine),
      model: desk?.session.summary ?? null,
      recipe: desk?.history.present ?? null,
      directions: desk?.directions.summaries() ?? [],
      losses: desk === null ? [] : this.inversions.losses.summaries(desk.session.opened),
      editDirectionIds: edits.map(({ direction }) => idOf(direction)),
      editConditionIds: edits.map(({ conditions = [] }) => conditions.map(({ direction }) => idOf(direction))),
      canUndo: desk !== null && canUndo(desk.history),
      canRedo: desk !== null && canRedo(desk.history),
      frame: this.frameReport,
    };
  }

  private emitState(): void {
    this.emit({ type: 'state', state: this.state() });
  }

  private emit(event: WorkbenchEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}
