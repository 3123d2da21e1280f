// npm test: everything a change must pass, the quick checks first; stops at the first that fails.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { recordCounts, resultsFolder, root, runVitest } from './vitest-run.mjs';

/** @param {readonly string[]} path */
const installed = (...path) => join(root, 'node_modules', ...path);
const script = (/** @type {string} */ name) => join(root, 'scripts', name);

/** @type {readonly (readonly [title: string, ...args: string[]])[]} */
const CHECKS = [
  ['Layers', script('check-layers.mjs')],
  ['Format', installed('prettier', 'bin', 'prettier.cjs'), '--check', '--log-level', 'warn', '.'],
  ['Types', installed('typescript', 'bin', 'tsc'), '-p', '.'],
  ['Lint', installed('eslint', 'bin', 'eslint.js'), '--max-warnings', '0', '.'],
  ['Build', script('build.mjs'), 'site', 'cli', 'lib', 'types'],
  ['Sizes', script('check-sizes.mjs')],
];

/**
 * @param {string} title
 * @param {readonly string[]} args
 */
function passes(title, args) {
  const begun = Date.now();
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  const seconds = ((Date.now() - begun) / 1000).toFixed(1);
  console.log(`${status === 0 ? 'passed' : 'FAILED'}  ${title} (${seconds} s)`);
  return status === 0;
}

function main() {
  rmSync(resultsFolder, { recursive: true, force: true });
  if (process.platform !== 'win32') spawnSync('bash', [script('install-test-needs')], { stdio: 'inherit' });
  let passed = 0;
  for (const [title, ...args] of CHECKS) {
    const good = passes(title, args);
    if (good) passed += 1;
    recordCounts('checks', { passed, failed: good ? 0 : 1 });
    if (!good) return 1;
  }
  return runVitest('tests', process.argv.slice(2)).counts.failed === 0 ? 0 : 1;
}

process.exitCode = main();
