// The one table of the house's layers, and the check that every import points down it.
import { dirname, join } from 'node:path/posix';
import ts from 'typescript';

/** Lowest first. An import may point to an earlier row, or stay inside its own folder. */
export const LAYERS = Object.freeze([
  ['engine'],
  ['ops'],
  ['optimisers', 'models', 'tuning'],
  ['losses'],
  ['latent'],
  ['discovery', 'inversion', 'walks', 'editing', 'checkpoints'],
  ['metrics'],
  ['workbench'],
  ['ui', 'cli', 'bench'],
]);

/** Imports between siblings of one row that are wanted, `from > to`. */
export const SIDEWAYS = Object.freeze(['cli > bench']);

/** The package's entry `src/index.ts` joins the layers for users of the library; the faces are not in it. */
const ENTRY = 'src/index.ts';
const FACES = ['ui', 'cli', 'bench'];

/**
 * @param {string} path relative to the project, with forward slashes
 * @returns {string | null} the layer's folder, `entry`, or null for a file outside the house
 */
export function layerOf(path) {
  if (path === ENTRY) return 'entry';
  if (path.startsWith('bench/')) return 'bench';
  return /^src\/([^/]+)\//.exec(path)?.[1] ?? null;
}

/** @param {string} layer */
const rowOf = (layer) => LAYERS.findIndex((row) => row.includes(layer));

/**
 * Every module a source names: imports and re-exports (types too), `import()`, `import('…').T`, and
 * `new URL('…', import.meta.url)`, which is how a Worker is named.
 * @param {string} source
 * @returns {string[]}
 */
export function importsIn(source) {
  /** @type {string[]} */
  const found = [];
  /** @param {ts.Node | undefined} node */
  const take = (node) => {
    if (node !== undefined && ts.isStringLiteralLike(node)) found.push(node.text);
  };
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) take(node.moduleSpecifier);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) take(node.argument.literal);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) take(node.arguments[0]);
    else if (ts.isNewExpression(node) && node.expression.getText() === 'URL') take(node.arguments?.[0]);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('module.ts', source, ts.ScriptTarget.Latest, true));
  return found;
}

/**
 * @param {string} from
 * @param {string} specifier
 * @param {ReadonlyMap<string, string>} files
 * @returns {string | null} the project file it means; null for packages, shaders and weights
 */
function resolve(from, specifier, files) {
  if (!specifier.startsWith('.')) return null;
  const path = join(dirname(from), specifier.replace(/\?.*$/, ''));
  return [path, path.replace(/\.js$/, '.ts'), `${path}.ts`, `${path}/index.ts`].find((name) => files.has(name)) ?? null;
}

/**
 * @param {ReadonlyMap<string, string>} files path → source, of `src` and `bench`
 * @returns {string[]} one sentence a violation; empty when every import points down and none runs in a circle
 */
export function layerViolations(files) {
  const graph = new Map(
    [...files].map(([path, source]) => [
      path,
      importsIn(source)
        .map((specifier) => resolve(path, specifier, files))
        .filter((target) => target !== null),
    ]),
  );
  const outside = [...files.keys()].filter((path) => !belongsToALayer(path)).map((path) => `${path} is in no layer.`);
  const upward = [...graph].flatMap(([path, targets]) => targets.flatMap((target) => importViolation(path, target)));
  const circular = cycles(graph).map((cycle) => `Circular import: ${cycle.join(' > ')}.`);
  return [...outside, ...upward, ...circular];
}

/** @param {string} path */
function belongsToALayer(path) {
  const layer = layerOf(path);
  return path.endsWith('.d.ts') || layer === 'entry' || (layer !== null && rowOf(layer) >= 0);
}

/**
 * @param {string} path
 * @param {string} target
 * @returns {string[]}
 */
function importViolation(path, target) {
  const from = layerOf(path);
  const to = layerOf(target);
  if (from === to || from === null || to === null) return [];
  if (to === 'entry') return [`${path} imports ${target}: only users of the package import its entry.`];
  if (from === 'entry') return FACES.includes(to) ? [`${path} imports ${target}: the entry leaves the faces out.`] : [];
  if (rowOf(to) < rowOf(from) || SIDEWAYS.includes(`${from} > ${to}`)) return [];
  const way = rowOf(to) === rowOf(from) ? 'sideways' : 'up';
  return [`${path} imports ${target}: from ${from} ${way} to ${to}.`];
}

/**
 * @param {ReadonlyMap<string, readonly string[]>} graph
 * @returns {string[][]} each circle once, first file repeated at the end
 */
function cycles(graph) {
  /** @type {string[][]} */
  const found = [];
  /** @type {Set<string>} */
  const done = new Set();
  /** @type {string[]} */
  const path = [];
  /** @param {string} file */
  const walk = (file) => {
    const at = path.indexOf(file);
    if (at >= 0) found.push([...path.slice(at), file]);
    if (at >= 0 || done.has(file)) return;
    path.push(file);
    for (const target of graph.get(file) ?? []) walk(target);
    path.pop();
    done.add(file);
  };
  for (const file of graph.keys()) walk(file);
  return found;
}
