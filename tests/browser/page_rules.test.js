// What holds for every hosted page: its language, what it needs of a browser, and who else may touch it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WITHOUT_SCRIPTS, launchBrowser, newPage } from './harness/browser.js';
import { startForeignSite } from './harness/foreign_site.js';
import { checkPage } from './harness/page_check.js';
import { startSite } from './harness/site.js';
import { visit } from './harness/visits.js';

const TOKEN = `#token=${'A'.repeat(43)}`;
const PAGES = ['/sign-in', '/sign-up', '/reset-password', `/reset-password${TOKEN}`, `/verify-email${TOKEN}`,
  `/confirm-email${TOKEN}`, `/confirm-email?undo${TOKEN}`, '/dev/mailbox'];
const nameOf = (path) => path.slice(1).replace(TOKEN, '-link').replace(/\W+/g, '-');

const { service, browser } = await startSite();
let withoutScripts;

before(async () => { withoutScripts = await launchBrowser(WITHOUT_SCRIPTS); });
after(() => withoutScripts?.close());

/** Until the page's script has done its first work. */
const settled = (page) => page.locator('main button:visible, main p:visible').first().waitFor();

for (const path of PAGES) {
  for (const locale of ['en', 'de']) {
    test(`a page is in order, in ${locale}: ${nameOf(path)}`, async () => {
      const { page, leave } = await visit(browser, service, path, { locale });
      await settled(page);
      await page.waitForLoadState('networkidle');
      assert.equal(await page.locator('html').getAttribute('lang'), locale);
      assert.equal(await page.locator('h1:visible').count(), 1);
      assert.match(await page.title(), / · /, 'the title names the page and the site');
      await checkPage(page, `page-${nameOf(path)}-${locale}`);
      await leave();
    });
  }

  test(`a page says so where scripts are off, and offers no form: ${nameOf(path)}`, async () => { // ASVS 3.1.1, 3.7.5
    for (const [locale, told] of [['en', 'This page needs JavaScript.'], ['de', 'Diese Seite braucht JavaScript.']]) {
      const { page, context } = await newPage(withoutScripts, { locale });
      await page.goto(service.origin + path);
      const notice = page.locator('noscript p');
      assert.ok(await notice.isVisible());
      assert.ok((await notice.textContent()).startsWith(told));
      assert.equal(await page.locator('form:visible, main:visible').count(), 0);
      await context.close();
    }
  });
}

for (const missing of ['HTMLDialogElement', 'AbortController', 'BigInt', 'Intl.RelativeTimeFormat', 'String.prototype.replaceAll',
  'Array.prototype.at', 'Object.hasOwn']) {
  test(`a browser without ${missing} is told, and signs nobody in`, async () => { // ASVS 3.7.5
    const { page, context } = await newPage(browser, { locale: 'en' });
    await page.addInitScript((path) => {
      const names = path.split('.');
      const name = names.pop();
      delete names.reduce((owner, part) => owner[part], globalThis)[name];
    }, missing);
    await page.goto(`${service.origin}/sign-in`);
    await page.getByText('This browser is too old to sign in here safely.').waitFor();
    assert.equal(await page.locator('form:visible, main:visible').count(), 0);
    await context.close();
  });
}

test('the language is changed without losing the way, and kept', async () => {
  const { page, leave } = await visit(browser, service, '/sign-in?return_to=/dev/mailbox');
  await page.getByRole('link', { name: 'Deutsch' }).click();
  await page.getByRole('heading', { name: 'Anmelden' }).waitFor();
  assert.deepEqual(Object.fromEntries(new URL(page.url()).searchParams), { return_to: '/dev/mailbox', lang: 'de' });
  assert.equal(await page.getByRole('link', { name: 'Deutsch' }).getAttribute('aria-current'), 'true');
  await page.goto(`${service.origin}/sign-up`);
  await page.getByRole('heading', { name: 'Konto anlegen' }).waitFor();
  await leave();
});

test('the language is changed without losing a mailed link, which stays out of the address', async () => {
  const { page, leave } = await visit(browser, service, `/reset-password${TOKEN}`);
  await page.getByLabel('New password').waitFor();
  await page.getByRole('link', { name: 'Deutsch' }).click();
  await page.getByLabel('Neues Passwort').waitFor();
  assert.ok(!page.url().includes('AAAA'));
  await leave();
});

// attack 22, ASVS 3.4.6, 3.4.8: clickjacking, and windows that hold on to each other
test('no other site frames a page or keeps hold of its window', async (t) => {
  const site = await startForeignSite();
  t.after(() => site.stop());
  for (const from of [site.crossSite, site.sameSite]) {
    const { page, context } = await newPage(browser);
    await page.goto(from);
    await page.evaluate((url) => {
      const frame = document.createElement('iframe');
      frame.src = url;
      document.body.append(frame);
      return new Promise((resolve) => { frame.onload = resolve; });
    }, `${service.origin}/sign-in`);
    assert.equal(page.frames().some((frame) => frame.url().startsWith(service.origin)), false, 'the frame stays empty');

    const [popup] = await Promise.all([
      context.waitForEvent('page'),
      page.evaluate((url) => { globalThis.popup = open(url); }, `${service.origin}/sign-in`),
    ]);
    await popup.getByLabel('E-mail address').waitFor();
    assert.equal(await popup.evaluate(() => globalThis.opener), null);
    assert.equal(await page.evaluate(() => globalThis.popup.closed), true, 'its opener sees a closed window');
    await context.close();
  }
});
