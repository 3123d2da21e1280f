import { discoverSefa } from '../discovery/sefa.js';
import { applyEdits } from '../editing/applyEdits.js';
import { GanvasError } from '../engine/errors.js';
import type { Engine } from '../engine/engine.js';
import type { Direction } from '../latent/direction.js';
import { directionOfVector } from '../latent/directionReference.js';
import { conditionedDirection } from '../latent/conditionedDirection.js';
import { parseLayerRange } from '../latent/layerRange.js';
import { identityTransform, transformMatrix } from '../latent/pictureTransform.js';
import {
  defaultRecipe,
  type DirectionReference,
  type Edit,
  type NoiseMode,
  type Recipe,
  type RecipeLatent,
} from '../latent/recipe.js';
import { featureLayersOf, type FeatureLayer } from '../models/featureLayers.js';
import { classMissing } from '../models/requiredClass.js';
import type { ModelSummary, ProgressReport } from './api.js';
import { baseLatent } from './baseLatent.js';
import { FrameProgram, type FrameInputs } from './frameProgram.js';
import { unitInputs, unitSlotsFor, unitSlotsKey, type UnitSlots } from './frameUnits.js';
import { LatentMapping } from './latentMapping.js';
import type { OpenedCheckpoint } from './openedCheckpoint.js';
import { sefaRequestOf } from './sefaWeights.js';

/**
 * What a compiled generator is used for: the picture itself, or small previews. Each has its own arena, so that one never
 * disturbs the other.
 */
export type FramePurpose = 'picture' | 'preview';

/** What of a recipe a frame is compiled for. */
export interface RecipeForm {
  readonly noise: NoiseMode;
  readonly units: readonly UnitSlots[];
}

/** Previews are at most this large, however large the model. */
const largestPreview = 128;

interface CompiledFrame {
  readonly key: string;
  readonly program: FrameProgram;
}

/** A model on the GPU: recipes in, pictures out. */
export class GeneratorSession {
  private readonly frames = new Map<FramePurpose, CompiledFrame>();
  private readonly sefa = new Map<string, readonly Direction[]>();
  private layers: readonly FeatureLayer[] | null = null;
  private frameQueue: Promise<unknown> = Promise.resolve();
  private disposed = false;

  private constructor(
    private readonly engine: Engine,
    readonly opened: OpenedCheckpoint,
    private readonly mapping: LatentMapping,
  ) {}

  /**
   * Uploads and compiles.
   * @throws GanvasError of `Engine.compile` (`limit-exceeded`, `gpu-out-of-memory` …).
   */
  static async open(
    engine: Engine,
    opened: OpenedCheckpoint,
    onProgress: (progress: ProgressReport) => void = () => undefined,
  ): Promise<GeneratorSession> {
    const { generator, summary } = opened;
    onProgress({ label: 'Compiling kernels', fraction: null });
    const mapping = await LatentMapping.compile(engine, generator, `${summary.name} mapping`);
    const session = new GeneratorSession(engine, opened, mapping);
    try {
      await session.frame({ noise: 'const', units: [] }, 'picture', (done, total) =>
        onProgress({ label: 'Compiling kernels', fraction: done / total }),
      );
    } catch (error) {
      session.dispose();
      throw error;
    }
    return session;
  }

  get summary(): ModelSummary {
    return this.opened.summary;
  }

  /** False once the device that it was opened on has been replaced. */
  runsOn(engine: Engine | null): boolean {
    return engine === this.engine;
  }

  /** The recipe of a seed: psi 1, constant noise, and the first class of a conditional model. */
  defaultRecipe(seed: number): Recipe {
    const recipe = defaultRecipe(this.summary.hash, seed);
    return this.summary.cDim > 0 ? { ...recipe, class: 0 } : recipe;
  }

  /**
   * The compiled frame of a noise mode and room for changes of units. Each purpose keeps what was asked for last: arenas of
   * large models are too big to keep one for each, and compiling again reuses the pipelines.
   * @throws GanvasError `model-closed` after `dispose`.
   */
  frame(
    form: RecipeForm,
    purpose: FramePurpose,
    onProgress?: (done: number, total: number) => void,
  ): Promise<FrameProgram> {
    const frame = this.frameQueue.then(() => this.frameInTurn(form, purpose, onProgress));
    // One at a time: a frame that fails leaves the one before it in place.
    this.frameQueue = frame.catch(() => undefined);
    return frame;
  }

  /** What a recipe's frame is compiled for. @throws GanvasError `unit-layer-missing` */
  formOf({ noise, units = [] }: Recipe): RecipeForm {
    return { noise: noise.mode, units: units.length === 0 ? [] : unitSlotsFor(units, this.featureLayers()) };
  }

  /** Layers whose units can be looked at and changed. */
  featureLayers(): readonly FeatureLayer[] {
    return (this.layers ??= featureLayersOf(this.opened.generator));
  }

  private async frameInTurn(
    { noise, units }: RecipeForm,
    purpose: FramePurpose,
    onProgress?: (done: number, total: number) => void,
  ): Promise<FrameProgram> {
    if (this.disposed) throw this.closed();
    const current = this.frames.get(purpose);
    const key = `${noise} ${unitSlotsKey(units)}`;
    if (current?.key === key) return current.program;
    const label = `${this.summary.name} ${noise} ${purpose}`;
    const size = purpose === 'picture' ? this.summary.resolution : this.previewSize;
    const form = { noise, size, units };
    const program = await FrameProgram.compile(this.engine, this.opened.generator, form, label, onProgress);
    if (this.disposed) {
      program.dispose();
      throw this.closed();
    }
    this.frames.set(purpose, { key, program });
    current?.program.dispose();
    return program;
  }

  private closed(): GanvasError {
    return new GanvasError('model-closed', `${this.summary.name} has been closed.`);
  }

  /** The numbers of a frame of `formOf(recipe)`: the base latent, truncation, edits and units. */
  async frameInputs(recipe: Recipe, directions: readonly Direction[]): Promise<FrameInputs> {
    this.checkRecipe(recipe);
    const { psi, offset, zOffset } = applyEdits(recipe, directions, this.summary);
    const { generator } = this.opened;
    const statistics = generator.statisticsOf(recipe.truncation.psi);
    const { w, unscaled } = await baseLatent(generator, this.mapping, recipe, zOffset);
    for (const layer of unscaled) psi[layer] = 1;
    const { units } = this.formOf(recipe);
    return {
      w,
      psi,
      offset,
      ...(generator.takesTransform ? { transform: transformMatrix(recipe.transform ?? identityTransform) } : {}),
      ...(statistics === null ? {} : { statistics }),
      ...(units.length === 0 ? {} : { units: unitInputs(recipe.units ?? [], units) }),
    };
  }

  /** W+ [numWs, wDim] of a latent before truncation. @throws GanvasError as `baseLatent` */
  async rowsOf(latent: RecipeLatent, label: number | null): Promise<Float32Array<ArrayBuffer>> {
    const { w } = await baseLatent(this.opened.generator, this.mapping, { latent, class: label }, null);
    return w;
  }

  /** Pixels a side of previews. */
  get previewSize(): number {
    return Math.min(this.summary.resolution, largestPreview);
  }

  /** The picture of a recipe, [C, H, W] in the generator's own range. `directions` as `resolveDirections` gives them. */
  render(recipe: Recipe, directions: readonly Direction[]): Promise<Float32Array<ArrayBuffer>> {
    return this.renderWith('picture', recipe, directions);
  }

  /** The same picture, [C, previewSize, previewSize]. */
  renderPreview(recipe: Recipe, directions: readonly Direction[]): Promise<Float32Array<ArrayBuffer>> {
    return this.renderWith('preview', recipe, directions);
  }

  private async renderWith(
    purpose: FramePurpose,
    recipe: Recipe,
    directions: readonly Direction[],
  ): Promise<Float32Array<ArrayBuffer>> {
    const inputs = await this.frameInputs(recipe, directions);
    const frame = await this.frame(this.formOf(recipe), purpose);
    return frame.render(inputs, recipe.noise.seed);
  }

  /**
   * The directions that `recipe.edits` go along, in order: SeFa's computed again from the weights, others decoded, without
   * what they share with their conditions.
   * @throws GanvasError as `resolveDirection`, and `condition-space` and `condition-parallel` for edits that are not muted
   */
  resolveDirections(recipe: Recipe): readonly Direction[] {
    return recipe.edits.map((edit) => {
      const direction = this.resolveDirection(edit.direction, edit.name);
      return edit.muted ? direction : this.conditioned(direction, edit);
    });
  }

  private conditioned(direction: Direction, { conditions = [], layers }: Edit): Direction {
    const others = conditions.map((condition) => this.resolveDirection(condition.direction, condition.name));
    return conditionedDirection(direction, others, { layers, numWs: this.summary.numWs });
  }

  /** @throws GanvasError `invalid-layer-range`, `invalid-direction-data`, or `direction-missing` for an index too high. */
  resolveDirection(reference: DirectionReference, name: string): Direction {
    if (reference.method === 'vector') return directionOfVector(reference, name, this.summary);
    const found = this.sefaDirections(reference.layers);
    const direction = found[reference.index];
    if (direction === undefined) {
      throw new GanvasError(
        'direction-missing',
        `SeFa direction ${reference.index} of layers ${reference.layers} was asked for; this model has ${found.length}, from 0.`,
        { index: reference.index, available: found.length },
      );
    }
    return direction;
  }

  /** All SeFa directions of a layer range ("0-3", "all"), strongest first; computed once a range. */
  sefaDirections(layers: string): readonly Direction[] {
    let directions = this.sefa.get(layers);
    if (directions === undefined) {
      const range = parseLayerRange(layers, this.summary.numWs);
      directions = discoverSefa({ ...sefaRequestOf(this.opened), layers: range, count: this.summary.wDim });
      this.sefa.set(layers, directions);
    }
    return directions;
  }

  dispose(): void {
    this.disposed = true;
    this.mapping.dispose();
    for (const { program } of this.frames.values()) program.dispose();
    this.frames.clear();
  }

  private checkRecipe(recipe: Recipe): void {
    const { hash, cDim, lacks, psiRange } = this.summary;
    const { psi } = recipe.truncation;
    if (recipe.model !== hash) {
      throw new GanvasError(
        'recipe-other-model',
        `This recipe belongs to another model (${recipe.model.slice(0, 8)}…); the open one is ${hash.slice(0, 8)}…. Open the model it was made with.`,
        { recipe: recipe.model, model: hash },
      );
    }
    if (lacks.truncation !== null && psi !== 1) throw new GanvasError('cannot-truncate', lacks.truncation, { psi });
    if (psiRange !== null && (psi < psiRange[0] || psi > psiRange[1])) {
      throw new GanvasError(
        'truncation-out-of-range',
        `Psi is ${psi}, and the file has statistics for psi from ${psiRange[0]} to ${psiRange[1]}. Choose one of these.`,
        { psi },
      );
    }
    if (lacks.transform !== null && recipe.transform !== undefined) {
      throw new GanvasError('cannot-transform', `The recipe moves the picture. ${lacks.transform}`);
    }
    const mapsZ = [recipe, ...(recipe.mix ?? [])].some(({ latent }) => latent.space === 'z');
    if (cDim > 0 && mapsZ && recipe.class === null) throw classMissing(cDim);
    if (recipe.class !== null && recipe.class >= cDim) {
      throw new GanvasError(
        'class-out-of-range',
        cDim === 0 ? 'This model has no classes.' : `Class ${recipe.class} is outside 0…${cDim - 1}.`,
        { class: recipe.class, cDim },
      );
    }
  }
}
