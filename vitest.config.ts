import { defineConfig } from 'vitest/config';

const ofPage = 'tests/ui/**/*.test.ts';
const inBrowser = 'tests/e2e/**/*.test.ts';

/**
 * `node`: everything that runs in Node, GPU tests on Dawn. `ui`: Chromium shows the editor on a drawn face, without a GPU.
 * `browser`: Chromium shows the built page with the real engine.
 */
export default defineConfig({
  root: import.meta.dirname,
  test: {
    globalSetup: ['tests/setup/vulkan.ts'],
    // Processes, not threads: the Vulkan loader reads the process's environment, and each file has its own Dawn.
    pool: 'forks',
    maxWorkers: 2,
    passWithNoTests: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          include: ['tests/**/*.test.ts'],
          exclude: [ofPage, inBrowser],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'ui',
          include: [ofPage],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: [inBrowser],
          // SwiftShader compiles and draws on the CPU: one page at a time, and patience.
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
