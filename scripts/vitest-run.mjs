// Runs vitest and counts its results, for `npm test`, the golden suite and continuous integration.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');
export const resultsFolder = join(root, '.cache', 'results');

/**
 * @typedef {{ passed: number, failed: number }} Counts
 * @typedef {{ fullName: string, status: string }} TestResult
 * @typedef {{ name: string, status: string, message?: string, assertionResults: TestResult[] }} FileResult
 */

/**
 * @param {string} name of the report, `.cache/results/<name>.json`
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string>>} [env]
 * @returns {{ counts: Counts, tests: readonly TestResult[] }}
 */
export function runVitest(name, args, env = {}) {
  const report = join(root, '.cache', `vitest-${name}.json`);
  rmSync(report, { force: true });
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const { status } = spawnSync(
    process.execPath,
    [vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } },
  );
  const files = readReport(report);
  const counts = countResults(files, status === 0);
  recordCounts(name, counts);
  return { counts, tests: files.flatMap((file) => file.assertionResults) };
}

/**
 * @param {string} report
 * @returns {FileResult[]}
 */
function readReport(report) {
  try {
    return /** @type {{ testResults: FileResult[] }} */ (JSON.parse(readFileSync(report, 'utf8'))).testResults;
  } catch {
    return [];
  }
}

/**
 * A file that breaks before its tests counts as one failure, and so does a run that fails with no test to blame
 * (an unhandled rejection, a crash). A skipped test is a failure too: nothing here may skip.
 * @param {readonly FileResult[]} files
 * @param {boolean} succeeded vitest's exit status was 0
 * @returns {Counts}
 */
export function countResults(files, succeeded) {
  const tests = files.flatMap((file) => file.assertionResults);
  const passed = tests.filter((test) => test.status === 'passed').length;
  const broken = files.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status === 'passed'),
  ).length;
  const failed = tests.length - passed + broken;
  return { passed, failed: failed === 0 && !succeeded ? 1 : failed };
}

/**
 * @param {string} name
 * @param {Counts} counts
 */
export function recordCounts(name, counts) {
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(join(resultsFolder, `${name}.json`), JSON.stringify(counts));
}
