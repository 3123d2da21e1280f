// npm run test:golden -- [filter]
//
// Runs tests/**/*.golden.test.ts on the folder named by GOLDEN_DIR (default tests/golden), restricted to the cases
// whose name contains the filter; the tests find both in GOLDEN_DIR and GOLDEN_FILTER. Each case is a
// `describe('golden <case>')`. Fails when the folder or the filter gives no case that was checked.
import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { recordCounts, root, runVitest } from './vitest-run.mjs';

const filter = process.argv[2] ?? '';
// npm runs scripts in the project's folder; a relative folder means the one the command was typed in.
const folder = process.env['GOLDEN_DIR']
  ? resolve(process.env['INIT_CWD'] ?? process.cwd(), process.env['GOLDEN_DIR'])
  : resolve(root, 'tests', 'golden');

/**
 * @param {string} message
 * @returns {number}
 */
function refuse(message) {
  console.error(message);
  recordCounts('golden', { passed: 0, failed: 1 });
  return 1;
}

function main() {
  if (!existsSync(folder)) return refuse(`GOLDEN_DIR: the folder ${folder} does not exist.`);
  if (readdirSync(folder).length === 0) return refuse(`GOLDEN_DIR: the folder ${folder} is empty.`);
  const { counts, tests } = runVitest('golden', ['.golden.test.ts'], { GOLDEN_DIR: folder, GOLDEN_FILTER: filter });
  if (counts.failed > 0) return 1;
  const cases = tests
    .map((test) => /^golden (\S+)/.exec(test.fullName.trim())?.[1])
    .filter((name) => name !== undefined);
  const checked = new Set(cases.filter((name) => name.includes(filter)));
  if (checked.size === 0) return refuse(`No golden case in ${folder} matches "${filter}" and was checked.`);
  console.log(`Golden cases checked: ${[...checked].join(', ')}.`);
  return 0;
}

process.exitCode = main();
