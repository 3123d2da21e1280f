import { asGanvasError } from '../engine/errors.js';
import type { JobSlot } from './jobSlot.js';
import type { JobPhase, JobStatus } from './jobStatus.js';
import { serializeError } from './serializedError.js';
import type { Stage } from './stage.js';
import { TimeLeft } from './timeLeft.js';

/** Milliseconds between two tellings of mere progress. */
const tellEvery = 100;

/** The status of a long job and when to tell it. What a job finds it adds to the status with `change`. */
export class JobReport<Status extends JobStatus> {
  private readonly timeLeft = new TimeLeft();
  private told = -Infinity;
  private abandoned = false;

  /** @param tell hears every status */
  constructor(
    private status: Status,
    private readonly tell: (status: Status) => void,
  ) {
    this.tell(status);
  }

  get phase(): JobPhase {
    return this.status.phase;
  }

  /** A step forward: `done` of `total`; told at most ten times a second. */
  progress(label: string, done: number, total: number): void {
    const fraction = done / total;
    this.status = { ...this.status, label, fraction, secondsLeft: this.timeLeft.after(label, fraction) };
    if (performance.now() - this.told >= tellEvery) this.tellNow();
  }

  /** Something that is worth telling at once. */
  change(found: Partial<Status>): void {
    this.status = { ...this.status, ...found };
    this.tellNow();
  }

  /** The last word; what was found before stays. */
  end(thrown: unknown): void {
    const phase = thrown === null ? 'finished' : asGanvasError(thrown).code === 'cancelled' ? 'cancelled' : 'failed';
    this.status = {
      ...this.status,
      phase,
      fraction: phase === 'finished' ? 1 : this.status.fraction,
      secondsLeft: null,
      error: phase === 'failed' ? serializeError(thrown) : null,
    };
    this.tellNow();
  }

  /** Nobody follows it any more. */
  abandon(): void {
    this.abandoned = true;
  }

  private tellNow(): void {
    if (this.abandoned) return;
    this.told = performance.now();
    this.tell(this.status);
  }
}

/**
 * Begins a job; resolves as soon as it is under way, and how it goes on is told by events.
 * @throws GanvasError `job-busy`
 */
export function beginJob(jobs: JobSlot, name: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    jobs
      .run(name, (signal) => {
        resolve();
        return work(signal);
      })
      .catch(reject);
  });
}

/** Runs a job to its end, from its beginning again when the device is lost, and reports how it ended; never rejects. */
export async function runReported(
  stage: Pick<Stage, 'recovered'>,
  report: { end(thrown: unknown): void },
  work: () => Promise<void>,
): Promise<void> {
  for (;;) {
    try {
      await work();
      report.end(null);
      return;
    } catch (thrown) {
      const final = asGanvasError(thrown).code === 'device-lost' ? await finalLoss(stage) : thrown;
      if (final === null) continue;
      report.end(final);
      return;
    }
  }
}

/** Null once there is a device again, else why there will be none. */
function finalLoss(stage: Pick<Stage, 'recovered'>): Promise<unknown> {
  return stage.recovered().then(
    () => null,
    (final: unknown) => final,
  );
}

/** What a running job begins with. */
export const runningJob = (label: string): JobStatus => ({
  phase: 'running',
  label,
  fraction: 0,
  secondsLeft: null,
  error: null,
});
