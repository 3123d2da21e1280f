import { expect, test } from 'vitest';
import { projectSources } from '../../scripts/check-layers.mjs';
import { importsIn, layerViolations } from '../../scripts/layers.mjs';

const violationsOf = (files: Record<string, string>) => layerViolations(new Map(Object.entries(files)));

test('every import of the project points down and none runs in a circle', () => {
  const sources = projectSources();
  expect(sources.size).toBeGreaterThan(10);
  expect(layerViolations(sources)).toEqual([]);
});

test('imports that point down, or stay in their folder, pass', () => {
  const files = {
    'src/engine/tensor.ts': 'export interface Tensor {}',
    'src/engine/graph.ts': "import type { Tensor } from './tensor.js'; export type Graph = Tensor[];",
    'src/workbench/worker.ts': "import '../engine/graph.js'; import { expose } from 'comlink';",
    'src/ui/editor.ts': "new Worker(new URL('../workbench/worker.ts', import.meta.url), { type: 'module' });",
    'src/index.ts': "export * from './workbench/worker.js';",
    'src/cli/main.ts': "const { bench } = await import('../../bench/main.js');",
    'bench/main.ts': "import '../src/workbench/worker.js';",
  };
  expect(violationsOf(files)).toEqual([]);
});

test.each([
  ['import', "import { run } from '../workbench/run.js';"],
  ['type import', "import type { Run } from '../workbench/run.js';"],
  ['re-export', "export { run } from '../workbench/run.js';"],
  ['dynamic import', "await import('../workbench/run.js');"],
  ['import type node', "let x: import('../workbench/run.js').Run;"],
  ['worker', "new Worker(new URL('../workbench/run.ts', import.meta.url));"],
])('an upward %s fails', (_, source) => {
  const files = { 'src/ops/conv2d.ts': source, 'src/workbench/run.ts': 'export const run = 1; export type Run = 1;' };
  expect(violationsOf(files)).toEqual(['src/ops/conv2d.ts imports src/workbench/run.ts: from ops up to workbench.']);
});

test('siblings of one row do not import each other unless the table lists it', () => {
  const files = {
    'src/editing/edit.ts': "import '../checkpoints/read.js';",
    'src/checkpoints/read.ts': '',
    'src/ui/editor.ts': "import '../cli/main.js';",
    'src/cli/main.ts': '',
  };
  expect(violationsOf(files)).toEqual([
    'src/editing/edit.ts imports src/checkpoints/read.ts: from editing sideways to checkpoints.',
    'src/ui/editor.ts imports src/cli/main.ts: from ui sideways to cli.',
  ]);
});

test('the entry leaves the faces out, and no layer imports the entry', () => {
  const files = {
    'src/index.ts': "export * from './ui/editor.js';",
    'src/ui/editor.ts': '',
    'src/ops/add.ts': "import '../index.js';",
  };
  expect(violationsOf(files)).toEqual([
    'src/index.ts imports src/ui/editor.ts: the entry leaves the faces out.',
    'src/ops/add.ts imports src/index.ts: only users of the package import its entry.',
  ]);
});

test('a circle fails, through types and through three files', () => {
  const files = {
    'src/engine/a.ts': "import './b.js';",
    'src/engine/b.ts': "import type { C } from './c.js';",
    'src/engine/c.ts': "export * from './a.js'; export type C = 1;",
  };
  expect(violationsOf(files)).toEqual([
    'Circular import: src/engine/a.ts > src/engine/b.ts > src/engine/c.ts > src/engine/a.ts.',
  ]);
});

test('a folder that the table does not know fails', () => {
  expect(violationsOf({ 'src/helpers/misc.ts': '', 'src/stray.ts': '', 'src/shaders.d.ts': '' })).toEqual([
    'src/helpers/misc.ts is in no layer.',
    'src/stray.ts is in no layer.',
  ]);
});

test('specifiers in comments and strings are no imports', () => {
  expect(importsIn("// import '../up.js'\nconst text = \"import '../up.js'\"; import 'down';")).toEqual(['down']);
});
