import { formatShape } from '../engine/shape.js';
import type { StoredNetwork, StoredTensor } from './checkpoint.js';

/** A level of the names, which dots or slashes divide. */
interface Branch {
  readonly children: Map<string, Branch>;
  tensor: StoredTensor | null;
}

/** Siblings that differ in their numbers only, such as the blocks of a network. */
interface Siblings {
  readonly names: readonly string[];
  readonly branches: readonly Branch[];
}

/**
 * The tensors of a network as an indented tree, a line each: siblings that are built alike are shown as one, with their
 * number, and what is beyond `mostLines` is counted only.
 */
export function tensorTree({ tensors }: Pick<StoredNetwork, 'tensors'>, mostLines = 60): string[] {
  const root: Branch = { children: new Map(), tensor: null };
  for (const [name, tensor] of tensors) plant(root, name.split(/(?<=[./])/), tensor);
  const lines = linesOf(root, 0);
  if (lines.length <= mostLines) return lines;
  return [...lines.slice(0, mostLines - 1), `… and ${lines.length - mostLines + 1} lines more`];
}

function plant(branch: Branch, [first, ...rest]: readonly string[], tensor: StoredTensor): void {
  if (first === undefined) {
    branch.tensor = tensor;
    return;
  }
  const child = branch.children.get(first) ?? { children: new Map<string, Branch>(), tensor: null };
  branch.children.set(first, child);
  plant(child, rest, tensor);
}

function linesOf(branch: Branch, depth: number): string[] {
  return groupsOf(branch).flatMap(({ names, branches }) => {
    const [name = '', last = ''] = [names[0], names.at(-1)];
    const [first] = branches;
    if (first === undefined) return [];
    const path =
      names.length === 1 ? straightPath(name, first) : { name: `${name} … ${last} (${names.length})`, end: first };
    const line = `${'  '.repeat(depth)}${path.name}${tensorText(branches, path.end)}`;
    return [line, ...linesOf(path.end, depth + 1)];
  });
}

/** A branch with a single child and no tensor of its own is not worth a line. */
function straightPath(name: string, branch: Branch): { readonly name: string; readonly end: Branch } {
  const [only, ...others] = branch.children;
  if (only === undefined || others.length > 0 || branch.tensor !== null) return { name, end: branch };
  return straightPath(name + only[0], only[1]);
}

function tensorText(branches: readonly Branch[], end: Branch): string {
  const shapes = branches.length === 1 ? [end.tensor] : branches.map(({ tensor }) => tensor);
  const texts = shapes.flatMap((tensor) => (tensor === null ? [] : [`${formatShape(tensor.shape)} ${tensor.dtype}`]));
  const [first, last] = [texts[0], texts.at(-1)];
  if (first === undefined) return '';
  return first === last ? ` ${first}` : ` ${first} … ${last ?? ''}`;
}

function groupsOf({ children }: Branch): Siblings[] {
  const groups = new Map<string, { names: string[]; branches: Branch[] }>();
  for (const [name, branch] of children) {
    const key = `${withoutNumbers(name)} ${/\d/.test(name) ? structureOf(branch) : name}`;
    const group = groups.get(key) ?? { names: [], branches: [] };
    groups.set(key, group);
    group.names.push(name);
    group.branches.push(branch);
  }
  return [...groups.values()];
}

const withoutNumbers = (name: string): string => name.replace(/\d+/g, '#');

/** What is below, without numbers: siblings with the same are built alike. */
function structureOf({ children, tensor }: Branch): string {
  const below = new Set([...children].map(([name, branch]) => `${withoutNumbers(name)}${structureOf(branch)}`));
  return `${tensor === null ? '' : tensor.shape.length}(${[...below].join()})`;
}
