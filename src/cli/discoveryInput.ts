/** What `ganvas discover` is asked for, method by method. */
import type { BoundaryEstimator } from '../discovery/boundary.js';
import { MAX_SEED } from '../latent/randomState.js';
import { ALL_LAYERS } from '../latent/layerRange.js';
import type { ModelSummary } from '../workbench/api.js';
import type { DiscoveryRequest } from '../workbench/discoveryApi.js';
import { usageError, type Arguments } from './arguments.js';

export const METHODS = ['sefa', 'ganspace', 'interfacegan'] as const;
export type Method = (typeof METHODS)[number];

const ESTIMATORS = ['svm', 'mean-difference', 'logistic'] as const satisfies readonly BoundaryEstimator[];

export const DEFAULTS = {
  count: 16,
  ganspaceSamples: 100_000,
  /** Part of the samples on either side of a boundary (interfacegan train_boundary.py, `chosen_num_or_ratio`). */
  chosen: 0.02,
  interfacegan: 20_000,
} as const;

const MOST_SAMPLES = { ganspace: 1_000_000, interfacegan: 500_000 } as const;

/** Options that only some methods take. */
const OWN_OPTIONS: Readonly<Record<string, readonly Method[]>> = {
  count: ['sefa', 'ganspace'],
  at: ['ganspace'],
  samples: ['ganspace', 'interfacegan'],
  seed: ['ganspace', 'interfacegan'],
  predictor: ['interfacegan'],
  attributes: ['interfacegan'],
  space: ['interfacegan'],
  estimator: ['interfacegan'],
  chosen: ['interfacegan'],
};

/** The options as they stand, before the model is read. */
export interface DiscoveryOptions {
  readonly method: Method;
  /** The request, once the model says which spaces it has. */
  readonly requestFor: (model: ModelSummary) => DiscoveryRequest;
}

/** @throws GanvasError `usage` for values out of range and options that the method does not take */
export function readDiscoveryOptions(args: Arguments): DiscoveryOptions {
  args.requiredText('method', `${METHODS.join(', ')} or arithmetic`);
  const method = args.choice('method', METHODS) ?? 'sefa';
  checkOwnOptions(args, method);
  const layers = args.text('layers') ?? ALL_LAYERS;
  const count = args.whole('count', 1) ?? DEFAULTS.count;
  const seed = args.whole('seed', 0, MAX_SEED) ?? 0;
  if (method === 'sefa') return { method, requestFor: () => ({ method, layers, count }) };
  const samples = args.whole('samples', 2, MOST_SAMPLES[method]);
  if (method === 'ganspace') {
    const at = args.text('at');
    const request = { method, layers, count, seed, at, samples: samples ?? DEFAULTS.ganspaceSamples };
    return { method, requestFor: () => request };
  }
  const space = args.choice('space', ['z', 'w']);
  const request = {
    method,
    layers,
    seed,
    samples: samples ?? DEFAULTS.interfacegan,
    attributes: namesOf(args.text('attributes')),
    estimator: args.choice('estimator', ESTIMATORS) ?? 'svm',
    chosen: args.finite('chosen') ?? DEFAULTS.chosen,
  };
  return {
    method,
    requestFor: ({ latentSpaces }) => ({ ...request, space: space ?? (latentSpaces.includes('w') ? 'w' : 'z') }),
  };
}

function checkOwnOptions(args: Arguments, method: Method): void {
  for (const [name, methods] of Object.entries(OWN_OPTIONS)) {
    if (!args.has(name) || methods.includes(method)) continue;
    throw usageError(`--${name} is not for --method ${method}. It goes with --method ${methods.join(' or ')}.`);
  }
}

/** "a, b" → a and b, each once; none at all for null. */
function namesOf(text: string | null): readonly string[] {
  return text === null ? [] : [...new Set(text.split(',').map((name) => name.trim()))];
}
