interface Entry {
  /** What the work is about; null never merges. */
  readonly key: string | null;
  /** True while a drag is under way: a newer entry of the same key takes its place. */
  readonly replaceable: boolean;
  readonly run: () => Promise<void>;
  readonly settle: () => void;
}

/**
 * Keeps at most one change in flight. While it runs, a drag's further values replace each other, so that the picture
 * follows the pointer with the latest value and never works through a backlog. Commits, undo and the like are kept,
 * in order.
 */
export class ChangeQueue {
  private waiting: Entry[] = [];
  private running = false;
  private endedAt = -Infinity;
  private idleListeners: (() => void)[] = [];

  constructor(private readonly onError: (thrown: unknown) => void) {}

  get idle(): boolean {
    return !this.running && this.waiting.length === 0;
  }

  /** Resolves when this entry has run or was replaced by a newer one; failures go to `onError`. */
  add(key: string | null, replaceable: boolean, run: () => Promise<void>): Promise<void> {
    return new Promise<void>((settle) => {
      if (key !== null) {
        const stale = this.waiting.filter((entry) => entry.key === key && entry.replaceable);
        this.waiting = this.waiting.filter((entry) => !stale.includes(entry));
        for (const entry of stale) entry.settle();
      }
      this.waiting.push({ key, replaceable, run, settle });
      void this.drain();
    });
  }

  /** Resolves as soon as nothing runs or waits: the moment for previews that must not delay a drag. */
  whenIdle(): Promise<void> {
    if (this.idle) return Promise.resolve();
    return new Promise((resolve) => this.idleListeners.push(resolve));
  }

  /** Resolves once nothing has run for this long: between two values of a drag the queue is idle, but not at rest. */
  async whenRested(milliseconds: number): Promise<void> {
    const missing = (): number => this.endedAt + milliseconds - performance.now();
    while (!this.idle || missing() > 0) {
      await this.whenIdle();
      if (missing() > 0) await new Promise((resolve) => setTimeout(resolve, missing()));
    }
  }

  private async drain(): Promise<void> {
    if (this.running) return;
    this.running = true;
    for (let entry = this.waiting.shift(); entry !== undefined; entry = this.waiting.shift()) {
      try {
        await entry.run();
      } catch (thrown) {
        this.onError(thrown);
      }
      entry.settle();
    }
    this.running = false;
    this.endedAt = performance.now();
    const listeners = this.idleListeners;
    this.idleListeners = [];
    for (const listener of listeners) listener();
  }
}
