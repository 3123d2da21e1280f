// Prints `N passed, N failed` over all results recorded since `npm test` began; fails when any failed or none ran.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { resultsFolder } from './vitest-run.mjs';

const files = existsSync(resultsFolder) ? readdirSync(resultsFolder) : [];
let passed = 0;
let failed = 0;
for (const file of files) {
  const counts = /** @type {import('./vitest-run.mjs').Counts} */ (
    JSON.parse(readFileSync(join(resultsFolder, file), 'utf8'))
  );
  passed += counts.passed;
  failed += counts.failed;
}
// A run that counted nothing did not succeed.
if (passed + failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
