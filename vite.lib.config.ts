import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { compactShaders } from './scripts/compactShaders.js';

/**
 * Lit's builds for Node run in browsers as well, and fall back to stand-ins where there is no `document` or
 * `HTMLElement`; its browser builds fail on import there. With these a server can import the element.
 */
function litThatImportsAnywhere(): Plugin {
  return {
    name: 'ganvas-lit-that-imports-anywhere',
    enforce: 'pre',
    resolveId(id) {
      const isLit = /^(lit|lit-html|lit-element|@lit\/reactive-element|@lit-labs\/ssr-dom-shim)(\/|$)/.test(id);
      return isLit ? fileURLToPath(import.meta.resolve(id)) : null;
    },
  };
}

/**
 * The package's entries, each self-contained with its dependencies and the Worker, so that a plain
 * `<script type="module">` can embed the element without a bundler.
 */
export default defineConfig({
  root: import.meta.dirname,
  // Relative to the importing file: a consumer may serve the package from anywhere.
  base: './',
  publicDir: false,
  plugins: [compactShaders(), litThatImportsAnywhere()],
  worker: { format: 'es', plugins: () => [compactShaders()] },
  build: {
    outDir: 'dist/lib',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: {
        index: 'src/index.ts',
        workbench: 'src/workbench/index.ts',
        methods: 'src/workbench/methods.ts',
        element: 'src/ui/element.ts',
        define: 'src/ui/define.ts',
      },
      preserveEntrySignatures: 'strict',
      output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
    },
  },
});
