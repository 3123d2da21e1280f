import type { RecipeLatent, StyleMix } from '../../latent/recipe.js';
import type { Pixels, WorkbenchApi } from '../../workbench/api.js';
import type { WalkFrame, WalkRequest } from '../../workbench/walkApi.js';
import { attempt, type ToolHost } from './toolHost.js';

/** The page's side of ways through the latent space. One at a time: what is asked for ends what was under way. */
export class WalksSession {
  constructor(
    private readonly api: WorkbenchApi,
    private readonly host: ToolHost,
  ) {}

  async walk(request: WalkRequest, onFrame: (index: number, frame: WalkFrame) => void): Promise<void> {
    await attempt(this.host, 'There is no such walk', () => this.api.walks.walk(request, onFrame));
  }

  async wander(seed: number, frames: number, onFrame: (index: number, frame: WalkFrame) => void): Promise<void> {
    await attempt(this.host, 'There is no such walk', () => this.api.walks.randomWalk(seed, frames, onFrame));
  }

  /** Null when they are not to be had, which has been said. */
  async latentsOfSeeds(seeds: readonly number[]): Promise<readonly RecipeLatent[] | null> {
    let found: readonly RecipeLatent[] | null = null;
    await attempt(this.host, 'There is no way between these seeds', async () => {
      found = await this.api.walks.latentsOfSeeds(seeds);
    });
    return found;
  }

  async mix(
    rows: readonly number[],
    columns: readonly number[],
    layers: string,
    onPicture: (row: number, column: number, pixels: Pixels) => void,
  ): Promise<void> {
    await attempt(this.host, 'The styles were not mixed', () =>
      this.api.walks.mixingGrid(rows, columns, layers, onPicture),
    );
  }

  async cancel(): Promise<void> {
    await attempt(this.host, 'The walk was not ended', () => this.api.walks.cancelWalk());
  }

  /** Puts a picture of a walk, or a crossing of a grid, on the stage. */
  async take(latent: RecipeLatent, mix: readonly StyleMix[] = []): Promise<void> {
    await this.host.change(() => this.api.change({ kind: 'latent', latent, mix }, 'commit'));
  }

  /** What some seeds have and others have not, as a direction of the list; false when there is none, which has been said. */
  addDirection(name: string, plus: readonly number[], minus: readonly number[]): Promise<boolean> {
    return attempt(this.host, 'No direction came of it', async () => {
      await this.api.walks.directionFromSeeds(name, plus, minus);
      await this.host.refresh();
      this.host.said(`“${name}” is in the list of directions.`);
    });
  }
}
