// The devices that an account is signed in on, and out of there.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accountPage, goTo, open, outcomeOf } from './harness/account_page.js';
import { checkPage } from './harness/page_check.js';
import { request } from './harness/passkeys.js';
import { signIn } from './harness/people.js';
import { startSite } from './harness/site.js';

const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';
const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';
const EDGE = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0';
const ANDROID = 'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36';
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15';

const { service, browser } = await startSite();

/** A page on another device, on which the owner of `email` is signed in. */
async function elsewhere(email, userAgent) {
  const context = await browser.newContext({ userAgent });
  const page = await context.newPage();
  await page.goto(`${service.origin}/verify-email`);
  await signIn(page, email);
  return page;
}

const device = (page, name) => page.locator('#session-list > li').filter({ hasText: name });
const isIn = async (page) => (await request(page, 'GET', '/auth/me')).status === 200;

test('each device is called what it is, with where and when, and this one is marked', async () => {
  const { page, email, leave } = await accountPage(browser, service);
  const others = [];
  for (const agent of [IPHONE, WINDOWS, EDGE, ANDROID, MAC, 'curl/8.5.0', '<b>x</b>']) others.push(await elsewhere(email, agent));
  await goTo(page, 'sessions');
  for (const name of ['Safari on iPhone', 'Firefox on Windows', 'Edge on Windows', 'Chrome on Android', 'Safari on Mac', 'curl', 'Unknown browser']) {
    await device(page, name).waitFor();
  }
  const first = page.locator('#session-list > li').first();
  await first.getByText('Chrome on Linux').waitFor();
  await first.getByText('This device').waitFor();
  assert.match(await first.innerText(), /From (127\.0\.0\.1|::1)/);
  const used = first.locator('time').last();
  assert.match(await used.innerText(), /just now \(.*\d{4}.*\)/, 'in words and exactly');
  assert.match(await used.getAttribute('datetime'), /^\d{4}-\d\d-\d\dT/);
  await checkPage(page, 'account-sessions-many');
  for (const other of others) await other.context().close();
  await leave();
});

test('one device is signed out, and then all the others', async () => {
  const { page, email, leave } = await accountPage(browser, service);
  const phone = await elsewhere(email, IPHONE);
  const desktop = await elsewhere(email, WINDOWS);
  const mac = await elsewhere(email, MAC);
  await goTo(page, 'sessions');
  await device(page, 'Safari on iPhone').getByRole('button', { name: 'Sign out' }).click();
  await outcomeOf(page, 'session-card').getByText('“Safari on iPhone” is signed out.').waitFor();
  assert.equal(await device(page, 'iPhone').count(), 0);
  assert.deepEqual([await isIn(phone), await isIn(desktop), await isIn(page)], [false, true, true]);
  await phone.goto(`${service.origin}/account`);
  await phone.getByText('You were signed out').waitFor();
  await page.getByRole('button', { name: 'Sign out all others' }).click();
  await outcomeOf(page, 'session-card').getByText('All others are signed out.').waitFor();
  assert.deepEqual([await isIn(desktop), await isIn(mac), await isIn(page)], [false, false, true]);
  assert.equal(await page.getByRole('button', { name: 'Sign out all others' }).isVisible(), false);
  for (const other of [phone, desktop, mac]) await other.context().close();
  await leave();
});

test('one that has ended by itself meanwhile is gone as well', async () => {
  const { page, email, leave } = await accountPage(browser, service);
  const phone = await elsewhere(email, IPHONE);
  await goTo(page, 'sessions');
  await device(page, 'iPhone').waitFor();
  await request(phone, 'POST', '/auth/logout');
  await device(page, 'iPhone').getByRole('button', { name: 'Sign out' }).click();
  await device(page, 'iPhone').waitFor({ state: 'detached' });
  await phone.context().close();
  await leave();
});

test('signing this device out leads to the front door', async () => {
  const { page, leave } = await accountPage(browser, service, { section: 'sessions' });
  await device(page, 'This device').getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(/\/sign-in/);
  assert.equal(await isIn(page), false);
  await leave();
});

test('many devices come page by page', async () => {
  const { page, email, leave } = await accountPage(browser, service);
  for (let count = 0; count < 22; ++count) {
    await page.context().clearCookies();
    await signIn(page, email);
  }
  await open(page, service, 'sessions');
  await page.getByRole('button', { name: 'Show more' }).click();
  await page.getByRole('button', { name: 'Show more' }).waitFor({ state: 'hidden' });
  assert.equal(await page.locator('#session-list > li').count(), 23);
  await leave();
});
