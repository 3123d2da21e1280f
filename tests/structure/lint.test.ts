import { ESLint } from 'eslint';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const eslint = new ESLint({ cwd: root });

/** The rules that break when `source` stands in an existing file: type-aware rules need one of the project. */
async function brokenRules(file: string, source: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(source, { filePath: join(root, file) });
  return (result?.messages ?? []).map((message) => message.ruleId);
}

const BELOW_WORKBENCH = 'src/engine/errors.ts';
const COMMAND_LINE = 'src/cli/vulkanDriver.ts';

test.each([
  [
    'a Node built-in',
    "import { readFileSync } from 'node:fs'; export const read = readFileSync;",
    'no-restricted-imports',
  ],
  ['document', 'export const title = document.title;', 'no-restricted-globals'],
  ['navigator', 'export const gpu = navigator.gpu;', 'no-restricted-globals'],
  ['window', 'export const width = window.innerWidth;', 'no-restricted-globals'],
  ['globalThis.navigator', 'export const gpu = globalThis.navigator.gpu;', 'no-restricted-syntax'],
  ['process', 'export const home = process.cwd();', 'no-restricted-globals'],
  ['any', 'export const x = (y: any): void => void y;', '@typescript-eslint/no-explicit-any'],
  [
    'a non-null assertion',
    'export const f = (x: string | null): string => x!;',
    '@typescript-eslint/no-non-null-assertion',
  ],
  [
    'a lost promise',
    'export const f = (): void => { Promise.resolve(1); };',
    '@typescript-eslint/no-floating-promises',
  ],
  ['an enum', 'export enum Colour { Red }', 'no-restricted-syntax'],
  [
    'a forgotten case',
    "export function f(x: 'a' | 'b'): number { switch (x) { case 'a': return 1; } return 0; }",
    '@typescript-eslint/switch-exhaustiveness-check',
  ],
])('below the workbench, %s is an error', async (_, source, rule) => {
  expect(await brokenRules(BELOW_WORKBENCH, source)).toContain(rule);
});

test('a comment cannot switch a rule off', async () => {
  const source = '// eslint-disable-next-line no-restricted-globals\nexport const title = document.title;';
  expect(await brokenRules(BELOW_WORKBENCH, source)).toContain('no-restricted-globals');
});

test('the command line may use Node', async () => {
  const source = "import { readFileSync } from 'node:fs'; export const read = [readFileSync, process.cwd()];";
  expect(await brokenRules(COMMAND_LINE, source)).toEqual([]);
});
