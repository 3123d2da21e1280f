import type {
  DirectionSummary,
  ModelLacks,
  ModelSource,
  ModelSummary,
  Pixels,
  RecipeChange,
  WorkbenchApi,
  WorkbenchEvent,
  WorkbenchState,
} from '../../src/workbench/api.js';
import { GanvasError } from '../../src/engine/errors.js';
import { defaultRecipe, type Edit, type Recipe, type UnitEdit } from '../../src/latent/recipe.js';
import { conditionsField, recipesEqual } from '../../src/latent/recipeForm.js';
import { identityTransform } from '../../src/latent/pictureTransform.js';
import { parseLayerRange } from '../../src/latent/layerRange.js';
import type { Crop, InversionChoices, LossSummary, PictureSummary } from '../../src/workbench/inversionApi.js';
import { FakeDiscovery, FakeDissection, FakeMeasures, FakeWalks, type FakeStage } from './fakeDesks.js';
import { FakeInversion } from './fakeInversion.js';
import { drawFace, traitCount, traitsOf } from './drawnFace.js';

export interface FakeOptions {
  /** Milliseconds a change takes, as a slow adapter would. */
  readonly latency?: number;
  /** Rejects `openModel` with this code, as an adapter that cannot be used would. */
  readonly failWith?: string;
  readonly software?: boolean;
  /** What the model lacks, each with its sentence. */
  readonly lacks?: Partial<ModelLacks>;
  readonly takesTransform?: boolean;
  readonly psiRange?: readonly [number, number];
  readonly classes?: number;
  /** Networks of every file that can be run, the usual one first; one called `missing` cannot be after all. */
  readonly generators?: readonly string[];
  /** Milliseconds of a reading of an inversion. */
  readonly stepTime?: number;
  /** Searches for directions wait at their last reading until they are cancelled. */
  readonly searchesNeverEnd?: boolean;
}

const resolutions = [4, 8, 8, 16, 16, 32, 32, 64, 64, 64];
const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The workbench's contract on a drawn face, in the page: for tests of the editor that need no GPU. */
export class FakeWorkbench implements WorkbenchApi {
  /** Every call, for tests that count. */
  readonly calls: string[] = [];
  /** Most changes that were ever under way at once. */
  mostAtOnce = 0;
  private underWay = 0;
  private lastChange = 0;
  private readonly listeners: ((event: WorkbenchEvent) => void)[] = [];
  private canvas: OffscreenCanvas | null = null;
  private model: ModelSummary | null = null;
  private recipe: Recipe | null = null;
  private committed: Recipe | null = null;
  private past: Recipe[] = [];
  private future: Recipe[] = [];
  private directions: DirectionSummary[] = [];
  private before = false;

  readonly inversion: FakeInversion;
  readonly discovery = new FakeDiscovery(this.stage());
  readonly dissection = new FakeDissection(this.stage());
  readonly walks = new FakeWalks(this.stage());
  readonly measures = new FakeMeasures(this.stage());

  constructor(private readonly options: FakeOptions = {}) {
    this.inversion = new FakeInversion({
      tell: (inversion) => this.emit({ type: 'inversion', inversion }),
      lossesChanged: () => this.emit({ type: 'state', state: this.state() }),
      take: () => this.takeResult(),
      stepTime: options.stepTime ?? 20,
    });
  }

  setTuning(mode: string): Promise<void> {
    this.calls.push(`setTuning ${mode}`);
    return Promise.resolve();
  }

  subscribe(listener: (event: WorkbenchEvent) => void): void {
    this.listeners.push(listener);
  }

  getState(): Promise<WorkbenchState> {
    return Promise.resolve(this.state());
  }

  async openModel(source: ModelSource, recipe?: Recipe): Promise<ModelSummary> {
    this.calls.push('openModel');
    if (this.options.failWith !== undefined) throw new GanvasError(this.options.failWith, 'The adapter was refused.');
    const bytes = source.bytes instanceof Blob ? source.bytes : new Blob([source.bytes]);
    for (const fraction of [0.2, 0.6, 1]) {
      this.emit({ type: 'progress', progress: { label: 'Compiling pipelines', fraction } });
      await wait(this.options.latency ?? 1);
    }
    this.emit({ type: 'progress', progress: null });
    if (bytes.size < 16) {
      throw new GanvasError(
        'checkpoint-truncated',
        `${source.name} ends after ${bytes.size} bytes, inside its header. Download it again.`,
      );
    }
    if (source.network === 'missing') throw new GanvasError('weights-missing', 'The network lacks its weights.');
    const model = this.describe(source);
    if (recipe !== undefined && recipe.model !== model.hash)
      throw new GanvasError('recipe-model', 'Another model is needed.');
    this.model = model;
    const base = defaultRecipe(model.hash, 0);
    this.recipe = this.committed = recipe ?? {
      ...base,
      class: model.cDim > 0 ? 0 : null,
      truncation: { psi: model.canTruncate ? 0.7 : 1, cutoff: null },
    };
    this.past = [];
    this.future = [];
    this.directions = [];
    this.show();
    return model;
  }

  cancelOpening(): Promise<void> {
    this.calls.push('cancelOpening');
    return Promise.resolve();
  }

  attachCanvas(canvas: OffscreenCanvas): Promise<void> {
    this.canvas = canvas;
    this.show();
    return Promise.resolve();
  }

  async change(change: RecipeChange, phase: 'preview' | 'commit'): Promise<void> {
    this.calls.push(`${phase} ${change.kind}`);
    await this.atWork(() => {
      if (this.recipe === null) throw new GanvasError('no-model', 'Open a model first.');
      this.recipe = this.apply(this.recipe, change);
      if (phase === 'commit') this.remember();
    });
  }

  /** True when nothing has changed for a while: then everything a test did has arrived. */
  get rested(): boolean {
    return this.underWay === 0 && performance.now() - this.lastChange > 120;
  }

  private async atWork(run: () => void): Promise<void> {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.underWay);
    try {
      await wait(this.options.latency ?? 1);
      run();
    } finally {
      this.underWay--;
      this.lastChange = performance.now();
    }
    this.show();
  }

  async openRecipe(recipe: Recipe): Promise<void> {
    await this.atWork(() => {
      this.recipe = recipe;
      this.remember();
    });
  }

  async undo(): Promise<void> {
    await this.atWork(() => {
      const last = this.past.pop();
      if (last === undefined || this.committed === null) return;
      this.future.push(this.committed);
      this.recipe = this.committed = last;
    });
  }

  async redo(): Promise<void> {
    await this.atWork(() => {
      const next = this.future.pop();
      if (next === undefined || this.committed === null) return;
      this.past.push(this.committed);
      this.recipe = this.committed = next;
    });
  }

  showBefore(before: boolean): Promise<void> {
    this.calls.push(`before ${before}`);
    this.before = before;
    this.show();
    return Promise.resolve();
  }

  private stage(): FakeStage {
    return {
      emit: (event) => this.emit(event),
      called: (call) => this.calls.push(call),
      searchesNeverEnd: () => this.options.searchesNeverEnd ?? false,
      picture: (seed) => drawFace(traitsOf(seed), 64),
      directions: () => this.directions,
      setDirections: (directions) => {
        this.directions = [...directions];
        this.emit({ type: 'state', state: this.state() });
      },
      discoverSefa: (layers, count) => this.discoverSefa(layers, count),
      addUnits: (edit) => this.change({ kind: 'add-units', edit }, 'commit'),
    };
  }

  private async discoverSefa(layers: string, count: number): Promise<readonly DirectionSummary[]> {
    parseLayerRange(layers, resolutions.length);
    for (let step = 1; step <= 3; step++) {
      this.emit({ type: 'progress', progress: { label: 'Reading the weights', fraction: step / 3 } });
      await wait(this.options.latency ?? 1);
    }
    this.emit({ type: 'progress', progress: null });
    const found = Array.from({ length: count }, (_, index) => ({
      id: `sefa:${layers}:${index}`,
      name: layers === 'all' ? `SeFa ${index + 1}` : `SeFa ${index + 1} of ${layers}`,
      method: 'sefa',
      space: 'w' as const,
      layers,
      unit: 'σ of w along the direction',
      statistics: { eigenvalue: 24.6 / (index + 1.3) },
      starred: false,
      measures: null,
    }));
    this.directions = [...this.directions.filter((old) => !found.some(({ id }) => id === old.id)), ...found];
    this.emit({ type: 'state', state: this.state() });
    return found;
  }

  async thumbnails(seeds: readonly number[], onPicture: (seed: number, pixels: Pixels) => void): Promise<void> {
    for (const seed of seeds) {
      await wait(0);
      if (this.recipe !== null)
        onPicture(seed, drawFace(this.traits({ ...this.recipe, latent: { space: 'z', seed }, edits: [] }), 64));
    }
  }

  async directionStrip(directionId: string, strengths: readonly number[]): Promise<readonly Pixels[]> {
    await wait(5);
    const { recipe } = this;
    if (recipe === null) return [];
    return strengths.map((strength) =>
      drawFace(this.traits({ ...recipe, edits: [...recipe.edits, this.editOf(directionId, strength)] }), 64),
    );
  }

  pixels(): Promise<Pixels> {
    return Promise.resolve(drawFace(this.recipe === null ? [] : this.traits(this.recipe), 64));
  }

  savePng(): Promise<Uint8Array<ArrayBuffer>> {
    return Promise.resolve(new Uint8Array([0x89, 0x50, 0x4e, 0x47]));
  }

  openPicture(picture: Blob, name: string): Promise<PictureSummary> {
    return this.inversion.openPicture(picture, name);
  }

  closePicture(): Promise<void> {
    return this.inversion.closePicture();
  }

  openFeatures(): Promise<LossSummary> {
    this.calls.push('openFeatures');
    return this.inversion.openFeatures();
  }

  openEncoder(): Promise<void> {
    this.calls.push('openEncoder');
    return this.inversion.openEncoder();
  }

  startInversion(choices: InversionChoices, crop: Crop): Promise<void> {
    this.calls.push(`invert ${choices.space} ${choices.loss} ${choices.steps} ${crop.x} ${crop.y} ${crop.size}`);
    return this.inversion.startInversion(choices, crop);
  }

  pauseInversion(): Promise<void> {
    return this.inversion.pauseInversion();
  }

  resumeInversion(): Promise<void> {
    return this.inversion.resumeInversion();
  }

  cancelInversion(): Promise<void> {
    return this.inversion.cancelInversion();
  }

  takeInversion(): Promise<void> {
    return this.inversion.takeInversion();
  }

  inversionTarget(): Promise<Pixels | null> {
    return this.inversion.inversionTarget();
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }

  private async takeResult(): Promise<void> {
    const { recipe, model } = this;
    if (recipe === null || model === null) return;
    const values = Array.from({ length: model.numWs }, () => new Array<number>(model.wDim).fill(0.5));
    await this.openRecipe({ ...recipe, latent: { space: 'w+', values }, truncation: { psi: 1, cutoff: null } });
  }

  /** Lets a test play the device's part. */
  emit(event: WorkbenchEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  private describe({ name, network }: ModelSource): ModelSummary {
    const generators = this.options.generators ?? [''];
    return {
      network: network ?? generators[0] ?? '',
      generators,
      name: name.replace(/-g\.safetensors$|\.\w+$/, ''),
      family: 'StyleGAN2',
      resolution: 64,
      imgChannels: 3,
      zDim: 128,
      wDim: 128,
      numWs: resolutions.length,
      cDim: this.options.classes ?? 0,
      parameters: 797704,
      hash: `hash-of-${name}${network ?? ''}`,
      layers: resolutions.map((resolution, index) => ({
        index,
        resolution,
        names: [`b${resolution}.conv${index % 2}`],
      })),
      latentSpaces: typeof this.options.lacks?.mapping === 'string' ? ['z'] : ['z', 'w', 'w+'],
      canTruncate: typeof this.options.lacks?.truncation !== 'string',
      psiRange: this.options.psiRange ?? null,
      takesTransform: this.options.takesTransform ?? false,
      lacks: { truncation: null, noise: null, sefa: null, mapping: null, transform: null, ...this.options.lacks },
      notes: ['Recognised as a StyleGAN2 generator with a skip architecture.'],
    };
  }

  private state(): WorkbenchState {
    const software = this.options.software ?? false;
    return {
      adapter: {
        vendor: 'drawn',
        architecture: '',
        description: software ? 'SwiftShader' : 'Drawn by hand',
        software,
        features: [],
      },
      model: this.model,
      recipe: this.recipe,
      directions: this.directions,
      losses: this.model === null ? [] : this.inversion.losses,
      editDirectionIds: (this.recipe?.edits ?? []).map(idOf),
      editConditionIds: (this.recipe?.edits ?? []).map(({ conditions = [] }) => conditions.map(idOf)),
      canUndo: this.past.length > 0,
      canRedo: this.future.length > 0,
      frame: this.model === null ? null : { milliseconds: 7.4, dispatches: 42, gpuBytes: 11_800_000 },
    };
  }

  private show(): void {
    this.emit({ type: 'state', state: this.state() });
    if (this.canvas === null || this.recipe === null) return;
    const picture = drawFace(this.traits(this.before ? { ...this.recipe, edits: [] } : this.recipe), 64);
    this.canvas.width = picture.width;
    this.canvas.height = picture.height;
    this.canvas.getContext('2d')?.putImageData(new ImageData(picture.data, picture.width, picture.height), 0, 0);
  }

  private remember(): void {
    if (this.recipe === null || this.committed === null || recipesEqual(this.recipe, this.committed)) return;
    this.past.push(this.committed);
    this.future = [];
    this.committed = this.recipe;
  }

  private traits(recipe: Recipe): number[] {
    const seed = 'seed' in recipe.latent ? recipe.latent.seed : 0;
    const traits = traitsOf(seed).map((value) => value * recipe.truncation.psi);
    for (const edit of recipe.edits) {
      if (edit.muted || edit.direction.method !== 'sefa') continue;
      const reach = parseLayerRange(edit.layers, resolutions.length).length / resolutions.length;
      for (let trait = 0; trait < traitCount; trait++) {
        const weight = Math.cos(trait * (edit.direction.index + 1) * 1.7) ** 5;
        traits[trait] = (traits[trait] ?? 0) + 0.4 * reach * edit.strength * weight;
      }
    }
    return traits;
  }

  private editOf(directionId: string, strength: number): Edit {
    const direction = this.directions.find(({ id }) => id === directionId);
    if (direction === undefined) throw new GanvasError('unknown-direction', `There is no direction ${directionId}.`);
    const index = Number(directionId.split(':').at(-1));
    return {
      name: direction.name,
      direction: { method: 'sefa', layers: direction.layers, index },
      strength,
      layers: direction.layers,
      muted: false,
    };
  }

  private apply(recipe: Recipe, change: RecipeChange): Recipe {
    const edits = [...recipe.edits];
    const patch = (index: number, part: Partial<Edit>): Recipe => {
      const edit = edits[index];
      if (edit === undefined) throw new GanvasError('unknown-edit', `There is no edit ${index}.`);
      edits[index] = { ...edit, ...part };
      return { ...recipe, edits };
    };
    switch (change.kind) {
      case 'seed':
        return { ...recipe, latent: { space: 'z', seed: change.seed } };
      case 'class':
        return { ...recipe, class: change.class };
      case 'truncation': {
        const { psi, cutoff } = { ...recipe.truncation, ...change };
        return { ...recipe, truncation: { psi, cutoff } };
      }
      case 'transform': {
        const { x, y, angle } = { ...(recipe.transform ?? identityTransform), ...change };
        return { ...recipe, transform: { x, y, angle } };
      }
      case 'noise':
        return { ...recipe, noise: { mode: change.mode, seed: change.seed } };
      case 'add-edit':
        return { ...recipe, edits: [...edits, this.editOf(change.directionId, change.strength)] };
      case 'remove-edit':
        return { ...recipe, edits: edits.toSpliced(change.index, 1) };
      case 'move-edit': {
        const [moved] = edits.splice(change.from, 1);
        return moved === undefined ? recipe : { ...recipe, edits: edits.toSpliced(change.to, 0, moved) };
      }
      case 'duplicate-edit': {
        const copy = edits[change.index];
        return copy === undefined ? recipe : { ...recipe, edits: edits.toSpliced(change.index + 1, 0, copy) };
      }
      case 'edit-strength':
        return patch(change.index, { strength: change.strength });
      case 'edit-layers':
        return patch(change.index, { layers: change.layers });
      case 'edit-name':
        return patch(change.index, { name: change.name });
      case 'edit-muted':
        return patch(change.index, { muted: change.muted });
      case 'edit-conditions': {
        const edit = edits[change.index];
        if (edit === undefined) throw new GanvasError('unknown-edit', `There is no edit ${change.index}.`);
        const conditions = change.directionIds.map((id) => {
          const { name, direction } = this.editOf(id, 0);
          return { name, direction };
        });
        const { conditions: _, ...others } = edit;
        edits[change.index] = { ...others, ...conditionsField(conditions) };
        return { ...recipe, edits };
      }
      case 'latent':
        return { ...recipe, latent: change.latent };
      case 'mix':
        return { ...recipe, mix: change.mix };
      case 'add-units':
        return { ...recipe, units: [...(recipe.units ?? []), change.edit] };
      case 'remove-units':
        return { ...recipe, units: (recipe.units ?? []).toSpliced(change.index, 1) };
      case 'units-strength':
        return { ...recipe, units: patched(recipe.units, change.index, { strength: change.strength }) };
      case 'units-muted':
        return { ...recipe, units: patched(recipe.units, change.index, { muted: change.muted }) };
      case 'clear-units': {
        const { units: _, ...others } = recipe;
        return others;
      }
      case 'clear-edits':
        return { ...recipe, edits: [] };
    }
  }
}

function idOf(edit: Pick<Edit, 'direction' | 'name'>): string {
  return edit.direction.method === 'sefa' ? `sefa:${edit.direction.layers}:${edit.direction.index}` : edit.name;
}

function patched(units: readonly UnitEdit[] | undefined, index: number, part: Partial<UnitEdit>): readonly UnitEdit[] {
  return (units ?? []).map((edit, place) => (place === index ? { ...edit, ...part } : edit));
}
