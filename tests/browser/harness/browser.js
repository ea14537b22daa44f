// Debian's Chromium, kept from talking to anybody but the tests' own servers.
import { chromium } from 'playwright-core';

const ARGUMENTS = [
  '--no-sandbox', // the suite also runs as root, in containers
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
];

/** Scripts of pages do not run, as where a reader has turned them off; those of tests do. */
export const WITHOUT_SCRIPTS = ['--blink-settings=scriptEnabled=false'];

/** A browser with a fresh profile. */
export function launchBrowser(more = []) {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  return chromium.launch({ executablePath, headless: true, args: [...ARGUMENTS, ...more] });
}

/** A page in cookies of its own. `complaints` gathers what its console, scripts and policies complain of. */
export async function newPage(browser, options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  return { context, page, complaints };
}

/** fetch() by the page itself: its origin, its cookies. The answer as { status, body }, or { failed }. */
export function fetchFrom(page, url, options = {}) {
  return page.evaluate(
    async ({ url, options }) => {
      try {
        const response = await fetch(url, options);
        return { status: response.status, type: response.type, body: await response.text() };
      } catch (error) {
        return { failed: error.name };
      }
    },
    { url, options },
  );
}

/** A JSON POST as a page of the service makes it. */
export function postJson(page, path, body, headers = {}) {
  return fetchFrom(page, path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}
