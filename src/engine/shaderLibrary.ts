import { wgsl } from 'wgsl-preprocessor/wgsl-preprocessor.js';
import { GanvasError } from './errors.js';
import { at } from './shape.js';

export type Flags = Readonly<Record<string, boolean>>;

export interface ShaderBinding {
  readonly name: string;
  readonly index: number;
  readonly type: 'uniform' | 'read-only-storage' | 'storage';
}

export interface ShaderParam {
  readonly name: string;
  readonly type: 'u32' | 'i32' | 'f32';
}

/** One shader with its flags resolved, and what the host must know of it. */
export interface ResolvedShader {
  readonly code: string;
  readonly bindings: readonly ShaderBinding[];
  readonly params: readonly ShaderParam[];
  /** `shaders/conv2d.wgsl:41` for a 1-based line of `code`. */
  locate(line: number): string;
}

const directive = /^[ \t]*#(if|elif)[ \t]+(\w+)/gm;
const importLine = /^\/\/ @import (\S+)\s*$/;
/** Marks each line with its origin through the preprocessor, which drops lines and so shifts numbers. */
const originMark = /[ \t]*\/\/§(\d+)$/;

interface SourceLine {
  readonly text: string;
  readonly file: string;
  readonly line: number;
}

/** A set of `.wgsl` texts, by path under `shaders/` without the ending. */
export class ShaderLibrary {
  constructor(private readonly sources: ReadonlyMap<string, string>) {}

  /** Names of the compute kernels; `lib/` holds functions for them, `render/` what draws to a screen. */
  names(): string[] {
    return [...this.sources.keys()].filter((name) => !/^(lib|render)\//.test(name)).sort();
  }

  /** Flags a shader and its imports test, in order of appearance. */
  flagsOf(name: string): string[] {
    const text = this.withImports(name)
      .map((line) => line.text)
      .join('\n');
    return [...new Set([...text.matchAll(directive)].map((match) => at(match, 2)))];
  }

  /** The files a shader consists of: itself and what it imports, however deep. */
  filesOf(name: string): string[] {
    return [...new Set(this.withImports(name).map((line) => line.file))];
  }

  /**
   * Expands `// @import lib/x` (each file once) and resolves `#if flag`.
   * @throws GanvasError `shader-missing`, `shader-import-cycle` or `shader-flag` when the host and the file disagree.
   */
  resolve(name: string, flags: Flags): ResolvedShader {
    const lines = this.withImports(name);
    const marked = lines.map((line, index) => `${line.text} //§${index}`).join('\n');
    const resolved = preprocess(name, marked, flags).split('\n');
    const origins = resolved.map((line) => originMark.exec(line)?.[1]);
    const code = resolved.map((line) => line.replace(/[ \t]*\/\/§.*$/, '')).join('\n');
    return {
      code,
      bindings: parseBindings(code),
      params: parseParams(code),
      locate: (line) => {
        const origin = origins[line - 1];
        const source = origin === undefined ? undefined : lines[Number(origin)];
        return source === undefined ? `shaders/${name}.wgsl` : `shaders/${source.file}.wgsl:${source.line}`;
      },
    };
  }

  private withImports(name: string, chain: readonly string[] = [], done = new Set<string>()): SourceLine[] {
    if (chain.includes(name)) {
      throw new GanvasError('shader-import-cycle', `Shader imports form a circle: ${[...chain, name].join(' → ')}.`);
    }
    if (done.has(name)) return [];
    done.add(name);
    const source = this.sources.get(name);
    if (source === undefined) {
      throw new GanvasError(
        'shader-missing',
        `There is no shader shaders/${name}.wgsl; it was asked for by ${chain.at(-1) ?? 'an op'}.`,
      );
    }
    return source.split('\n').flatMap((text, index) => {
      const imported = importLine.exec(text)?.[1];
      return imported === undefined
        ? [{ text, file: name, line: index + 1 }]
        : this.withImports(imported, [...chain, name], done);
    });
  }
}

/** The shaders of this project: every `.wgsl` file under `shaders/`. */
export const bundledShaders = new ShaderLibrary(
  new Map(
    Object.entries(
      import.meta.glob<string>('../../shaders/**/*.wgsl', { query: '?raw', import: 'default', eager: true }),
    ).map(([path, text]) => [path.replace(/^.*\/shaders\//, '').replace(/\.wgsl$/, ''), text]),
  ),
);

/** Feeds a `.wgsl` text to the `wgsl` tag, whose `#if` takes its value from a template slot, not from a name. */
function preprocess(name: string, text: string, flags: Flags): string {
  const strings: string[] = [];
  const values: boolean[] = [];
  let from = 0;
  for (const match of text.matchAll(directive)) {
    const flag = at(match, 2);
    const value = flags[flag];
    if (value === undefined)
      throw new GanvasError('shader-flag', `shaders/${name}.wgsl tests the flag ${flag}, which was not given.`);
    const end = match.index + match[0].length;
    strings.push(text.slice(from, end - flag.length));
    values.push(value);
    from = end;
  }
  strings.push(text.slice(from));
  return wgsl(strings, ...values);
}

function parseBindings(code: string): ShaderBinding[] {
  const declaration =
    /@group\(0\)\s*@binding\((\d+)\)\s*var<\s*(uniform|storage)\s*(?:,\s*(read|read_write)\s*)?>\s*(\w+)/g;
  return [...code.matchAll(declaration)].map((match) => ({
    index: Number(match[1]),
    name: at(match, 4),
    type: match[2] === 'uniform' ? 'uniform' : match[3] === 'read_write' ? 'storage' : 'read-only-storage',
  }));
}

function parseParams(code: string): ShaderParam[] {
  const body = /struct Params \{([^}]*)\}/.exec(code)?.[1] ?? '';
  return [...body.matchAll(/^\s*(\w+)\s*:\s*(u32|i32|f32)\s*,/gm)].map((match) => ({
    name: at(match, 1),
    type: match[2] === 'f32' ? 'f32' : match[2] === 'i32' ? 'i32' : 'u32',
  }));
}
