// node scripts/check-layers.mjs: every import of src and bench points down, and none runs in a circle.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { layerViolations } from './layers.mjs';

const root = join(import.meta.dirname, '..');

/** @returns {Map<string, string>} path → source, of every TypeScript file of src and bench */
export function projectSources() {
  const folders = ['src', 'bench'].filter((folder) => existsSync(join(root, folder)));
  const paths = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`),
  );
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

if (process.argv[1] === import.meta.filename) {
  const sources = projectSources();
  const violations = layerViolations(sources);
  for (const violation of violations) console.error(violation);
  if (violations.length > 0) process.exitCode = 1;
  else console.log(`Layers: ${sources.size} files, every import points down.`);
}
