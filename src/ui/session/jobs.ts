import type { JobStatus } from '../../workbench/jobStatus.js';
import type { EditorView } from './view.js';

export function isRunning(job: JobStatus | null): boolean {
  return job?.phase === 'running';
}

const kinds = ['discovery', 'measuringDirection', 'dissection', 'causal', 'measures'] as const;

/** Fields of the view that hold a long job. */
export type JobKind = (typeof kinds)[number];

/** The long job that is under way; the workbench runs one at a time. */
export function runningJob(view: EditorView): { readonly job: JobStatus; readonly kind: JobKind } | null {
  for (const kind of kinds) {
    const job = view[kind];
    if (job !== null && isRunning(job)) return { job, kind };
  }
  return null;
}
