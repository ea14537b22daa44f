// What every hosted page must be, in every state worth a look.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const SCREENSHOTS = fileURLToPath(new URL('../../../build/screenshots/', import.meta.url));
const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  preload: false, // it would fetch style sheets once more
  resultTypes: ['violations'],
};
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };
const NARROW = { width: 320, height: 640 }; // WCAG 2.2, 1.4.10: also what 1280 pixels are at 400 %

/** What axe-core finds, a line each; nothing is well. */
export async function axeFindings(page) {
  await page.evaluate(AXE); // by the debugger, which the page's policy does not bind
  const { violations } = await page.evaluate((rules) => globalThis.axe.run(document, rules), RULES);
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary}`));
}

async function scrollsSideways(page) {
  return page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
}

/**
 * Asserts that the page as it stands has nothing for axe-core to find, by day and by night, and that it never scrolls
 * sideways, down to 320 pixels. Leaves build/screenshots/NAME-{light,dark}-{desktop,phone}.png to be looked at, and the
 * page as it was.
 */
export async function checkPage(page, name) {
  await mkdir(SCREENSHOTS, { recursive: true });
  const before = page.viewportSize();
  for (const [scheme, size, viewport] of [
    ['light', 'desktop', DESKTOP], ['dark', 'desktop', DESKTOP], ['dark', 'phone', PHONE], ['light', 'phone', PHONE],
  ]) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await page.setViewportSize(viewport);
    await page.screenshot({ path: path.join(SCREENSHOTS, `${name}-${scheme}-${size}.png`), fullPage: true, animations: 'disabled' });
    assert.equal(await scrollsSideways(page), false, `${name} scrolls sideways on a ${size}`);
    const looked = (scheme === 'light') === (size === 'desktop'); // both schemes, both sizes, in two runs
    if (looked) assert.deepEqual(await axeFindings(page), [], `${name}, ${scheme}, ${size}`);
  }
  await page.setViewportSize(NARROW);
  assert.equal(await scrollsSideways(page), false, `${name} scrolls sideways at 320 pixels`);
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  await page.setViewportSize(before);
}

/** Notes where the page's requests go; the function it returns asserts that none left `origin`. */
export function watchOrigin(page, origin) {
  const strangers = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol !== 'about:' && url.origin !== origin) strangers.push(request.url());
  });
  return () => assert.deepEqual(strangers, [], 'a request left the origin');
}
