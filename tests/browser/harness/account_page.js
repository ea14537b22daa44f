// The account page, opened by somebody who is signed in.
import assert from 'node:assert/strict';
import { virtualAuthenticators } from './authenticator.js';
import { newPage } from './browser.js';
import { watchOrigin } from './page_check.js';
import { signIn, verifiedAccount } from './people.js';

/**
 * A fresh account in a fresh browser, on the page. `plug` adds virtual authenticators. `leave` closes it, and fails when
 * the page complained of anything but refusals, or asked anybody else for anything.
 */
export async function accountPage(browser, service, { section = '', authenticator, ...options } = {}) {
  const { page, context, complaints } = await newPage(browser, options);
  const staysHere = watchOrigin(page, service.origin);
  const plug = await virtualAuthenticators(page);
  if (authenticator) await plug(authenticator);
  await page.goto(`${service.origin}/verify-email`);
  const email = await verifiedAccount(page, service.origin);
  await signIn(page, email);
  await open(page, service, section);
  return {
    page, context, email, plug,
    async leave() {
      await context.close();
      assert.deepEqual(complaints.filter((text) => !text.startsWith('Failed to load resource')), []);
      staysHere();
    },
  };
}

/** The page as somebody opens it who is signed in; resolves when it shows whose account it is. */
export async function open(page, service, section = '') {
  await page.goto('about:blank'); // or an address that differs in its fragment alone would load nothing
  await page.goto(`${service.origin}/account${section && `#${section}`}`);
  await page.locator('#protection[aria-busy]').waitFor({ state: 'detached' });
}

/** Goes to a section by its link. */
export async function goTo(page, section) {
  await page.locator(`#sections a[href="#${section}"]`).click();
  await page.locator(`section#${section}`).waitFor();
}

export const dialogOf = (page, name) => page.getByRole('dialog', { name });

/** What the card `id` tells of how something went. */
export function outcomeOf(page, id) {
  return page.locator(`#${id} .outcome`);
}
