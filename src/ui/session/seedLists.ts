import { readStored, writeStored } from './stored.js';

const starredKey = 'ganvas:starred';
const visitedLimit = 60;

/** Seeds the user came by (newest first, this session) and starred (kept in localStorage, one list a model). */
export class SeedLists {
  visited: readonly number[] = [];
  starred: readonly number[] = [];
  private model = '';

  open(model: string): void {
    this.model = model;
    this.visited = [];
    this.starred = this.stored()[model] ?? [];
  }

  visit(seed: number): void {
    if (this.visited.includes(seed)) return;
    this.visited = [seed, ...this.visited].slice(0, visitedLimit);
  }

  toggleStar(seed: number): void {
    this.starred = this.starred.includes(seed)
      ? this.starred.filter((other) => other !== seed)
      : [seed, ...this.starred];
    writeStored(starredKey, { ...this.stored(), [this.model]: this.starred });
  }

  private stored(): Record<string, readonly number[]> {
    const value = readStored(starredKey);
    if (typeof value !== 'object' || value === null) return {};
    const lists: Record<string, readonly number[]> = {};
    for (const [model, seeds] of Object.entries(value)) {
      if (Array.isArray(seeds)) lists[model] = seeds.filter((seed): seed is number => Number.isSafeInteger(seed));
    }
    return lists;
  }
}
