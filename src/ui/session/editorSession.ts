import type {
  DirectionSummary,
  ModelSource,
  ProgressReport,
  RecipeChange,
  WorkbenchApi,
  WorkbenchEvent,
  WorkbenchState,
  TuningMode,
} from '../../workbench/api.js';
import type { Recipe } from '../../latent/recipe.js';
import { recipesEqual } from '../../latent/recipeForm.js';
import { asSerializedError, type WorkbenchConnection } from '../workbenchClient.js';
import { fetchModel, fileNameOf } from '../fetchModel.js';
import type { KeptModel } from '../library/keptModels.js';
import { modelName } from '../modelWords.js';
import { reasonFromCode } from '../webgpuSupport.js';
import { changeKey } from './changeKey.js';
import { ChangeQueue } from './changeQueue.js';
import { ByteProgress } from './byteProgress.js';
import { LibrarySession } from './librarySession.js';
import { fileSafe } from './fileSafe.js';
import { otherModel } from './recipeMisfit.js';
import { Previews } from './previews.js';
import type { ChangePhase, SessionEvents } from './sessionEvents.js';
import { SeedLists } from './seedLists.js';
import { DirectionsSession } from './directionsSession.js';
import { InversionSession } from './inversionSession.js';
import type { JobKind } from './jobs.js';
import { MeasuresSession } from './measuresSession.js';
import type { ToolHost } from './toolHost.js';
import { UnitsSession } from './unitsSession.js';
import { WalksSession } from './walksSession.js';
import { emptyView, seedOf, type EditorView } from './view.js';

/** SeFa directions found when a model is first shown, so that there are sliders to move at once. */
const firstDirections = { layers: 'all', count: 5 };

/** Whether a file was read as directions, and only these are wrong. */
function speaksOfDirections(thrown: unknown): boolean {
  const { code } = asSerializedError(thrown);
  return code === 'directions-invalid' || code.startsWith('direction-');
}

function wasCancelled(thrown: unknown): boolean {
  return asSerializedError(thrown).code === 'cancelled';
}

type FileSource = ModelSource & { readonly bytes: Blob };

/** What the editor around a session offers. */
export interface SessionTools {
  /** Whether there are sliders that want directions as soon as a model is open. */
  directions(): boolean;
  /** Whether pictures can be inverted. */
  pictures(): boolean;
}

/** One open workbench and everything the page knows about it. Has no DOM, so it can be driven by tests. */
export class EditorSession {
  readonly queue = new ChangeQueue((thrown) => this.report('That change was not made', thrown));
  readonly previews: Previews;
  readonly inversion: InversionSession;
  readonly directions: DirectionsSession;
  readonly units: UnitsSession;
  readonly measures: MeasuresSession;
  readonly walks: WalksSession;
  readonly library = new LibrarySession({
    update: (part) => this.update({ library: { ...this.view.library, ...part } }),
    report: (title, thrown) => this.report(title, thrown),
    said: (sentence) => this.events.said(sentence),
  });
  private readonly seeds = new SeedLists();
  private reading: ByteProgress | null = null;
  private readonly api: WorkbenchApi;
  private readonly abort = new AbortController();
  private snapshot: EditorView = emptyView;
  private phase: ChangePhase = 'commit';

  constructor(
    private readonly connection: WorkbenchConnection,
    private readonly events: SessionEvents,
    private readonly tools: SessionTools = { directions: () => true, pictures: () => true },
  ) {
    this.api = connection.api;
    this.previews = new Previews(this.api, this.queue, (thrown) =>
      this.report('The previews could not be drawn', thrown),
    );
    this.inversion = new InversionSession(this.api, this.inversionHost(), this.abort.signal);
    const host = this.toolHost();
    this.directions = new DirectionsSession(this.api, host, this.abort.signal);
    this.units = new UnitsSession(this.api, host, this.abort.signal);
    this.measures = new MeasuresSession(this.api, host, this.directions.predictor);
    this.walks = new WalksSession(this.api, host);
    this.api.subscribe((event) => this.receive(event));
  }

  get view(): EditorView {
    return this.snapshot;
  }

  get invertsPictures(): boolean {
    return this.tools.pictures();
  }

  /** Gives the canvas away; every later frame is drawn to it. */
  attachCanvas(canvas: OffscreenCanvas): Promise<void> {
    return this.api.attachCanvas(canvas);
  }

  /** Whether kernels are measured on a graphics card. */
  setTuning(mode: TuningMode): Promise<void> {
    return this.api.setTuning(mode);
  }

  /** @param keep whether a copy of what is downloaded stays on this computer */
  async openUrl(url: string, title: string, recipe: Recipe | null, keep = false): Promise<void> {
    const name = title === '' ? fileNameOf(url) : title;
    const address = new URL(url, document.baseURI).href;
    this.update({ progress: { label: `Fetching ${name}`, fraction: null } });
    try {
      const kept = await this.library.fileFrom(address);
      const file = kept ?? (await this.download(url, name));
      if (file === null) return;
      await this.openSource({ name, bytes: file }, recipe, address);
      if (keep && kept === null) await this.library.keep({ name, file, url: address });
    } catch (thrown) {
      if (this.abort.signal.aborted) return;
      this.notOpened(name, thrown, () => void this.openUrl(url, title, recipe, keep));
    }
  }

  /** Null when it was cancelled: by the user, by another download, or because the editor is gone. */
  private async download(url: string, name: string): Promise<Blob | null> {
    this.view.cancel?.();
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, this.abort.signal]);
    const progress = new ByteProgress(`Fetching ${name}`, (report) => this.update({ progress: report }));
    const cancel = (): void => {
      stop.abort();
      progress.end();
      this.update({ progress: null, cancel: null });
    };
    this.update({ cancel });
    try {
      return await fetchModel(url, (received) => progress.received(received), signal);
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
      this.events.said(`Fetching ${name} was cancelled.`);
      return null;
    } finally {
      progress.end();
      if (this.view.cancel === cancel) this.update({ cancel: null });
    }
  }

  /** Opens a model that is kept on this computer; no network is needed. */
  async openKept(model: KeptModel): Promise<void> {
    this.dismissProblem();
    try {
      await this.openSource({ name: model.name, bytes: await this.library.open(model) }, null, model.url);
    } catch (thrown) {
      this.notOpened(model.name, thrown);
      await this.library.refresh();
    }
  }

  /** Opens whatever was dropped, pasted or chosen: a checkpoint, a recipe, a picture or directions. */
  async openFile(file: File): Promise<void> {
    this.dismissProblem();
    try {
      const { recogniseFile } = await import('./openedFile.js');
      const opened = await recogniseFile(file, this.invertsPictures);
      if (opened.kind === 'recipe') await this.openRecipe(opened.recipe);
      else if (opened.kind === 'picture') await this.openPicture(file);
      else if (opened.kind === 'directions') await this.importDirections(file);
      else await this.openModelOrDirections(file);
    } catch (thrown) {
      this.notOpened(file.name, thrown);
    }
  }

  /** Files of torch and NumPy may hold either: what is no generator may still be directions. */
  private async openModelOrDirections(file: File): Promise<void> {
    try {
      await this.openSource({ name: file.name, bytes: file }, null, null);
    } catch (thrown) {
      const { mayHoldDirections } = await import('./openedFile.js');
      const mayBeDirections = this.view.state.model !== null && mayHoldDirections(file) && !wasCancelled(thrown);
      if (!mayBeDirections || !(await this.triesDirections(file))) throw thrown;
      this.update({ progress: null });
    }
  }

  /** False when the file holds none that are known. */
  private async triesDirections(file: File): Promise<boolean> {
    try {
      await this.importDirections(file);
      return true;
    } catch (thrown) {
      if (speaksOfDirections(thrown)) throw thrown;
      return false;
    }
  }

  /** Opens a checkpoint with the JSON that describes it, else the first of the files. */
  async openFiles(files: readonly File[]): Promise<void> {
    const [first] = files;
    const { describedModel } = await import('./describedModel.js');
    const described = await describedModel(files);
    if (described === null) return first === undefined ? undefined : this.openFile(first);
    const { file, description } = described;
    await this.openAnew({ name: file.name, bytes: file, description }, null);
  }

  /** Opens another network of the file that is open. */
  async openNetwork(network: string): Promise<void> {
    const { source } = this.view.library;
    if (source === null) return;
    const { name, file, url, description } = source;
    await this.openAnew({ name, bytes: file, description, network }, url);
  }

  private async openAnew(source: FileSource, url: string | null): Promise<void> {
    this.dismissProblem();
    try {
      await this.openSource(source, null, url);
    } catch (thrown) {
      this.notOpened(source.name, thrown);
    }
  }

  private notOpened(name: string, thrown: unknown, retry: (() => void) | null = null): void {
    this.update({ progress: null });
    if (wasCancelled(thrown)) this.events.said(`Opening ${name} was cancelled.`);
    else this.report(`Could not open ${name}`, thrown, retry);
  }

  private async openPicture(file: File): Promise<void> {
    this.events.picture();
    await this.inversion.openPicture(file, file.name);
  }

  private async openSource(source: FileSource, recipe: Recipe | null, url: string | null): Promise<void> {
    const { name, bytes: file, description = null } = source;
    this.update({ progress: { label: `Opening ${name}`, fraction: null } });
    await this.queue.whenIdle();
    const misfit = await this.whileCancellable(() => this.openWithRecipe(source, recipe));
    const state = await this.api.getState();
    this.seeds.open(state.model?.hash ?? '');
    this.follow(state);
    this.update({
      phase: 'ready',
      unsupported: null,
      progress: null,
      problem: null,
      selectedEdit: null,
      adopting: null,
      library: { ...this.view.library, source: { name, file, url, description } },
    });
    this.events.loaded();
    this.events.said(`${name} is open.`);
    if (misfit !== null) this.report('The recipe was not opened', misfit);
    await this.findFirstDirections(state);
  }

  private async whileCancellable<Result>(open: () => Promise<Result>): Promise<Result> {
    const cancel = (): void => void this.api.cancelOpening();
    this.update({ cancel });
    try {
      return await open();
    } finally {
      if (this.view.cancel === cancel) this.update({ cancel: null });
    }
  }

  /** Opens the model even when the recipe does not belong to it, and then returns why not. */
  private async openWithRecipe(source: ModelSource, recipe: Recipe | null): Promise<unknown> {
    if (recipe === null) {
      await this.api.openModel(source);
      return null;
    }
    try {
      await this.api.openModel(source, recipe);
      return null;
    } catch (thrown) {
      if (wasCancelled(thrown)) throw thrown;
      const summary = await this.api.openModel(source);
      return summary.hash === recipe.model ? thrown : otherModel(recipe.model, summary.name, summary.hash);
    }
  }

  private async findFirstDirections(state: WorkbenchState): Promise<void> {
    if (!this.tools.directions() || state.model?.lacks.sefa !== null) return;
    const unused = state.directions.filter((direction) => !state.editDirectionIds.includes(direction.id));
    if (unused.length === 0) await this.discoverSefa(firstDirections.layers, firstDirections.count);
  }

  // Changes of the recipe

  /** Shows a value while it is being dragged. */
  preview(change: RecipeChange): Promise<void> {
    return this.queue.add(changeKey(change), true, async () => {
      this.phase = 'preview';
      await this.api.change(change, 'preview');
    });
  }

  /** Shows a value and makes it one undo step. */
  commit(change: RecipeChange): Promise<void> {
    return this.queue.add(changeKey(change), false, async () => {
      this.phase = 'commit';
      await this.api.change(change, 'commit');
      await this.settled('edit');
    });
  }

  undo(): Promise<void> {
    return this.step(() => this.api.undo(), 'Undone.');
  }

  redo(): Promise<void> {
    return this.step(() => this.api.redo(), 'Redone.');
  }

  private step(run: () => Promise<void>, sentence: string): Promise<void> {
    return this.queue.add(null, false, async () => {
      await run();
      await this.settled('history');
      this.events.said(sentence);
    });
  }

  /** Replaces the recipe; one that belongs to another model is refused with a sentence. */
  openRecipe(recipe: Recipe, cause: 'edit' | 'history' = 'edit'): Promise<void> {
    return this.queue.add('recipe', true, async () => {
      const { model } = this.view.state;
      if (model !== null && recipe.model !== model.hash) {
        this.report('The recipe was not opened', otherModel(recipe.model, model.name, model.hash));
        return;
      }
      await this.api.openRecipe(recipe);
      await this.settled(cause);
    });
  }

  takeSeed(seed: number): Promise<void> {
    return this.commit({ kind: 'seed', seed });
  }

  takeRandomSeed(): Promise<void> {
    // Six digits: short enough to be told to someone else.
    return this.takeSeed(Math.floor(Math.random() * 1_000_000));
  }

  /** Adds a row for a direction and selects it. */
  async addDirection(direction: DirectionSummary, strength: number): Promise<void> {
    await this.commit({ kind: 'add-edit', directionId: direction.id, strength });
    this.update({ selectedEdit: this.view.state.editDirectionIds.length - 1 });
    this.events.said(`${direction.name} added.`);
  }

  /** Makes moving a direction leave another's attribute alone, or not any more; one that no edit uses becomes an edit. */
  async keep(direction: DirectionSummary, conditionId: string, on: boolean): Promise<void> {
    if (!this.view.state.editDirectionIds.includes(direction.id)) await this.addDirection(direction, 1);
    const { editDirectionIds, editConditionIds } = this.view.state;
    const index = editDirectionIds.indexOf(direction.id);
    if (index < 0) return;
    const others = (editConditionIds[index] ?? []).filter((id) => id !== conditionId);
    await this.condition(index, on ? [...others, conditionId] : others);
  }

  /** @param directionIds whose attributes the edit shall leave alone, all of them */
  condition(index: number, directionIds: readonly string[]): Promise<void> {
    return this.commit({ kind: 'edit-conditions', index, directionIds });
  }

  /**
   * A suggested slider is moved: the first value adds the edit, further ones bend it, and the release commits both
   * as one undo step.
   */
  adopt(directionId: string, strength: number, phase: ChangePhase): Promise<void> {
    const begun = this.view.adopting === directionId;
    const index = this.view.state.editDirectionIds.length - (begun ? 1 : 0);
    if (!begun) {
      this.update({ adopting: directionId, selectedEdit: index });
      void this.queue.add(null, false, async () => {
        this.phase = 'preview';
        await this.api.change({ kind: 'add-edit', directionId, strength }, 'preview');
        this.follow(await this.api.getState());
      });
    }
    return this.queue.add(`adopt ${directionId}`, phase === 'preview', async () => {
      this.phase = phase;
      const last = this.view.state.editDirectionIds.length - 1;
      await this.api.change({ kind: 'edit-strength', index: last, strength }, phase);
      if (phase === 'preview') return;
      await this.settled('edit');
      this.update({ adopting: null, selectedEdit: last });
    });
  }

  select(index: number | null): void {
    if (index !== this.view.selectedEdit) this.update({ selectedEdit: index });
  }

  showBefore(before: boolean): void {
    if (before === this.view.before || this.view.phase !== 'ready') return;
    this.update({ before });
    void this.queue.add('before', true, () => this.api.showBefore(before));
  }

  toggleStar(seed: number): void {
    this.seeds.toggleStar(seed);
    this.update({ starred: this.seeds.starred });
    this.events.said(this.seeds.starred.includes(seed) ? `Seed ${seed} starred.` : `Seed ${seed} no longer starred.`);
  }

  // Directions and files

  async discoverSefa(layers: string, count: number): Promise<void> {
    this.update({ discovering: true });
    try {
      const found = await this.api.discovery.discoverSefa(layers, count);
      this.follow(await this.api.getState());
      this.events.said(`${found.length} directions found.`);
    } catch (thrown) {
      this.report('No directions were found', thrown);
    }
    this.update({ discovering: false, progress: null });
  }

  private async importDirections(file: File, anyway = false): Promise<void> {
    const added = await this.addedDirections(file, anyway);
    if (added === null) return;
    this.follow(await this.api.getState());
    this.events.said(`${added.length} directions added from ${file.name}.`);
  }

  /** Null when they belong to another model: the user decides then. */
  private async addedDirections(file: File, anyway: boolean): Promise<readonly DirectionSummary[] | null> {
    try {
      return await this.api.discovery.importDirections(await file.arrayBuffer(), { name: file.name, anyway });
    } catch (thrown) {
      if (asSerializedError(thrown).code !== 'direction-other-model') throw thrown;
      const take = (): void => void this.importDirections(file, true);
      this.report(`The directions of ${file.name} were not added`, thrown, take, 'Take them anyway');
      return null;
    }
  }

  /** Hands directions out as one file named after `name`. */
  async saveDirections(ids: readonly string[], name: string): Promise<void> {
    try {
      this.events.file(
        `${fileSafe(name)}.safetensors`,
        'application/octet-stream',
        await this.api.discovery.exportDirections(ids),
      );
    } catch (thrown) {
      this.report('The directions were not exported', thrown);
    }
  }

  /** Hands the picture out, named after model and seed, its recipe inside. */
  async savePng(): Promise<void> {
    try {
      const { model, recipe } = this.view.state;
      const seed = seedOf(recipe);
      const name = `${fileSafe(model === null ? 'picture' : modelName(model))}${seed === null ? '' : `-seed${seed}`}`;
      this.events.file(`${name}.png`, 'image/png', await this.api.savePng());
      this.events.said('The picture was saved.');
    } catch (thrown) {
      this.report('The picture was not saved', thrown);
    }
  }

  /** Ends the long job of a tool. */
  async cancelJob(kind: JobKind): Promise<void> {
    const cancel: Readonly<Record<JobKind, () => Promise<void>>> = {
      discovery: () => this.directions.cancel(),
      measuringDirection: () => this.directions.cancelMeasuring(),
      dissection: () => this.units.cancelDissection(),
      causal: () => this.units.cancelSearch(),
      measures: () => this.measures.cancel(),
    };
    await cancel[kind]();
  }

  // Events and state

  dismissProblem(): void {
    if (this.view.problem !== null) this.update({ problem: null });
  }

  /** Shows what went wrong; without any model a missing GPU takes the whole stage instead of a banner. */
  report(title: string, thrown: unknown, retry: (() => void) | null = null, retryName = 'Try again'): void {
    const error = asSerializedError(thrown);
    const reason = reasonFromCode(error.code);
    if (reason !== null && this.view.state.model === null) {
      // The page explains each reason itself; only figures of this machine are worth adding.
      const figures = reason === 'limits-too-small' || reason === 'out-of-memory';
      this.update({
        phase: 'unsupported',
        unsupported: { reason, message: figures ? error.message : null },
        progress: null,
      });
    } else {
      this.update({ problem: { title, error, retry, retryName } });
    }
    this.events.failed(error);
  }

  close(): void {
    this.abort.abort();
    this.previews.close();
    // The worker is ended anyway; it only gets the chance to free the GPU first.
    void this.api.dispose().then(
      () => this.connection.close(),
      () => this.connection.close(),
    );
  }

  private showProgress(progress: ProgressReport | null): void {
    if (progress?.received !== undefined) {
      this.reading ??= new ByteProgress(progress.label, (report) => this.update({ progress: report }));
      return this.reading.received(progress.received);
    }
    this.reading?.end();
    this.reading = null;
    this.update({ progress });
  }

  private receive(event: WorkbenchEvent): void {
    if (this.abort.signal.aborted) return;
    switch (event.type) {
      case 'state':
        return this.follow(event.state);
      case 'progress':
        return this.showProgress(event.progress);
      case 'frame':
        return this.update({ state: { ...this.view.state, frame: event.frame } });
      case 'inversion':
        return void this.inversion.receive(event.inversion);
      case 'discovery':
        this.update({ discovery: event.discovery });
        if (event.discovery !== null && event.discovery.phase !== 'running') void this.directions.refreshAttributes();
        return;
      case 'direction-measures':
        return this.update({ measuringDirection: event.measuring });
      case 'dissection':
        return this.update({ dissection: event.dissection });
      case 'causal':
        return this.update({ causal: event.causal });
      case 'measures':
        return this.update({ measures: event.measures });
      case 'error':
        return this.report('Something went wrong', event.error);
      case 'device-lost':
        this.update({ deviceLost: event.error.message });
        return this.events.deviceLost(event.error);
      case 'device-restored':
        this.update({ deviceLost: null });
        return this.events.said('The graphics processor is back.');
      default:
        event satisfies never;
    }
  }

  private inversionHost(): ConstructorParameters<typeof InversionSession>[1] {
    return {
      view: () => this.view.inversion,
      update: (part) => this.update({ inversion: { ...this.view.inversion, ...part } }),
      report: (title, thrown) => this.report(title, thrown),
      said: (sentence) => this.events.said(sentence),
      taken: () => void this.queue.add(null, false, () => this.settled('edit')),
    };
  }

  private toolHost(): ToolHost {
    return {
      view: () => this.view,
      update: (part) => this.update(part),
      report: (title, thrown) => this.report(title, thrown),
      said: (sentence) => this.events.said(sentence),
      file: (name, type, bytes) => this.events.file(name, type, bytes),
      change: (run) =>
        this.queue.add(null, false, async () => {
          await run();
          await this.settled('edit');
        }),
      refresh: async () => this.follow(await this.api.getState()),
    };
  }

  private follow(state: WorkbenchState): void {
    const before = this.view.state.recipe;
    const seed = seedOf(state.recipe);
    if (seed !== null && state.model !== null) this.seeds.visit(seed);
    this.previews.follow(state);
    const selected = this.view.selectedEdit;
    this.update({
      state,
      visited: this.seeds.visited,
      starred: this.seeds.starred,
      selectedEdit: selected !== null && selected < state.editDirectionIds.length ? selected : null,
    });
    const changed = state.recipe !== null && (before === null || !recipesEqual(before, state.recipe));
    if (changed && state.recipe !== null && this.phase === 'preview')
      this.events.recipe(state.recipe, 'preview', 'edit');
  }

  /** After a commit the state is asked for: its event may still be on its way. */
  private async settled(cause: 'edit' | 'history'): Promise<void> {
    this.phase = 'commit';
    this.follow(await this.api.getState());
    const { recipe } = this.view.state;
    if (recipe !== null) this.events.recipe(recipe, 'commit', cause);
  }

  private update(part: Partial<EditorView>): void {
    this.snapshot = { ...this.snapshot, ...part };
    this.events.view(this.snapshot);
  }
}
