import { GanvasError } from '../src/engine/errors.js';
import type { ConvolutionResult } from './convolutions.js';
import type { ModelResult } from './forward.js';
import type { GradientResult } from './gradients.js';
import type { InversionResult } from './inversion.js';
import type { MemoryResult } from './memory.js';
import type { OpResult } from './ops.js';
import type { Peak } from './peak.js';
import type { PeerResult } from './peers/peerResult.js';
import type { Spread } from './statistics.js';

export type BenchResult =
  PeerResult | OpResult | ConvolutionResult | ModelResult | GradientResult | MemoryResult | InversionResult;

/** Where a run took place: what has to be the same for two runs to be compared. */
export interface AdapterReport {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  /** True: timed on a CPU, comparable only with itself. */
  readonly software: boolean;
}

/** `bench/report.schema.json` describes its JSON. */
export interface BenchReport {
  readonly version: 2;
  /** ISO 8601 */
  readonly date: string;
  readonly adapter: AdapterReport;
  /** `Node 20.20.2 (linux x64)`, or the browser's user agent. */
  readonly runtime: string;
  /** Classes of convolutions whose kernel was measured on this machine before (`ganvas tune`); 0: all by default. */
  readonly tunedKernels: number;
  /** Of the device that was used. */
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
  /** Step of the GPU's timer, nanoseconds; null without timestamp queries. */
  readonly timestampQuantum: number | null;
  readonly peak: Peak | null;
  readonly results: readonly BenchResult[];
}

/** One thing that was timed. */
export interface Figure {
  readonly name: string;
  readonly milliseconds: Spread;
}

/** Everything that was timed in a run, under names that say which suite it is of. */
export function figuresOf({ results }: BenchReport): Figure[] {
  return results.flatMap((result): Figure[] => {
    switch (result.suite) {
      case 'ops':
        return [{ name: result.name, milliseconds: inMilliseconds(result.wallMicroseconds) }];
      case 'convolutions':
        return [
          { name: `${result.name}, naive`, milliseconds: result.naiveMilliseconds },
          ...Object.entries(result.wallMilliseconds).map(([method, milliseconds]) => ({
            name: `${result.name}, ${method}`,
            milliseconds,
          })),
        ];
      case 'models':
        return [{ name: result.name, milliseconds: result.wallMilliseconds }];
      case 'gradients':
        return [{ name: result.name, milliseconds: result.bothMilliseconds }];
      case 'peers':
        return [
          { name: `${result.name}, ganvas beside peers`, milliseconds: result.ganvas.wallMilliseconds },
          ...Object.entries(result.peers).map(([peer, { wallMilliseconds }]) => ({
            name: `${result.name}, ${peer}`,
            milliseconds: wallMilliseconds,
          })),
        ];
      case 'memory':
      case 'inversion':
        return [];
    }
  });
}

function inMilliseconds({ median, quartiles, samples }: Spread): Spread {
  return { median: median / 1000, quartiles: [quartiles[0] / 1000, quartiles[1] / 1000], samples };
}

export interface Comparison {
  readonly name: string;
  readonly before: Spread;
  readonly after: Spread;
  /** How many times as fast: above 1 is faster. */
  readonly speedup: number;
  /** Whether the quartiles lie apart; else the difference may be chance. */
  readonly isClear: boolean;
}

/**
 * What both runs timed, in the order of `after`.
 * @throws GanvasError `bench-other-adapter`: times of two adapters, or of two runtimes, say nothing about the kernels;
 *   `bench-nothing-shared`
 */
export function compareReports(before: BenchReport, after: BenchReport): Comparison[] {
  const [one, other] = [placeOf(before), placeOf(after)];
  if (one !== other) {
    throw new GanvasError(
      'bench-other-adapter',
      `These runs took place on different adapters: ${one}; ${other}. Only runs on one adapter can be compared.`,
      { before: one, after: other },
    );
  }
  const earlier = new Map(figuresOf(before).map(({ name, milliseconds }) => [name, milliseconds]));
  const rows = figuresOf(after).flatMap(({ name, milliseconds }): Comparison[] => {
    const was = earlier.get(name);
    if (was === undefined) return [];
    const [low, high] = milliseconds.quartiles;
    const isClear = high < was.quartiles[0] || low > was.quartiles[1];
    return [{ name, before: was, after: milliseconds, speedup: was.median / milliseconds.median, isClear }];
  });
  if (rows.length > 0) return rows;
  throw new GanvasError(
    'bench-nothing-shared',
    'These runs timed nothing alike. Run the same suites as the earlier one did.',
  );
}

/** Adapter, driver and runtime, without what changes with every patch of a browser. */
function placeOf({ adapter, runtime }: BenchReport): string {
  const { vendor, architecture, description } = adapter;
  const browser = /(Chrome|Firefox|Version)\/(\d+)/.exec(runtime);
  const where = browser === null ? runtime.replace(/(\d+)\.\d+\.\d+/, '$1') : `${browser[1] ?? ''} ${browser[2] ?? ''}`;
  return [vendor, architecture, description, where].filter((part) => part !== '').join(' · ');
}

/** @throws GanvasError `bench-not-a-report` */
export function parseReport(text: string, name: string): BenchReport {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  if (isReport(value)) return value;
  throw new GanvasError(
    'bench-not-a-report',
    `${name} is no report of this benchmark. Expected JSON of version 2, as ganvas bench --json writes it.`,
    { name },
  );
}

function isReport(value: unknown): value is BenchReport {
  if (typeof value !== 'object' || value === null) return false;
  const { version, adapter, runtime, results } = value as Partial<Record<keyof BenchReport, unknown>>;
  const isKnown = version === 2 && typeof runtime === 'string' && typeof adapter === 'object' && adapter !== null;
  return (
    isKnown &&
    Array.isArray(results) &&
    results.every((each) => typeof (each as BenchResult | null)?.suite === 'string')
  );
}
