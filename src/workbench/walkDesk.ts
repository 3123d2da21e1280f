import { asGanvasError, GanvasError } from '../engine/errors.js';
import { formatLayerRange, parseLayerRange } from '../latent/layerRange.js';
import type { RecipeLatent } from '../latent/recipe.js';
import { previewOfSeed } from './barerRecipe.js';
import { checkedName } from './labelDesk.js';
import type { Pixels } from './pixels.js';
import type { Stage } from './stage.js';
import type { WalkApi, WalkFrame, WalkRequest } from './walkApi.js';
import type * as tools from './walkTools.js';

type OnFrame = (index: number, frame: WalkFrame) => void;

/** Ways through the latent space of the open model. One walk or grid at a time: the next one ends the one before. */
export class WalkDesk implements WalkApi {
  private going: AbortController | null = null;

  /** @param changed hears of every direction that has been added */
  constructor(
    private readonly stage: Stage,
    private readonly changed: () => void,
  ) {}

  walk(request: WalkRequest, onFrame: OnFrame): Promise<void> {
    return this.begin(async (signal) => {
      const { walkPath } = await walkTools();
      const [engine, session] = [await this.stage.engine(), this.stage.session()];
      await this.show(await walkPath(engine, session, this.stage.recipe(), request, { signal }), onFrame, signal);
    });
  }

  randomWalk(seed: number, frames: number, onFrame: OnFrame): Promise<void> {
    return this.begin(async (signal) => {
      const { randomPath } = await walkTools();
      await this.show(randomPath(this.stage.session(), this.stage.recipe(), seed, frames), onFrame, signal);
    });
  }

  async latentsOfSeeds(seeds: readonly number[]): Promise<readonly RecipeLatent[]> {
    const { latentsOfSeeds } = await walkTools();
    return latentsOfSeeds(this.stage.session(), this.stage.recipe(), seeds);
  }

  mixingGrid(
    rows: readonly number[],
    columns: readonly number[],
    layers: string,
    onPicture: (row: number, column: number, pixels: Pixels) => void,
  ): Promise<void> {
    return this.begin(async (signal) => {
      const { numWs } = this.stage.session().summary;
      const mixed = formatLayerRange(parseLayerRange(layers, numWs), numWs);
      for (const [row, seed] of rows.entries()) {
        for (const [column, style] of columns.entries()) {
          if (signal.aborted) return;
          const mix = [{ latent: { space: 'z', seed: style }, layers: mixed }] as const;
          const pixels = await this.stage.preview({ ...previewOfSeed(this.stage.recipe(), seed), mix }, []);
          if (pixels === null) return;
          if (!signal.aborted) onPicture(row, column, pixels);
        }
      }
    });
  }

  async directionFromSeeds(name: string, plus: readonly number[], minus: readonly number[]): Promise<string> {
    const concept = checkedName(name);
    const { seedDirection } = await walkTools();
    const { opened, summary } = this.stage.session();
    const sides = { plus, minus, class: this.stage.recipe().class };
    const direction = await seedDirection(await this.stage.engine(), opened, concept, sides);
    if (this.stage.session().summary.hash !== summary.hash) {
      throw new GanvasError('cancelled', 'Another model has been opened.');
    }
    const id = this.stage.directions().add(direction);
    this.changed();
    return id;
  }

  cancelWalk(): Promise<void> {
    this.going?.abort();
    return Promise.resolve();
  }

  private async begin(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.going?.abort();
    const own = new AbortController();
    this.going = own;
    try {
      await work(own.signal);
    } catch (thrown) {
      if (!own.signal.aborted || asGanvasError(thrown).code !== 'cancelled') throw thrown;
    } finally {
      if (this.going === own) this.going = null;
    }
  }

  private async show(latents: readonly RecipeLatent[], onFrame: OnFrame, signal: AbortSignal): Promise<void> {
    const { recipeOnTheWay } = await walkTools();
    const session = this.stage.session();
    const recipe = this.stage.recipe();
    const directions = session.resolveDirections(recipe);
    for (const [index, latent] of latents.entries()) {
      if (signal.aborted) return;
      const pixels = await this.stage.preview(recipeOnTheWay(recipe, latent), directions);
      if (pixels === null) return;
      if (!signal.aborted) onFrame(index, { latent, pixels });
    }
  }
}

const walkTools = (): Promise<typeof tools> => import('./walkTools.js');
