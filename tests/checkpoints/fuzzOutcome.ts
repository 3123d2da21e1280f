/** Opens a file as the workbench would, step by step, and says what went wrong that must not. */
import { getHeapStatistics } from 'node:v8';
import { readAnyDirections } from '../../src/checkpoints/foreignDirections.js';
import { chooseGenerator, readCheckpoint } from '../../src/checkpoints/open.js';
import { recogniseGenerator } from '../../src/checkpoints/recognise.js';
import type { Checkpoint } from '../../src/checkpoints/checkpoint.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import { GanvasError } from '../../src/engine/errors.js';
import { directionSizes } from './fuzzCorpus.js';

/** A step may take this multiple of the file … */
const MOST_GROWTH = 4;
/**
 * … and this, whatever its size: a pickle may make 2^18 containers (`MOST_CONTAINER_COST`), a byte each, before it is
 * refused; and garbage not yet swept dwarfs a file of some kilobytes.
 */
const ANY_FILE_BYTES = 16 * 2 ** 20;
const MOST_TENSORS_READ = 100;

export interface FuzzOutcome {
  /** What must not happen, in words; null when all is well. */
  readonly fault: string | null;
  /** How it ended: `read`, or the code of the error. */
  readonly ending: string;
  /** Of the processor: those of the clock depend on what else the machine does. */
  readonly milliseconds: number;
  /** The most that one step took, beyond the file. */
  readonly allocated: number;
}

/** Nothing of a file may be run; if a reader tried to, this would show. */
export function withoutCodeFromText<Result>(action: () => Result): Result {
  const { eval: evaluate, Function: construct } = globalThis;
  const trap = (): never => {
    throw new Error('a reader ran code from text');
  };
  Object.assign(globalThis, { eval: trap, Function: trap });
  try {
    return action();
  } finally {
    Object.assign(globalThis, { eval: evaluate, Function: construct });
  }
}

/** Does something with the file, whose failure ends it or not. */
type Step = <Result>(action: () => Result) => Result | null;

export function openFile(bytes: Uint8Array): FuzzOutcome {
  return watched(bytes, (step) => {
    const checkpoint = step(() => readCheckpoint(bytes, 'a file'));
    if (checkpoint === null) return;
    step(() => recogniseGenerator(checkpoint, chooseGenerator(checkpoint)));
    for (const tensor of someTensors(checkpoint)) step(() => readTensor(tensor));
  });
}

/** The same for files of directions. */
export function openDirections(bytes: Uint8Array): FuzzOutcome {
  return watched(bytes, (step) => step(() => readAnyDirections(bytes, directionSizes)));
}

function watched(bytes: Uint8Array, open: (step: Step) => void): FuzzOutcome {
  const began = process.cpuUsage();
  let ending = 'read';
  let fault: string | null = null;
  let allocated = 0;
  open((action) => {
    const before = usedBytes();
    try {
      return action();
    } catch (thrown) {
      ending = thrown instanceof GanvasError ? thrown.code : 'untyped';
      if (!(thrown instanceof GanvasError) || thrown.code === 'unexpected') fault ??= describe(thrown);
      return null;
    } finally {
      allocated = Math.max(allocated, usedBytes() - before);
    }
  });
  if (allocated > MOST_GROWTH * bytes.length + ANY_FILE_BYTES) {
    fault ??= `took ${allocated} bytes of memory for a file of ${bytes.length}`;
  }
  return { fault, ending, milliseconds: spentSince(began), allocated };
}

function* someTensors({ networks }: Checkpoint): Generator<Parameters<typeof readTensor>[0]> {
  let left = MOST_TENSORS_READ;
  for (const { tensors } of networks) {
    for (const tensor of tensors.values()) {
      if (left-- <= 0) return;
      yield tensor;
    }
  }
}

function spentSince(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}

function usedBytes(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}

function describe(thrown: unknown): string {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  return `ended in ${String(thrown)}, ${cause instanceof Error ? (cause.stack ?? '') : ''}`;
}
