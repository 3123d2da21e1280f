/**
 * Damaged files of every kind: each must end in a network or a typed error, soon, in little memory, with nothing run.
 * `scripts/fuzz-readers.mjs` runs it for longer, and again for one file that failed.
 */
import { describe, expect, it } from 'vitest';
import { directionFiles, hostileFiles, validFiles, type FuzzFile } from './fuzzCorpus.js';
import { mutate, mutateInside, SeededRandom } from './fuzzMutations.js';
import { openDirections, openFile, withoutCodeFromText, type FuzzOutcome } from './fuzzOutcome.js';

const setting = (name: string, fallback: number): number => Number(process.env[name] ?? fallback);

const count = setting('FUZZ_COUNT', 25_000);
const seed = setting('FUZZ_SEED', 1);
const first = setting('FUZZ_FIRST', 0);
/** Milliseconds of the processor for one file. */
const SLOWEST = 2000;

/** Long ones would only be slow: their damage is in their length. */
const HOSTILE_KEPT = 64_000;

interface FuzzRun {
  readonly faults: readonly string[];
  readonly endings: ReadonlyMap<string, number>;
  readonly longest: number;
  readonly largest: number;
}

interface FuzzStart extends FuzzFile {
  readonly damage: typeof mutate;
}

function checkpoints(): FuzzStart[] {
  const valid = validFiles().map((file) => ({ ...file, damage: mutateInside }));
  const hostile = hostileFiles().map((file) => ({ ...file, damage: mutate }));
  return [...valid, ...hostile.filter(({ bytes }) => bytes.length < HOSTILE_KEPT)];
}

function run(files: readonly FuzzStart[], open: (bytes: Uint8Array) => FuzzOutcome): FuzzRun {
  const contents = files.map(({ bytes }) => bytes);
  const faults: string[] = [];
  const endings = new Map<string, number>();
  let longest = 0;
  let largest = 0;
  for (let index = first; index < first + count; index++) {
    const random = new SeededRandom(seed, index);
    const { name, bytes, damage } = random.pick(files);
    const damaged = damage(bytes, random, contents);
    const outcome = withoutCodeFromText(() => open(damaged));
    const fault = faultOf(outcome) && faultOf(withoutCodeFromText(() => open(damaged)));
    if (fault) faults.push(`${index} (${name}): ${fault}`);
    endings.set(outcome.ending, (endings.get(outcome.ending) ?? 0) + 1);
    longest = Math.max(longest, outcome.milliseconds);
    largest = Math.max(largest, outcome.allocated);
  }
  return { faults, endings, longest, largest };
}

function report({ endings, longest, largest }: FuzzRun): void {
  const sorted = [...endings].sort(([, a], [, b]) => b - a).map(([ending, times]) => `${times} ${ending}`);
  console.log(`slowest ${longest.toFixed(0)} ms, largest ${largest} bytes; ${sorted.join(', ')}`);
}

/** Asked twice before it counts: what the collector and the compiler take is neither time nor memory of the reader. */
function faultOf({ fault, milliseconds }: FuzzOutcome): string | null {
  return fault ?? (milliseconds > SLOWEST ? `took ${Math.round(milliseconds)} ms` : null);
}

describe('the readers of checkpoints', () => {
  it.each(validFiles())('open what the fuzzer starts from: $name', ({ name, bytes }) => {
    const outcome = openFile(bytes);
    expect(outcome.fault).toBeNull();
    if (name !== 'npy') expect(outcome.ending).toMatch(/^(read|unsupported-architecture|weights-missing)$/);
  });

  it.each(hostileFiles())('survive $name', ({ bytes }) => {
    expect(withoutCodeFromText(() => openFile(bytes)).fault).toBeNull();
  });

  it(
    `answer ${count} damaged files with a network or a typed error (seed ${seed})`,
    () => {
      const outcome = run(checkpoints(), openFile);
      report(outcome);
      expect(outcome.faults).toEqual([]);
    },
    Infinity,
  );
});

describe('the readers of directions', () => {
  it.each(directionFiles())('open what the fuzzer starts from: $name', ({ bytes }) => {
    expect(openDirections(bytes)).toMatchObject({ fault: null, ending: 'read' });
  });

  it.each(hostileFiles())('survive $name', ({ bytes }) => {
    expect(withoutCodeFromText(() => openDirections(bytes)).fault).toBeNull();
  });

  it(
    `answer ${count} damaged files with directions or a typed error (seed ${seed})`,
    () => {
      const files = directionFiles().flatMap((file) => [
        { ...file, damage: mutateInside },
        { ...file, damage: mutate },
      ]);
      const outcome = run(files, openDirections);
      report(outcome);
      expect(outcome.faults).toEqual([]);
    },
    Infinity,
  );
});
