import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { recipeFromHash, recipeToHash } from '../latent/recipeLink.js';
import type { Recipe } from '../latent/recipe.js';

const replaceMilliseconds = 250;

export interface HashSyncTarget {
  openRecipe(recipe: Recipe): void;
  refuse(thrown: unknown): void;
}

/**
 * Keeps the recipe in the address: replaced while a slider is dragged, a new entry when it is let go, so that Back
 * returns to the picture before. Off unless the page asks for it: an embedded editor does not own the address.
 */
export class HashSync implements ReactiveController {
  private timer: ReturnType<typeof setTimeout> | null = null;
  private latest: Recipe | null = null;
  private plain: Recipe | null = null;
  private active = false;
  private dragging = false;

  constructor(
    host: ReactiveControllerHost,
    private readonly target: HashSyncTarget,
  ) {
    host.addController(this);
  }

  /** Starts, and returns the recipe the address holds; a damaged one is explained and passed over. */
  start(): Recipe | null {
    if (!this.active) addEventListener('hashchange', this.onHashChange);
    this.active = true;
    return this.read();
  }

  hostDisconnected(): void {
    removeEventListener('hashchange', this.onHashChange);
    this.active = false;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  /** The picture a model opens with: what an address without a recipe stands for. */
  opened(recipe: Recipe): void {
    this.plain = recipe;
    this.latest = recipe;
  }

  write(recipe: Recipe, phase: 'preview' | 'commit', cause: 'edit' | 'history'): void {
    if (!this.active) return;
    this.latest = recipe;
    if (phase === 'commit') {
      this.put(this.dragging || cause === 'history' ? 'replaceState' : 'pushState');
      this.dragging = false;
    } else if (!this.dragging) {
      // The entry a drag begins on stays as it is; the drag writes to one of its own.
      this.dragging = true;
      this.put('pushState');
    } else {
      // Browsers refuse more than about a hundred changes of the address in half a minute.
      this.timer ??= setTimeout(() => this.put('replaceState'), replaceMilliseconds);
    }
  }

  private put(method: 'pushState' | 'replaceState'): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    if (this.latest === null) return;
    const hash = recipeToHash(this.latest);
    if (hash !== location.hash) history[method](null, '', hash);
  }

  private readonly onHashChange = (): void => {
    const recipe = location.hash.length > 1 ? this.read() : this.plain;
    if (recipe === null || (this.latest !== null && recipeToHash(recipe) === recipeToHash(this.latest))) return;
    this.latest = recipe;
    this.target.openRecipe(recipe);
  };

  private read(): Recipe | null {
    try {
      return recipeFromHash(location.hash);
    } catch (thrown) {
      this.target.refuse(thrown);
      return null;
    }
  }
}
