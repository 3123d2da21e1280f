// Static pages on a free port, for the tests and the screenshot.
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { preview } from 'vite';

const root = join(import.meta.dirname, '..');

/**
 * The built editor page, built anew when stale.
 * @returns {Promise<{ url: string, close: () => Promise<void> }>} `url` ends with a slash
 */
export async function serveSite() {
  await promisify(execFile)(process.execPath, [join(root, 'scripts', 'build.mjs'), '--if-stale', 'site']);
  return serveFolder(join(root, 'dist', 'site'));
}

/**
 * Any folder of files.
 * @param {string} folder
 * @returns {Promise<{ url: string, close: () => Promise<void> }>} `url` ends with a slash
 */
export async function serveFolder(folder) {
  const server = await preview({
    configFile: false,
    // Outside the folder that is served, or Vite warns that a build could overwrite it.
    root: dirname(folder),
    logLevel: 'warn',
    build: { outDir: folder },
    preview: { port: 0, host: '127.0.0.1', open: false },
  });
  const address = server.httpServer.address();
  if (address === null || typeof address === 'string') throw new Error('The page server has no port.');
  return { url: `http://127.0.0.1:${address.port}/`, close: () => server.close() };
}
