// The admin page, opened by staff or an admin; and who they look after.
import assert from 'node:assert/strict';
import { newPage } from './browser.js';
import { addTotp } from './factors.js';
import { watchOrigin } from './page_check.js';
import { request } from './passkeys.js';
import { PASSWORD, signIn, verifiedAccount } from './people.js';

/** Signs in on the page with password and app. */
export async function signInWithCode(page, email, nextCode) {
  const { json: { challenge_id: challenge } } = await request(page, 'POST', '/auth/login', { email, password: PASSWORD });
  const { status, json } = await request(page, 'POST', '/auth/mfa/totp/verify', { challenge_id: challenge, code: await nextCode() });
  assert.equal(status, 200, JSON.stringify(json));
}

/**
 * Somebody of `role` in a fresh browser, on the page at `fragment`, such as `#audit?event=login.failed`. `leave` closes
 * it, and fails when the page complained of anything but refusals, or asked anybody else for anything.
 */
export async function adminPage(browser, service, { role = 'staff', fragment = '', ...options } = {}) {
  const { page, context, complaints } = await newPage(browser, { locale: 'en-GB', ...options });
  const staysHere = watchOrigin(page, service.origin);
  await page.goto(`${service.origin}/verify-email`);
  const email = await verifiedAccount(page, service.origin);
  const nextCode = await addTotp(page, email);
  if (role !== 'user') {
    await service.command('user', 'set-role', email, role); // ends the session
    await signInWithCode(page, email, nextCode);
  }
  await open(page, service, fragment);
  return {
    page, context, email, nextCode,
    async leave() {
      await context.close();
      assert.deepEqual(complaints.filter((text) => !text.startsWith('Failed to load resource')), []);
      staysHere();
    },
  };
}

/** Resolves when the view is there. */
export async function open(page, service, fragment = '') {
  await page.goto(`${service.origin}/admin${fragment}`);
  await shown(page);
}

export async function shown(page) {
  await page.locator('#view:not([aria-busy])').waitFor();
}

/** An account, by a page of its own. Its id, address, and a page that stays open for what it does. */
export async function somebody(browser, service, options = {}) {
  const { page, context } = await newPage(browser, options);
  await page.goto(`${service.origin}/verify-email`);
  const email = await verifiedAccount(page, service.origin);
  await signIn(page, email);
  const { json: { id } } = await request(page, 'GET', '/auth/me');
  return { page, context, email, id };
}

export async function failToSignIn(page, email, times = 1) {
  for (let i = 0; i < times; ++i) await request(page, 'POST', '/auth/login', { email, password: `wrong ${i} password wrong` });
}
