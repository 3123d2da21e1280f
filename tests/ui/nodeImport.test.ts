import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build, type Plugin } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
let folder = '';

/** The worker is an entry of its own and never loaded where there is no page: leaving it out spares its build. */
const withoutWorker: Plugin = {
  name: 'without-worker',
  enforce: 'pre',
  transform: (code, id) =>
    id.endsWith('workbenchClient.ts') ? code.replace(/new URL\([^)]*worker\.ts'[^)]*\)/, "'worker.js'") : null,
};

/** Lit stays outside, as in the published package, so that Node picks its server build. */
beforeAll(async () => {
  folder = await mkdtemp(join(root, 'node_modules', '.ganvas-node-import-'));
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: {
      outDir: folder,
      minify: false,
      copyPublicDir: false,
      lib: { entry: { element: 'src/ui/element.ts', define: 'src/ui/define.ts' }, formats: ['es'] },
      rollupOptions: { external: /^(lit|comlink|fflate)(\/|$)/ },
    },
    plugins: [withoutWorker],
  });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(['element', 'define'])('importing %s where there is no page', (entry) => {
  it('registers nothing and reads no storage', async () => {
    const address = pathToFileURL(join(folder, `${entry}.js`)).href;
    const script = `
      Object.defineProperty(globalThis, 'localStorage', { get() { throw new Error('localStorage was read') } });
      const { GanvasEditor } = await import(${JSON.stringify(address)});
      const registered = globalThis.customElements?.get('ganvas-editor') ?? globalThis.customElements?.get('ganvas-slider');
      console.log(typeof GanvasEditor, registered === undefined);
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      cwd: tmpdir(),
    });
    expect(stdout.trim()).toBe('function true');
  });
});

it('leaves no decorator untransformed in the build', async () => {
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.js'));
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    expect(await readFile(join(folder, file), 'utf8')).not.toMatch(/@(customElement|property|state|query)\(/);
  }
});
