// node scripts/check-sizes.mjs: what a page downloads for each entry of the package, gzipped, against its budget.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const lib = join(import.meta.dirname, '..', 'dist', 'lib');

/** Kilobytes of 1000 bytes, without weights. The element's include its chunks and the Worker. */
const BUDGETS = Object.freeze({ 'index.js': 80, 'workbench.js': 110, 'element.js': 160, 'define.js': 160 });

/** @returns {Map<string, string>} path in dist/lib → text */
function builtFiles() {
  const names = readdirSync(lib, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(js|css)$/.test(name));
  return new Map(names.map((name) => [name, readFileSync(join(lib, name), 'utf8')]));
}

/**
 * Every file an entry can load: those it names (imports, `import()`, Workers), and what they name. Names other than the
 * entries' carry a hash, so finding one in the text is no accident.
 * @param {string} entry
 * @param {ReadonlyMap<string, string>} files
 */
function reachable(entry, files) {
  const found = new Set([entry]);
  for (const file of found) {
    const text = files.get(file) ?? '';
    for (const name of files.keys()) {
      if (text.includes(`/${basename(name)}`)) found.add(name);
    }
  }
  return found;
}

function main() {
  if (!existsSync(lib)) {
    console.error('dist/lib does not exist; run "npm run build" first.');
    return 1;
  }
  const files = builtFiles();
  let status = 0;
  for (const [entry, budget] of Object.entries(BUDGETS)) {
    const parts = [...reachable(entry, files)];
    const bytes = parts.reduce((sum, name) => sum + gzipSync(files.get(name) ?? '', { level: 9 }).length, 0);
    const missing = files.has(entry) ? '' : ' is missing';
    const over = bytes > budget * 1000 ? ' OVER BUDGET' : '';
    if (missing !== '' || over !== '') status = 1;
    console.log(
      `${entry}${missing}: ${(bytes / 1000).toFixed(1)} kB of ${budget} kB gzipped, ${parts.length} files${over}`,
    );
  }
  return status;
}

process.exitCode = main();
