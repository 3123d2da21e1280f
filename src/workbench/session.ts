import { discoverSefa } from '../discovery/sefa.js';
import { applyEdits } from '../editing/applyEdits.js';
import { GanvasError } from '../engine/errors.js';
import type { Engine } from '../engine/engine.js';
import type { Program } from '../engine/program.js';
import type { Direction } from '../latent/direction.js';
import { directionOfVector } from '../latent/directionReference.js';
import { checkLatentSpace } from '../latent/latentSpaces.js';
import { parseLayerRange } from '../latent/layerRange.js';
import { identityTransform, transformMatrix } from '../latent/pictureTransform.js';
import { defaultRecipe, type DirectionReference, type NoiseMode, type Recipe } from '../latent/recipe.js';
import type { Generator } from '../models/generator.js';
import { classMissing } from '../models/requiredClass.js';
import type { ModelSummary, ProgressReport } from './api.js';
import { latentOfSeed } from './latentOfSeed.js';
import { FrameProgram, repeatRows, type FrameInputs } from './frameProgram.js';
import type { OpenedCheckpoint } from './openedCheckpoint.js';
import { sefaRequestOf } from './sefaWeights.js';

/**
 * What a compiled generator is used for: the picture itself, or small previews. Each has its own arena, so that one never
 * disturbs the other.
 */
export type FramePurpose = 'picture' | 'preview';

/** Previews are at most this large, however large the model. */
const largestPreview = 128;

interface CompiledFrame {
  readonly noise: NoiseMode;
  readonly program: FrameProgram;
}

/** A model on the GPU: recipes in, pictures out. */
export class GeneratorSession {
  private readonly frames = new Map<FramePurpose, CompiledFrame>();
  private readonly sefa = new Map<string, readonly Direction[]>();
  private lastW: { readonly key: string; readonly w: Promise<Float32Array> } | null = null;
  private mappingQueue: Promise<unknown> = Promise.resolve();
  private frameQueue: Promise<unknown> = Promise.resolve();
  private disposed = false;

  private constructor(
    private readonly engine: Engine,
    readonly opened: OpenedCheckpoint,
    private readonly mapping: Program,
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
    const shapes = { z: [1, generator.zDim], ...(generator.cDim > 0 ? { c: [1, generator.cDim] } : {}) };
    onProgress({ label: 'Compiling kernels', fraction: null });
    const mapping = await engine.compile(
      ({ z, c }) => {
        if (z === undefined) throw new RangeError('internal: the mapping needs z');
        return { w: generator.mapping(z, c ?? null) };
      },
      shapes,
      { label: `${summary.name} mapping` },
    );
    const session = new GeneratorSession(engine, opened, mapping);
    try {
      await session.frame('const', 'picture', (done, total) =>
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
   * The compiled frame of a noise mode. Each purpose keeps the mode that was asked for last: arenas of large models are
   * too big to keep one for each, and compiling again reuses the pipelines.
   * @throws GanvasError `model-closed` after `dispose`.
   */
  frame(
    noise: NoiseMode,
    purpose: FramePurpose,
    onProgress?: (done: number, total: number) => void,
  ): Promise<FrameProgram> {
    const frame = this.frameQueue.then(() => this.frameInTurn(noise, purpose, onProgress));
    // One at a time: a frame that fails leaves the one before it in place.
    this.frameQueue = frame.catch(() => undefined);
    return frame;
  }

  private async frameInTurn(
    noise: NoiseMode,
    purpose: FramePurpose,
    onProgress?: (done: number, total: number) => void,
  ): Promise<FrameProgram> {
    if (this.disposed) throw this.closed();
    const current = this.frames.get(purpose);
    if (current?.noise === noise) return current.program;
    const label = `${this.summary.name} ${noise} ${purpose}`;
    const size = purpose === 'picture' ? this.summary.resolution : this.previewSize;
    const program = await FrameProgram.compile(this.engine, this.opened.generator, noise, size, label, onProgress);
    if (this.disposed) {
      program.dispose();
      throw this.closed();
    }
    this.frames.set(purpose, { noise, program });
    current?.program.dispose();
    return program;
  }

  private closed(): GanvasError {
    return new GanvasError('model-closed', `${this.summary.name} has been closed.`);
  }

  /** The numbers of a frame: the base latent, truncation and edits. */
  async frameInputs(recipe: Recipe, directions: readonly Direction[]): Promise<FrameInputs> {
    this.checkRecipe(recipe);
    const { psi, offset, zOffset } = applyEdits(recipe, directions, this.summary);
    const { generator } = this.opened;
    const statistics = generator.statisticsOf(recipe.truncation.psi);
    return {
      w: await this.baseLatent(recipe, zOffset),
      psi: isScaled(recipe, generator) ? psi : psi.fill(1),
      offset,
      ...(generator.takesTransform ? { transform: transformMatrix(recipe.transform ?? identityTransform) } : {}),
      ...(statistics === null ? {} : { statistics }),
    };
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
    const frame = await this.frame(recipe.noise.mode, purpose);
    return frame.render(inputs, recipe.noise.seed);
  }

  /** The directions behind `recipe.edits`, in order: SeFa's computed again from the weights, others decoded. */
  resolveDirections(recipe: Recipe): readonly Direction[] {
    return recipe.edits.map((edit) => this.resolveDirection(edit.direction, edit.name));
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
    void this.mappingQueue.then(() => this.mapping.dispose());
    for (const { program } of this.frames.values()) program.dispose();
    this.frames.clear();
  }

  private checkRecipe(recipe: Recipe): void {
    const { hash, cDim, lacks, psiRange, latentSpaces } = this.summary;
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
    checkLatentSpace(recipe.latent.space, latentSpaces);
    if (cDim > 0 && recipe.latent.space === 'z' && recipe.class === null) throw classMissing(cDim);
    if (recipe.class !== null && recipe.class >= cDim) {
      throw new GanvasError(
        'class-out-of-range',
        cDim === 0 ? 'This model has no classes.' : `Class ${recipe.class} is outside 0…${cDim - 1}.`,
        { class: recipe.class, cDim },
      );
    }
  }

  /** W+ before truncation and edits, [numWs, wDim]. */
  private async baseLatent(recipe: Recipe, zOffset: Float32Array | null): Promise<Float32Array<ArrayBuffer>> {
    const { latent } = recipe;
    const { numWs, wDim, zDim } = this.summary;
    switch (latent.space) {
      case 'z': {
        const z =
          'seed' in latent ? latentOfSeed(this.opened.generator, latent.seed) : latentValues('z', latent.values, zDim);
        const moved = zOffset === null ? z : z.map((value, index) => value + (zOffset[index] ?? 0));
        return repeatRows(await this.mapToW(moved, recipe.class), numWs);
      }
      case 'w':
        return repeatRows(latentValues('w', latent.values, wDim), numWs);
      case 'w+':
        return latentValues('w+', latent.values.flat(), numWs * wDim);
    }
  }

  /** w [wDim] of one z; the latest is remembered, because most frames keep their seed. */
  private mapToW(z: Float32Array<ArrayBuffer>, label: number | null): Promise<Float32Array> {
    const key = `${label ?? ''} ${z.join(' ')}`;
    if (this.lastW?.key === key) return this.lastW.w;
    const { cDim } = this.summary;
    const w = this.mappingQueue.then(() => {
      this.mapping.run({ z, ...(cDim > 0 ? { c: oneHot(label ?? 0, cDim) } : {}) });
      return this.mapping.read('w');
    });
    this.mappingQueue = w.catch(() => undefined);
    this.lastW = { key, w };
    w.catch(() => (this.lastW = null));
    return w;
  }
}

/**
 * BigGAN's z is drawn and multiplied by psi before the model sees it (pytorch_pretrained_biggan utils.py:
 * truncated_noise_sample): a z that is given has been; of psi, the statistics remain.
 */
function isScaled({ latent }: Recipe, { zDistribution }: Generator): boolean {
  return zDistribution === 'normal' || 'seed' in latent;
}

function latentValues(space: string, values: readonly number[], needed: number): Float32Array<ArrayBuffer> {
  if (values.length !== needed) {
    throw new GanvasError(
      'latent-length',
      `This model's ${space} has ${needed} numbers; ${values.length} were given.`,
      {
        space,
        needed,
        given: values.length,
      },
    );
  }
  return Float32Array.from(values);
}

function oneHot(index: number, length: number): Float32Array<ArrayBuffer> {
  const label = new Float32Array(length);
  label[index] = 1;
  return label;
}
