// node scripts/bench-browser.mjs [--suite NAME]… [--samples N] [--json out.json] [--screenshot out.png]
//
// Runs the benchmark's page in Chromium, on SwiftShader, and prints what it shows. `peers` needs
// `npm ci --ignore-scripts --prefix bench/peers`.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createServer } from 'vite';
import { launchChromium } from './chromium.mjs';

const { values } = parseArgs({
  options: {
    suite: { type: 'string', multiple: true, default: ['peers'] },
    samples: { type: 'string', default: '30' },
    json: { type: 'string' },
    screenshot: { type: 'string' },
  },
});
const samples = Number(values.samples);
if (!(Number.isInteger(samples) && samples >= 1))
  throw new Error(`--samples ${values.samples}: expected a whole number.`);

const server = await createServer({
  configFile: 'vite.config.ts',
  logLevel: 'warn',
  server: { port: 0, host: '127.0.0.1' },
});
await server.listen();
const [address = ''] = server.resolvedUrls?.local ?? [];
const browser = await launchChromium({ webgpu: true, patient: true });
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  await page.setViewport({ width: 1000, height: 900 });
  page.on('pageerror', (error) => console.error(error));
  await page.goto(`${address}bench/`);
  await page.waitForSelector('ganvas-bench:defined');
  const { report, text } = await page.evaluate(
    async (suites, count) => {
      const bench = /** @type {import('../bench/page/benchPage.js').BenchPage} */ (
        document.querySelector('ganvas-bench')
      );
      const report = await bench.run(/** @type {import('../bench/main.js').Suite[]} */ (suites), count);
      return { report, text: bench.text };
    },
    values.suite,
    samples,
  );
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`);
  if (values.screenshot !== undefined)
    await page.screenshot({ path: /** @type {`${string}.png`} */ (values.screenshot), fullPage: true });
  console.log(text);
} finally {
  await browser.close();
  await server.close();
}
