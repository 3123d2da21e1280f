// Which Chromium the tests and the screenshot drive, and with which flags.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import puppeteer from 'puppeteer';

const PLAIN_FLAGS = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** WebGPU without a GPU: Dawn on SwiftShader, and ANGLE on the same Vulkan so that canvases can share textures. */
const WEBGPU_FLAGS = [
  '--enable-unsafe-webgpu',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
  '--use-angle=vulkan',
  '--use-webgpu-adapter=swiftshader',
  '--ignore-gpu-blocklist',
];

/** @param {{ webgpu: boolean }} options */
export function chromiumFlags({ webgpu }) {
  return webgpu ? [...PLAIN_FLAGS, ...WEBGPU_FLAGS] : PLAIN_FLAGS;
}

/**
 * `PUPPETEER_EXECUTABLE_PATH`, else the Chrome that puppeteer downloaded, else an installed Chromium or Chrome.
 * @returns {string} the executable's path
 * @throws when there is none, with how to get one
 */
export function findChromium() {
  const named = process.env['PUPPETEER_EXECUTABLE_PATH'];
  if (named) return named;
  const folders = ['/usr/bin', ...(process.env['PATH'] ?? '').split(delimiter)];
  const installed = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'].flatMap((name) =>
    folders.map((folder) => join(folder, name)),
  );
  const found = [puppeteer.executablePath(), ...installed].find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Error(
    'No Chromium was found; run "npx puppeteer browsers install chrome", or set PUPPETEER_EXECUTABLE_PATH to one.',
  );
}

/** @param {{ webgpu: boolean, patient?: boolean }} options patient: a call into the page may take as long as it likes */
export function launchChromium({ webgpu, patient = false }) {
  return puppeteer.launch({
    executablePath: findChromium(),
    headless: true,
    args: chromiumFlags({ webgpu }),
    ...(patient ? { protocolTimeout: 0 } : {}),
  });
}
