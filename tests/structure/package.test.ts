import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { beforeAll, expect, test } from 'vitest';
import { ensureBuilt } from '../setup/build.js';

interface PackageJson {
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
}

const root = join(import.meta.dirname, '..', '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageJson;

beforeAll(() => ensureBuilt('lib', 'cli', 'types', 'site'), 180_000);

/** Runs a program in Node, where `ganvas` is this package by its own name. */
async function runInNode(program: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { cwd: root });
  return stdout.trim();
}

test('every export and bin of package.json exists after the build', () => {
  const targets = Object.values(manifest.exports).flatMap((target) =>
    typeof target === 'string' ? [target.replace(/\/\*$/, '')] : [target.types, target.default],
  );
  const paths = [...targets, ...Object.values(manifest.bin)];
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test.each(['ganvas', 'ganvas/workbench', 'ganvas/methods', 'ganvas/element'])(
  '%s imports where there is no page',
  async (specifier) => {
    // A server that renders pages imports the element like this; in Node `document` is not even declared.
    const program = `console.log(typeof document, Object.keys(await import('${specifier}')).length > 0);`;
    expect(await runInNode(program)).toBe('undefined true');
  },
);

/** Browsers have no decorators yet, and Vite leaves them in place, without a word, under a wrong tsconfig. */
function hasDecorators(script: string): boolean {
  const visit = (node: ts.Node): boolean => ts.isDecorator(node) || (ts.forEachChild(node, visit) ?? false);
  return visit(ts.createSourceFile('script.js', script, ts.ScriptTarget.Latest, false, ts.ScriptKind.JS));
}

test('decorators are transformed in every build', () => {
  const scripts = ['lib', 'cli', 'site'].flatMap((target) => {
    const folder = join(root, 'dist', target);
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.js'))
      .map((name) => join(folder, name));
  });
  expect(scripts.length).toBeGreaterThan(4);
  expect(scripts.filter((path) => hasDecorators(readFileSync(path, 'utf8')))).toEqual([]);
});

test.each(["@customElement('x') class A {}", 'class A { @property() b; }'])('the check sees %s', (script) => {
  expect(hasDecorators(script)).toBe(true);
});

test('the command line runs from its bin', async () => {
  const bin = join(root, manifest.bin['ganvas'] ?? '');
  const { stdout } = await promisify(execFile)(process.execPath, [bin, '--version'], { cwd: root });
  expect(stdout).toContain(manifest.version);
});
