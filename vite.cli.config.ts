import { defineConfig } from 'vite';

/** The command line: one Node bundle. Only `webgpu` (Dawn) and `sharp`, optional peers with native libraries, stay outside. */
export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  ssr: { noExternal: true, external: ['webgpu', 'sharp'] },
  build: {
    ssr: true,
    outDir: 'dist/cli',
    emptyOutDir: true,
    target: 'node20',
    minify: false,
    reportCompressedSize: false,
    rolldownOptions: {
      input: { main: 'src/cli/main.ts' },
      // Chunks lie beside main.js: `new URL('../../weights/', import.meta.url)` means the same in src/cli and dist/cli.
      output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
    },
  },
});
