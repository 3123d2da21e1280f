import type { Pixels, WorkbenchApi, WorkbenchState } from '../../workbench/api.js';
import { serializeRecipe } from '../../latent/recipeForm.js';
import type { ChangeQueue } from './changeQueue.js';

const cacheLimit = 600;
/** Previews start when no change has been made for this long, and one call is meant to take no longer than this. */
const restMilliseconds = 200;
const callMilliseconds = 80;
const largestBatch = 8;

/** Strengths of a direction's row of previews. */
export const stripStrengths: readonly number[] = [-3, -2, -1, 0, 1, 2, 3];

interface StripRequest {
  readonly directionId: string;
  readonly deliver: (pictures: readonly Pixels[]) => void;
  readonly made: Pixels[];
}

/**
 * Small pictures, made one batch at a time and only while no change is in flight, so that they never delay a drag.
 * Thumbnails depend on the model, truncation, noise and class; strips on the whole recipe.
 */
export class Previews {
  private thumbnails = new Map<number, Pixels>();
  private waiters = new Map<number, Set<(pixels: Pixels) => void>>();
  /** Seeds under way: delivery may come on its own port, after the call has ended. */
  private asked = new Set<number>();
  private readonly urgent = new Set<number>();
  private strips: StripRequest[] = [];
  private working = false;
  private closed = false;
  private frameMilliseconds = callMilliseconds;
  /** Hash of the model that thumbnails are of. */
  model = '';
  /** Changes when cached thumbnails no longer hold. */
  context = '';
  /** Changes with every recipe: when strips no longer hold. */
  stripContext = '';

  constructor(
    private readonly api: WorkbenchApi,
    private readonly queue: ChangeQueue,
    private readonly onError: (thrown: unknown) => void,
  ) {}

  /** Takes note of what the pictures depend on; true when thumbnails have to be made again. */
  follow(state: WorkbenchState): boolean {
    const { model, recipe } = state;
    if (model === null || recipe === null) return false;
    this.stripContext = serializeRecipe(recipe);
    this.frameMilliseconds = state.frame?.milliseconds ?? this.frameMilliseconds;
    const context = JSON.stringify([model.hash, recipe.truncation, recipe.noise, recipe.class, recipe.transform]);
    if (context === this.context) return false;
    this.context = context;
    this.model = model.hash;
    this.thumbnails.clear();
    this.asked.clear();
    void this.work();
    return true;
  }

  /** Delivers the picture now when it is cached, else later; call the returned function to lose interest. */
  thumbnail(seed: number, urgent: boolean, deliver: (pixels: Pixels) => void): () => void {
    const cached = this.thumbnails.get(seed);
    if (cached !== undefined) {
      deliver(cached);
      return () => undefined;
    }
    const waiters = this.waiters.get(seed) ?? new Set();
    this.waiters.set(seed, waiters.add(deliver));
    if (urgent) this.urgent.add(seed);
    void this.work();
    return () => {
      waiters.delete(deliver);
      // The seed may have been delivered, and asked for again, since.
      if (waiters.size === 0 && this.waiters.get(seed) === waiters) this.waiters.delete(seed);
    };
  }

  /** Delivers a direction's previews from the first on, as they are made. */
  strip(directionId: string, deliver: (pictures: readonly Pixels[]) => void): () => void {
    const request: StripRequest = { directionId, deliver, made: [] };
    this.strips.push(request);
    void this.work();
    return () => {
      this.strips = this.strips.filter((other) => other !== request);
    };
  }

  close(): void {
    this.closed = true;
    this.waiters.clear();
    this.strips = [];
  }

  private async work(): Promise<void> {
    if (this.working || this.closed) return;
    this.working = true;
    // Requests of one rendering pass gather before the first batch leaves.
    await Promise.resolve();
    try {
      while (!this.closed && (this.nextSeeds().length > 0 || this.strips.length > 0)) {
        await this.queue.whenRested(restMilliseconds);
        const seeds = this.nextSeeds();
        if (seeds.length > 0) await this.makeThumbnails(seeds);
        else await this.makeStrip();
      }
    } catch (thrown) {
      this.waiters.clear();
      this.asked.clear();
      this.strips = [];
      if (!this.closed) this.onError(thrown);
    }
    this.working = false;
  }

  /** The filmstrip first, then the sheet from its first seed on. */
  private nextSeeds(): readonly number[] {
    const rank = (seed: number): number => (this.urgent.has(seed) ? -1 : seed);
    const wanted = [...this.waiters.keys()].filter((seed) => !this.asked.has(seed));
    return wanted.sort((a, b) => rank(a) - rank(b)).slice(0, this.batchSize);
  }

  private async makeThumbnails(seeds: readonly number[]): Promise<void> {
    const context = this.context;
    for (const seed of seeds) this.asked.add(seed);
    await this.api.thumbnails(seeds, (seed, pixels) => {
      // A picture of an earlier context is dropped; its seed has been asked for again.
      if (this.closed || context !== this.context) return;
      this.asked.delete(seed);
      this.urgent.delete(seed);
      this.remember(seed, pixels);
      for (const deliver of this.waiters.get(seed) ?? []) deliver(pixels);
      this.waiters.delete(seed);
    });
  }

  /** A strip is made in as many calls as the adapter's speed asks for, so that a drag that begins meanwhile comes soon. */
  private async makeStrip(): Promise<void> {
    const [request] = this.strips;
    if (request === undefined) return;
    const strengths = stripStrengths.slice(request.made.length, request.made.length + this.batchSize);
    const { stripContext } = this;
    request.made.push(...(await this.api.directionStrip(request.directionId, strengths)));
    // The recipe has changed meanwhile: pictures of two recipes do not make a strip.
    if (stripContext !== this.stripContext) request.made.length = 0;
    if (this.closed || !this.strips.includes(request)) return;
    request.deliver([...request.made]);
    if (request.made.length === stripStrengths.length) this.strips = this.strips.filter((other) => other !== request);
  }

  private get batchSize(): number {
    return Math.max(1, Math.min(largestBatch, Math.floor(callMilliseconds / Math.max(1, this.frameMilliseconds))));
  }

  private remember(seed: number, pixels: Pixels): void {
    const [oldest] = this.thumbnails.keys();
    if (this.thumbnails.size >= cacheLimit && oldest !== undefined) this.thumbnails.delete(oldest);
    this.thumbnails.set(seed, pixels);
  }
}
