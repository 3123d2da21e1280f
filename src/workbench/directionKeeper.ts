import type { DirectionLibrary } from './directionLibrary.js';
import type { DirectionStore } from './directionStore.js';
import type { LabelledConcept } from './discoveryApi.js';
import type { Stage } from './stage.js';

/** Milliseconds without a change before anything is written. */
const pause = 300;

/** What waits to be written: of the model that it was changed on, whichever is open by then. */
interface Waiting {
  readonly modelHash: string;
  readonly library: DirectionLibrary;
  readonly labels: readonly LabelledConcept[];
  readonly timer: ReturnType<typeof setTimeout>;
}

/** Keeps the directions and labels of models across reloads. */
export class DirectionKeeper {
  private waiting: Waiting | null = null;

  constructor(
    private readonly stage: Stage,
    private readonly store: DirectionStore,
  ) {}

  /** Something of the open model has changed: writes it down soon. */
  changed(labels: readonly LabelledConcept[]): void {
    const { hash: modelHash } = this.stage.session().summary;
    if (this.waiting?.modelHash === modelHash) clearTimeout(this.waiting.timer);
    else void this.write();
    const timer = setTimeout(() => void this.write(), pause);
    this.waiting = { modelHash, library: this.stage.directions(), labels, timer };
  }

  /** What was kept of the model that has just been opened joins its list. @returns its labels */
  async load(modelHash: string): Promise<readonly LabelledConcept[]> {
    await this.write();
    const stored = await this.store.load(modelHash);
    if (stored === null || this.stage.session().summary.hash !== modelHash) return [];
    const library = this.stage.directions();
    for (const kept of stored.directions) library.keep(kept);
    this.stage.tellState();
    return stored.labels;
  }

  /** Writes down what waits. */
  private async write(): Promise<void> {
    const { waiting } = this;
    this.waiting = null;
    if (waiting === null) return;
    clearTimeout(waiting.timer);
    const { modelHash, library, labels } = waiting;
    await this.store.save({ version: 1, modelHash, savedAt: Date.now(), directions: library.all(), labels });
  }
}
