import { defineConfig } from 'vitest/config';

const inBrowser = 'tests/{ui,e2e}/**/*.test.ts';

/** `node`: everything that runs in Node, GPU tests on Dawn. `browser`: puppeteer drives Chromium over the built page. */
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
          exclude: [inBrowser],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 0 },
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
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
