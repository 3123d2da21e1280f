import type { Browser } from 'puppeteer';
import { launchChromium } from '../scripts/chromium.mjs';
import { serveSite } from '../scripts/serve-site.mjs';

/** Headless Chromium; without `webgpu` its `requestAdapter` gives null, as on a machine where WebGPU cannot be used. */
export function launchBrowser(options: { webgpu: boolean }): Promise<Browser> {
  return launchChromium(options);
}

/** Serves the built editor page (rebuilt when stale) on a free port of 127.0.0.1; `url` ends with a slash. */
export function serveApp(): Promise<{ url: string; close: () => Promise<void> }> {
  return serveSite();
}
