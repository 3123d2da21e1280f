// node scripts/build.mjs [--if-stale] [site] [cli] [lib] [types]      (all four when none is named)
//
// site   dist/site    the editor's page, with the weights
// cli    dist/cli     the Node command line, linked as node_modules/.bin/ganvas
// lib    dist/lib     the package's entries
// types  dist/types   their declarations
import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'vite';

const root = join(import.meta.dirname, '..');
process.chdir(root);
// A build asked for by a test must not inherit the test runner's mode: it would carry Lit's development build.
process.env['NODE_ENV'] = 'production';

/** @typedef {'site' | 'cli' | 'lib' | 'types'} Target */

/** @type {Record<Target, () => Promise<unknown>>} */
const builders = {
  site: () => build({ configFile: 'vite.config.ts', logLevel: 'warn' }),
  cli: buildCommandLine,
  lib: () => build({ configFile: 'vite.lib.config.ts', logLevel: 'warn' }),
  types: emitTypes,
};

/** What each target is made from, besides `shared`. */
const shared = ['src', 'shaders', 'package.json', 'package-lock.json', 'tsconfig.json'];
/** @type {Record<Target, string[]>} */
const sources = {
  site: ['index.html', 'bench', 'weights', 'vite.config.ts'],
  cli: ['bench', 'vite.cli.config.ts'],
  lib: ['vite.lib.config.ts'],
  types: ['tsconfig.types.json'],
};

async function buildCommandLine() {
  await build({ configFile: 'vite.cli.config.ts', logLevel: 'warn' });
  await chmod('dist/cli/main.js', 0o755);
  await linkCommandLine();
}

/**
 * npm links a package's own `bin` only where the package is a dependency. With this link `npx ganvas` in a checkout
 * runs at once, without npm's detour over its cache.
 */
async function linkCommandLine() {
  if (process.platform === 'win32') return;
  await mkdir('node_modules/.bin', { recursive: true });
  await rm('node_modules/.bin/ganvas', { force: true });
  await symlink('../../dist/cli/main.js', 'node_modules/.bin/ganvas');
}

async function emitTypes() {
  await rm('dist/types', { recursive: true, force: true });
  // Types are checked by `npm test`; here declarations are only written, so an install stays quick.
  const tsc = join('node_modules', 'typescript', 'bin', 'tsc');
  await promisify(execFile)(process.execPath, [tsc, '-p', 'tsconfig.types.json']).catch(
    (/** @type {{ stdout: string }} */ { stdout }) => {
      throw new Error(`Writing the declarations failed:\n${stdout}`);
    },
  );
}

/**
 * @param {string} path a file or folder; one that does not exist has age 0
 * @returns {Promise<number>} the latest modification below it, milliseconds
 */
async function latestChange(path) {
  const info = await stat(path).catch(() => null);
  if (info === null) return 0;
  if (!info.isDirectory()) return info.mtimeMs;
  const entries = await readdir(path);
  const times = await Promise.all(entries.map((entry) => latestChange(join(path, entry))));
  return Math.max(info.mtimeMs, ...times);
}

/** @param {Target} target */
const stampOf = (target) => join('.cache', 'build', `${target}.stamp`);

/** @param {Target} target */
async function isFresh(target) {
  const inputs = await Promise.all([...shared, ...sources[target]].map(latestChange));
  const stamped = await stat(stampOf(target)).catch(() => null);
  const output = await stat(join('dist', target)).catch(() => null);
  return stamped !== null && output !== null && stamped.mtimeMs > Math.max(...inputs);
}

/**
 * Test files run in processes of their own and may ask for the same target at once; the first one builds it.
 * @param {Target} target
 * @param {() => Promise<void>} work
 */
async function withLock(target, work) {
  const lock = join('.cache', 'build', `${target}.lock`);
  for (;;) {
    try {
      await writeFile(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch {
      const holder = Number(await readFile(lock, 'utf8').catch(() => ''));
      if (holder > 0 && !isRunning(holder)) await rm(lock, { force: true });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  try {
    await work();
  } finally {
    await rm(lock, { force: true });
  }
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {string} name
 * @returns {Target}
 */
function targetNamed(name) {
  if (name === 'site' || name === 'cli' || name === 'lib' || name === 'types') return name;
  throw new Error(`There is no build target "${name}"; the targets are site, cli, lib and types.`);
}

async function main() {
  const names = process.argv.slice(2);
  const onlyIfStale = names.includes('--if-stale');
  const named = names.filter((name) => name !== '--if-stale').map(targetNamed);
  const targets = named.length > 0 ? named : /** @type {Target[]} */ (Object.keys(builders));
  await mkdir(join('.cache', 'build'), { recursive: true });
  for (const target of targets) {
    await withLock(target, async () => {
      if (onlyIfStale && (await isFresh(target))) return;
      const begun = new Date();
      await builders[target]();
      // Dated to the start: a source saved during the build makes it stale.
      await writeFile(stampOf(target), begun.toISOString());
      await utimes(stampOf(target), begun, begun);
    });
  }
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
