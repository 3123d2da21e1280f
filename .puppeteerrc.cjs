/**
 * The tests drive the system's Chromium, or a Chrome fetched by hand with `npx puppeteer browsers install chrome`,
 * so that `npm ci` never downloads a browser.
 * @type {import('puppeteer').Configuration}
 */
module.exports = { skipDownload: true };
