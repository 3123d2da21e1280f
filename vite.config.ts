import { cp } from 'node:fs/promises';
import { defineConfig, type Plugin } from 'vite';
import { compactShaders } from './scripts/compactShaders.js';

/** The development server serves `weights/` from the project's root; the built site carries a copy, without how they were trained. */
function copyWeights(): Plugin {
  return {
    name: 'ganvas-copy-weights',
    apply: 'build',
    async writeBundle({ dir }) {
      const filter = (path: string): boolean => !path.includes('training');
      if (dir !== undefined) await cp('weights', `${dir}/weights`, { recursive: true, filter });
    },
  };
}

/** The editor's page and, at `bench/`, the benchmark's: `npm start`, and the static site of `npm run build`. */
export default defineConfig({
  root: import.meta.dirname,
  // Relative, so that the site works below any path.
  base: './',
  plugins: [compactShaders(), copyWeights()],
  worker: { format: 'es', plugins: () => [compactShaders()] },
  server: { open: false },
  // The Worker's imports are not found by following index.html; naming them spares a reload on the first visit.
  optimizeDeps: { entries: ['index.html', 'bench/index.html', 'src/ui/**/*.ts', 'src/workbench/**/*.ts'] },
  build: {
    outDir: 'dist/site',
    emptyOutDir: true,
    target: 'es2022',
    reportCompressedSize: false,
    rolldownOptions: { input: { index: 'index.html', bench: 'bench/index.html' } },
  },
});
