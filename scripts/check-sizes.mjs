// node scripts/check-sizes.mjs: what a page downloads for each entry of the package, gzipped, against its budget.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';

const lib = join(import.meta.dirname, '..', 'dist', 'lib');

/**
 * Kilobytes of 1000 bytes, without weights, of what is loaded at once: an entry, its chunks and the Worker. The library's
 * entry names all families, formats and methods; the workbench has those of the bundled model and loads the rest; the
 * element adds the picture, the edits and the seeds. Kernels are text: those of Winograd's convolutions are 5 kB of
 * it, those that double and halve pictures another 2, groups of products, RGB layers, truncation and small maps 5 with their rules,
 * filters folded into convolutions, products in workgroup memory and over halves, and choosing kernels by measuring another 5.
 */
const BUDGETS = Object.freeze({
  'index.js': 150,
  'workbench.js': 123,
  'methods.js': 150,
  'element.js': 190,
  'define.js': 190,
});

/**
 * The same of what is loaded when it is first used, by `import()`: other families (about 25) and other formats (about 13),
 * the tools of the rail and what they compute with (inversion, discovery, dissection, walks, measures: about 100), the
 * Open panel, saving a picture. Nobody loads all of it in one visit.
 */
const ON_DEMAND_BUDGET = 160;

/** @returns {Map<string, string>} path in dist/lib → text */
function builtFiles() {
  const names = readdirSync(lib, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(js|css)$/.test(name));
  return new Map(names.map((name) => [name, readFileSync(join(lib, name), 'utf8')]));
}

/**
 * Every file an entry loads: those it names (imports, Workers), and what they name; with `onDemand` also those that it
 * names in `import()`. Names other than the entries' carry a hash, so finding one in the text is no accident.
 * @param {string} entry
 * @param {ReadonlyMap<string, string>} files
 * @param {boolean} onDemand
 */
function reachable(entry, files, onDemand) {
  const found = new Set([entry]);
  for (const file of found) {
    const whole = files.get(file) ?? '';
    const text = onDemand ? whole : whole.replace(/import\([^)]*\)/g, '');
    for (const name of files.keys()) {
      if (text.includes(`/${basename(name)}`)) found.add(name);
    }
  }
  return found;
}

/**
 * @param {Iterable<string>} names
 * @param {ReadonlyMap<string, string>} files
 */
function gzippedKilobytes(names, files) {
  let bytes = 0;
  for (const name of names) bytes += gzipSync(files.get(name) ?? '', { level: 9 }).length;
  return bytes / 1000;
}

function main() {
  if (!existsSync(lib)) {
    console.error('dist/lib does not exist; run "npm run build" first.');
    return 1;
  }
  const files = builtFiles();
  let status = 0;
  for (const [entry, budget] of Object.entries(BUDGETS)) {
    const atOnce = reachable(entry, files, false);
    const later = [...reachable(entry, files, true)].filter((name) => !atOnce.has(name));
    const [size, laterSize] = [gzippedKilobytes(atOnce, files), gzippedKilobytes(later, files)];
    const missing = files.has(entry) ? '' : ' is missing';
    const over = size > budget || laterSize > ON_DEMAND_BUDGET ? ' OVER BUDGET' : '';
    if (missing !== '' || over !== '') status = 1;
    const onDemand = later.length > 0 ? `, then ${laterSize.toFixed(1)} of ${ON_DEMAND_BUDGET} kB on demand` : '';
    console.log(
      `${entry}${missing}: ${size.toFixed(1)} kB of ${budget} kB gzipped, ${atOnce.size} files${onDemand}${over}`,
    );
  }
  return status;
}

process.exitCode = main();
