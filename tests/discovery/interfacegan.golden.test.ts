import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readSafetensors } from '../../src/checkpoints/safetensors.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import { fitBoundary } from '../../src/discovery/boundary.js';
import { fitLinearSvm } from '../../src/discovery/boundarySvm.js';
import { projectOut } from '../../src/latent/projectOut.js';
import { chooseExtremes, type ExtremesRequest } from '../../src/discovery/extremes.js';
import { evenlySpaced, movedBy, movedTo } from '../../src/discovery/traversal.js';
import { columnOf, cosine } from './planted.js';

interface Training {
  readonly chosen_num_or_ratio: number;
  readonly split_ratio: number;
  readonly invalid_value: number | null;
  readonly numpy_seed: number;
  readonly log: readonly string[];
}

interface Traversal {
  readonly boundary: string;
  readonly start: number;
  readonly end: number;
  readonly steps: number;
}

interface Manifest {
  readonly data: { readonly dim: number; readonly samples: number };
  readonly training: Readonly<Record<string, Training>>;
  readonly projection_fp32_vs_fp64: Readonly<Record<string, unknown>>;
  readonly interpolate: Readonly<Record<'z' | 'wplus', Traversal>>;
  readonly tol: {
    readonly boundary_cos: number;
    readonly boundary_cos_vs_tight: number;
    readonly project_max_abs: number;
    readonly interpolate_max_abs: number;
  };
}

const committedFolder = fileURLToPath(new URL('../golden', import.meta.url));
const goldenDir = process.env['GOLDEN_DIR'] ?? committedFolder;
const filter = process.env['GOLDEN_FILTER'] ?? '';
const manifestFile = path.join(goldenDir, 'methods', 'interfacegan.json');
/** A folder may hold other fixtures only; the project's own always has these. */
const hasCases = existsSync(manifestFile);
const manifest = hasCases ? (JSON.parse(readFileSync(manifestFile, 'utf8')) as Manifest) : null;
const golden = hasCases
  ? readSafetensors(readFileSync(path.join(goldenDir, 'methods', 'interfacegan.safetensors'))).networks[0]?.tensors
  : undefined;
const wanted = (name: string): boolean => `methods/interfacegan/${name}`.includes(filter);
const training = Object.entries(manifest?.training ?? {}).filter(([name]) => wanted(name));
const projections = Object.keys(manifest?.projection_fp32_vs_fp64 ?? {}).filter(wanted);
const traversals = Object.entries(manifest?.interpolate ?? {}).filter(([name]) => wanted(`interpolate/${name}`));

function tensor(name: string): Float32Array {
  const found = golden?.get(name);
  if (!found) throw new Error(`interfacegan.safetensors has no ${name}`);
  return readTensor(found);
}

function tolerances(): Manifest['tol'] {
  if (manifest === null) throw new Error('there is no manifest');
  return manifest.tol;
}

function largestDifference(ours: ArrayLike<number>, theirs: ArrayLike<number>): number {
  expect(ours).toHaveLength(theirs.length);
  return Array.from(ours).reduce((most, value, i) => Math.max(most, Math.abs(value - (theirs[i] ?? NaN))), 0);
}

/**
 * The latents [samples, dim]. A folder may hold the rows `latent_rows` only, to be small; the others are zeros here, and
 * nothing is asked of them.
 */
function latents(): Float32Array {
  const [stored, rows] = [tensor('latents'), golden?.get('latent_rows')];
  if (rows === undefined) return stored;
  const dim = stored.length / readTensor(rows).length;
  const codes = new Float32Array(allRows().length * dim);
  readTensor(rows).forEach((row, i) => codes.set(stored.subarray(i * dim, (i + 1) * dim), row * dim));
  return codes;
}

/** Whether the folder has the latents of these rows. */
function hasLatents(rows: readonly number[]): boolean {
  const stored = golden?.get('latent_rows');
  const known = stored ? new Set(readTensor(stored)) : null;
  return known === null || rows.every((row) => known.has(row));
}

const allRows = (): number[] => Array.from({ length: manifest?.data.samples ?? 0 }, (_, row) => row);

/** The scores that a case was trained on; those that the official run took as invalid are not scored. */
function scoresOf(name: string, { invalid_value: invalid }: Training): Float32Array {
  const own = golden?.get(`scores_${name}_with_invalid`);
  if (own) return readTensor(own).map((score) => (score === invalid ? NaN : score));
  const names = Object.keys(manifest?.training ?? {});
  return columnOf(tensor('scores'), names.length, names.indexOf(name));
}

/** "Accuracy for remaining set: 2680 / 3200 = 0.837500" → 0.8375 */
function loggedAccuracy({ log }: Training, set: string): number {
  const line = log.find((each) => each.startsWith(`Accuracy for ${set} set`));
  const [, right, all] = /: (\d+) \/ (\d+)/.exec(line ?? '') ?? [];
  return Number(right) / Number(all);
}

/** "Training: 280 positive, 280 negative." → 280 */
function loggedCount({ log }: Training, set: string): number {
  const line = log.find((each) => each.startsWith(`${set}:`));
  return Number(/(\d+) positive/.exec(line ?? '')?.[1]);
}

function requestOf({ chosen_num_or_ratio: chosen, split_ratio: split, numpy_seed: seed }: Training): ExtremesRequest {
  return { chosen, validation: 1 - split, seed, shuffled: 'by-score' };
}

/** Cases of whose training rows the folder has the latents, and those of which it has all. */
const fitted = training.filter(([name]) => hasLatents([...tensor(`${name}/train_indices`)]));
const whole = training.filter(() => hasLatents(allRows()));

describe('the cases of methods/interfacegan', () => {
  it('are there when the folder names them', () => {
    expect(Object.keys(manifest?.training ?? {}).length > 0).toBe(hasCases);
    if (goldenDir === committedFolder) expect(hasCases).toBe(true);
    if (hasCases && filter === '') expect(fitted.length).toBeGreaterThan(0);
  });
});

describe.each(fitted)('golden methods/interfacegan/%s', (name) => {
  it('has the boundary of the reference, from the rows that it saw', () => {
    const [codes, dim] = [latents(), manifest?.data.dim ?? NaN];
    const rows = tensor(`${name}/train_indices`);
    const labels = tensor(`${name}/train_labels`).map((label) => (label > 0 ? 1 : -1));
    const { normal } = fitLinearSvm({ codes, dim, rows, labels });
    expect(cosine(normal, tensor(`${name}/boundary_tight`))).toBeGreaterThanOrEqual(tolerances().boundary_cos_vs_tight);
    expect(cosine(normal, tensor(`${name}/boundary`))).toBeGreaterThanOrEqual(tolerances().boundary_cos);
  });
});

describe.each(training)('golden methods/interfacegan/%s', (name, expected) => {
  it('chooses the rows that the reference chose, in its order', () => {
    const scores = scoresOf(name, expected);
    const { train, validation, remaining } = chooseExtremes(scores, requestOf(expected));
    expect([...train.rows]).toEqual([...tensor(`${name}/train_indices`)]);
    expect([...train.labels]).toEqual([...tensor(`${name}/train_labels`)].map((label) => (label > 0 ? 1 : -1)));
    expect(train.rows.length).toBe(2 * loggedCount(expected, 'Training'));
    expect(validation.rows.length).toBe(2 * loggedCount(expected, 'Validation'));
    const positives = remaining.labels.filter((label) => label > 0).length;
    expect(positives).toBe(loggedCount(expected, 'Remaining'));
  });
});

describe.each(whole)('golden methods/interfacegan/%s', (name, expected) => {
  it('is as accurate as the reference', () => {
    const scores = scoresOf(name, expected);
    const dim = manifest?.data.dim ?? NaN;
    const fit = fitBoundary(latents(), dim, scores, { ...requestOf(expected), estimator: 'svm' });
    expect(cosine(fit.normal, tensor(`${name}/boundary_tight`))).toBeGreaterThanOrEqual(
      tolerances().boundary_cos_vs_tight,
    );
    expect(fit.validationAccuracy).toBe(loggedAccuracy(expected, 'validation'));
    // The reference's plane stops at 1e-3, so that samples next to it may fall on the other side.
    expect(Math.abs(fit.remainingAccuracy - loggedAccuracy(expected, 'remaining'))).toBeLessThan(0.002);
  });
});

describe.each(projections.map((name) => [name]))('golden methods/interfacegan/%s', (name) => {
  it('is the boundary without its conditions', () => {
    const [primal = '', ...conditions] = (name.split('/')[1] ?? '')
      .split('_')
      .map((part) => part.replace('cond', 'attr'));
    const boundary = (attribute: string): Float64Array => Float64Array.from(tensor(`${attribute}/boundary`));
    const found = projectOut(boundary(primal), conditions.map(boundary));
    expect(largestDifference(found, tensor(name))).toBeLessThanOrEqual(tolerances().project_max_abs);
    for (const condition of conditions) expect(Math.abs(cosine(found, boundary(condition)))).toBeLessThan(1e-12);
  });
});

describe.each(traversals)('golden methods/interfacegan/interpolate/%s', (kind, { boundary, start, end, steps }) => {
  it('moves to a distance in z, and by a distance in W+', () => {
    const [code, move] =
      kind === 'z' ? [tensor('interpolate/code'), movedTo] : [tensor('interpolate/wplus_code'), movedBy];
    const normal = tensor(boundary);
    const found = [...evenlySpaced(start, end, steps)].flatMap((distance) => [...move(code, normal, distance)]);
    expect(largestDifference(found, tensor(`interpolate/${kind}`))).toBeLessThanOrEqual(
      tolerances().interpolate_max_abs,
    );
  });
});
