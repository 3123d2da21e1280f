import js from '@eslint/js';
import { configs as lit } from 'eslint-plugin-lit';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const headless = 'src/{engine,ops,models,latent,discovery,inversion,editing,metrics,checkpoints}/**/*.ts';

/**
 * @param {readonly string[]} names
 * @param {string} message
 * @returns {import('eslint').Linter.RulesRecord}
 */
const forbidGlobals = (names, message) => ({
  'no-restricted-globals': ['error', ...names.map((name) => ({ name, message }))],
  'no-restricted-syntax': [
    'error',
    { selector: 'TSEnumDeclaration', message: 'Use a union of string literals.' },
    {
      selector: `MemberExpression[object.name=/^(globalThis|self)$/][property.name=/^(${names.join('|')})$/]`,
      message,
    },
  ],
});
const nodeGlobals = ['process', 'Buffer', 'require', '__dirname', '__filename', 'setImmediate'];
const domGlobals = ['document', 'window', 'localStorage', 'sessionStorage', 'location'];

export default defineConfig(
  globalIgnores(['dist/', '.cache/', 'weights/', 'tests/golden/', 'docs/']),
  {
    // The rules hold without exception: a comment cannot switch one off.
    linterOptions: { noInlineConfig: true },
  },
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['.puppeteerrc.cjs'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-console': 'error',
      'no-restricted-syntax': ['error', { selector: 'TSEnumDeclaration', message: 'Use a union of string literals.' }],
    },
  },
  {
    // The browser runs everything but the command line.
    files: ['src/**/*.ts'],
    ignores: ['src/cli/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['node:*', 'webgpu'], message: 'Only src/cli may use Node.' }] },
      ],
      ...forbidGlobals(nodeGlobals, 'Only src/cli may use Node.'),
    },
  },
  {
    files: ['src/workbench/**/*.ts'],
    rules: forbidGlobals(
      [...nodeGlobals, ...domGlobals],
      'The workbench is headless; in the browser it runs in a Worker.',
    ),
  },
  {
    files: [headless],
    rules: forbidGlobals(
      [...nodeGlobals, ...domGlobals, 'navigator'],
      'Below the workbench nothing touches the page or Node; the device is handed in.',
    ),
  },
  {
    files: ['tests/**/*.ts'],
    // vitest types its asymmetric matchers (`expect.stringContaining`) as `any`.
    rules: { '@typescript-eslint/no-unsafe-assignment': 'off' },
  },
  { files: ['src/cli/**/*.ts'], rules: { 'no-console': 'off' } },
  { files: ['src/ui/**/*.ts'], ...lit['flat/recommended'] },
  {
    files: ['src/ui/**/*.ts'],
    // Lit calls `@click=${this.onClick}` with the element as `this`.
    rules: { '@typescript-eslint/unbound-method': 'off' },
  },
  {
    // tsc, which checks these files too, sees the casts that JSDoc writes; ESLint does not.
    files: ['**/*.mjs', '**/*.cjs', '**/*.js'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
  // tsc knows the names.
  { rules: { 'no-undef': 'off' } },
);
