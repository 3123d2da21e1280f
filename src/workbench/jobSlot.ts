import { GanvasError } from '../engine/errors.js';

/** One long job at a time, so that they do not slow one another down. */
export class JobSlot {
  private current: { readonly name: string; readonly abort: AbortController } | null = null;

  get isBusy(): boolean {
    return this.current !== null;
  }

  /**
   * Runs a job unless another runs.
   * @param name as the page calls it: "GANSpace"
   * @throws GanvasError `job-busy`, and what `work` throws
   */
  async run<T>(name: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.current !== null) {
      throw new GanvasError('job-busy', `${this.current.name} is still running. Wait for it, or cancel it first.`, {
        running: this.current.name,
      });
    }
    const job = { name, abort: new AbortController() };
    this.current = job;
    try {
      return await work(job.abort.signal);
    } finally {
      this.current = null;
    }
  }

  /** Asks the job to end; only if it goes by that name, when one is given. */
  cancel(name?: string): void {
    if (name === undefined || this.current?.name === name) this.current?.abort.abort();
  }
}
