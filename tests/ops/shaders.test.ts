import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { ResourceType, WgslReflect } from 'wgsl_reflect/wgsl_reflect.module.js';
import type { KernelCall } from '../../src/engine/kernel.js';
import { packParams, PipelineCache } from '../../src/engine/pipelines.js';
import { bundledShaders, ShaderLibrary, type Flags } from '../../src/engine/shaderLibrary.js';
import { testDevice } from '../setup/gpu.js';

let device: GPUDevice;
beforeAll(async () => {
  device = await testDevice({ requiredFeatures: ['shader-f16'] });
});

function combinationsOf(flags: readonly string[]): Flags[] {
  return Array.from({ length: 2 ** flags.length }, (_, bits) =>
    Object.fromEntries(flags.map((flag, index) => [flag, ((bits >> index) & 1) === 1])),
  );
}

/** What the shader needs compiled, without numbers. */
const callOf = (shader: string, flags: Flags): KernelCall => ({
  shader,
  flags,
  constants: {},
  params: {},
  bindings: {},
  workgroups: [1, 1, 1],
  flops: 0,
});

const errorsOf = async (code: string): Promise<string[]> => {
  const { messages } = await device.createShaderModule({ code }).getCompilationInfo();
  return messages.filter(({ type }) => type === 'error').map(({ message }) => message);
};

describe.each(bundledShaders.names())('%s', (name) => {
  const combinations = combinationsOf(bundledShaders.flagsOf(name));

  test(`compiles with every combination of its flags (${combinations.length})`, async () => {
    for (const flags of combinations) expect(await errorsOf(bundledShaders.resolve(name, flags).code)).toEqual([]);
  });

  test('becomes a pipeline with no flag and with all, with the layout that was parsed', async () => {
    device.pushErrorScope('validation');
    const cache = new PipelineCache(device);
    for (const flags of new Set([combinations[0] ?? {}, combinations.at(-1) ?? {}])) {
      await expect(cache.get(callOf(name, flags))).resolves.toMatchObject({
        shader: { code: expect.any(String) as string },
      });
    }
    expect(await device.popErrorScope()).toBeNull();
  });

  test('has the bindings and params that a WGSL parser finds', () => {
    for (const flags of combinations) {
      const { code, bindings, params } = bundledShaders.resolve(name, flags);
      const reflected = new WgslReflect(code);
      const groups = reflected.getBindGroups();
      expect(groups).toHaveLength(1);
      const found = (groups[0] ?? []).flatMap((resource) =>
        resource === undefined ? [] : [{ name: resource.name, index: resource.binding, type: typeOf(resource) }],
      );
      const byIndex = (a: { index: number }, b: { index: number }): number => a.index - b.index;
      expect([...bindings].sort(byIndex)).toEqual(found.sort(byIndex));
      const struct = reflected.structs.find((each) => each.name === 'Params');
      // A kernel that finds everything in a table has none.
      const members = struct?.members ?? [];
      expect(params).toEqual(members.map((member) => ({ name: member.name, type: member.type.name })));
      // Scalars follow each other by 4 bytes, as packParams lays them out.
      expect(members.map((member) => member.offset)).toEqual(params.map((_, index) => index * 4));
    }
  });
});

function typeOf({ resourceType, access }: { resourceType: ResourceType; access: string }): string {
  if (resourceType === ResourceType.Uniform) return 'uniform';
  return access === 'read_write' ? 'storage' : 'read-only-storage';
}

const folder = fileURLToPath(new URL('../../shaders', import.meta.url));
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.wgsl'));

describe.each(files)('shaders/%s', (file) => {
  const text = readFileSync(`${folder}/${file}`, 'utf8');

  test('begins with a comment that says what it computes, and names every flag it tests', () => {
    const header = /^(?:\/\/ .*\n)+/.exec(text)?.[0] ?? '';
    expect(header.replaceAll(/^\/\/ @import.*\n/gm, '')).toMatch(/^\/\/ .{40}/);
    for (const [, flag = ''] of text.matchAll(/^\s*#(?:if|elif)\s+(\w+)/gm)) {
      const told = header.includes(flag) || /lib\/epilogue/.test(header);
      expect(told, flag).toBe(true);
    }
  });

  test('has no directive in a comment, where the preprocessor would obey it', () => {
    expect(text.split('\n').filter((line) => /\/\/.*#(if|elif|else|endif)/.test(line))).toEqual([]);
  });

  test('has no numbers of a workgroup but those of its constant', () => {
    expect(text).not.toMatch(/@workgroup_size\(\d/);
  });
});

test('what draws to a screen compiles as well', async () => {
  const drawn = files.filter((file) => file.startsWith('render/')).map((file) => file.replace(/\.wgsl$/, ''));
  for (const name of drawn) {
    for (const flags of combinationsOf(bundledShaders.flagsOf(name))) {
      expect(await errorsOf(bundledShaders.resolve(name, flags).code)).toEqual([]);
    }
  }
});

describe('a shader that does not compile', () => {
  const good = '@compute @workgroup_size(1)\nfn main() {\n  helper();\n}';
  const library = (texts: Readonly<Record<string, string>>): ShaderLibrary =>
    new ShaderLibrary(new Map(Object.entries(texts)));
  const compile = (texts: Readonly<Record<string, string>>, flags: Flags = {}) =>
    new PipelineCache(device, library(texts)).get(callOf('kernel', flags));
  const failure = (where: string) =>
    expect.objectContaining({
      code: 'shader-error',
      message: expect.stringContaining(`${where}: `) as string,
    }) as Error;

  test('is named by file and line', async () => {
    const texts = { kernel: '// A kernel.\n\n@compute @workgroup_size(1)\nfn main() {\n  let x: u32 = -1.5;\n}' };
    await expect(compile(texts)).rejects.toThrow(failure('shaders/kernel.wgsl:5'));
  });

  test('is named by its own line after an import', async () => {
    const texts = {
      kernel: '// @import lib/a\n// @import lib/b\n@compute @workgroup_size(1)\nfn main() {\n  nothing();\n}',
      'lib/a': '// A.\nfn a() {\n}\n',
      'lib/b': '// @import lib/a\nfn b() {\n}\n',
    };
    await expect(compile(texts)).rejects.toThrow(failure('shaders/kernel.wgsl:5'));
  });

  test('is named by the imported file when the mistake is there', async () => {
    const texts = {
      kernel: `// @import lib/helper\n${good}`,
      'lib/helper': '// Helps.\n\nfn helper() {\n  nothing();\n}',
    };
    await expect(compile(texts)).rejects.toThrow(failure('shaders/lib/helper.wgsl:4'));
  });

  test('is named by the line of the file, however many lines were dropped before it', async () => {
    const kernel = [
      '#if dropped',
      'fn helper() {',
      '  let a = 1;',
      '}',
      '#else',
      'fn helper() {',
      '#if kept',
      '  let b = 1;',
      '#endif',
      '  nothing();',
      '}',
      '#endif',
      good,
    ].join('\n');
    await expect(compile({ kernel }, { dropped: false, kept: true })).rejects.toThrow(
      failure('shaders/kernel.wgsl:10'),
    );
    await expect(compile({ kernel }, { dropped: false, kept: false })).rejects.toThrow(
      failure('shaders/kernel.wgsl:10'),
    );
    await expect(compile({ kernel }, { dropped: true, kept: false })).resolves.toBeDefined();
  });

  test('is named by its file when only the pipeline is wrong', async () => {
    const kernel = 'override SIZE: u32 = 100000u;\n@compute @workgroup_size(SIZE)\nfn main() {\n}';
    await expect(compile({ kernel })).rejects.toThrow(failure('shaders/kernel.wgsl'));
  });

  test('is compiled once, and fails every time it is asked for', async () => {
    const cache = new PipelineCache(device, library({ kernel: 'fn main() { nothing(); }' }));
    const first = cache.get(callOf('kernel', {}));
    expect(cache.get(callOf('kernel', {}))).toBe(first);
    await expect(first).rejects.toThrow(failure('shaders/kernel.wgsl:1'));
  });
});

describe('a shader library', () => {
  const library = new ShaderLibrary(
    new Map([
      ['kernel', '// @import lib/a\nfn main() {}'],
      ['lib/a', '// @import lib/b\nfn a() {}'],
      ['lib/b', '// @import lib/a\nfn b() {}'],
      ['lost', '// @import lib/nothing\nfn main() {}'],
      ['flagged', '#if wanted\nfn main() {}\n#endif'],
    ]),
  );

  test('refuses imports that form a circle', () => {
    expect(() => library.resolve('kernel', {})).toThrow(
      expect.objectContaining({ code: 'shader-import-cycle' }) as Error,
    );
    expect(() => library.resolve('kernel', {})).toThrow('lib/a → lib/b → lib/a');
  });

  test('names a file that is missing and who asked for it', () => {
    expect(() => library.resolve('lost', {})).toThrow(expect.objectContaining({ code: 'shader-missing' }) as Error);
    expect(() => library.resolve('lost', {})).toThrow(/shaders\/lib\/nothing\.wgsl.*lost/);
  });

  test('names a flag that was not given', () => {
    expect(() => library.resolve('flagged', {})).toThrow(expect.objectContaining({ code: 'shader-flag' }) as Error);
    expect(() => library.resolve('flagged', {})).toThrow('wanted');
  });
});

describe('params', () => {
  const declared = [
    { name: 'count', type: 'u32' },
    { name: 'offset', type: 'i32' },
    { name: 'gain', type: 'f32' },
  ] as const;

  test('are laid out as declared, by name, in whole blocks of 16 bytes', () => {
    const bytes = packParams({ ...callOf('kernel', {}), params: { gain: 0.5, count: 4e9, offset: -2 } }, declared);
    expect(bytes.byteLength).toBe(16);
    const view = new DataView(bytes);
    expect([view.getUint32(0, true), view.getInt32(4, true), view.getFloat32(8, true)]).toEqual([4e9, -2, 0.5]);
  });

  test('that are missing or unknown are refused', () => {
    const call = (params: Record<string, number>) => () => packParams({ ...callOf('kernel', {}), params }, declared);
    expect(call({ count: 1, offset: 1 })).toThrow('gain');
    expect(call({ count: 1, offset: 1, gain: 1, more: 1 })).toThrow('more');
  });
});
