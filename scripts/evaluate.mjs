// node scripts/evaluate.mjs [--samples N] [--seed N] [--out DIR]: builds the evaluation as the command line is built, runs
// it on the bundled model, and formats what it writes: docs/evaluation.md with the plots in docs/evaluation.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'vite';

const root = join(import.meta.dirname, '..');
process.chdir(root);

// Two folders below the project, as dist/cli is, so that `new URL('../../weights/', import.meta.url)` means the same.
await build({
  configFile: 'vite.cli.config.ts',
  logLevel: 'warn',
  build: { outDir: 'dist/evaluate', rolldownOptions: { input: { main: 'src/cli/evaluate.ts' } } },
});
const argv = process.argv.slice(2);
const { status } = spawnSync(process.execPath, ['dist/evaluate/main.js', ...argv], { stdio: 'inherit' });
process.exitCode = status ?? 1;
if (status === 0) {
  const out = argv.includes('--out') ? (argv[argv.indexOf('--out') + 1] ?? 'docs') : 'docs';
  const prettier = join('node_modules', 'prettier', 'bin', 'prettier.cjs');
  spawnSync(process.execPath, [prettier, '--write', join(out, 'evaluation.md')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
