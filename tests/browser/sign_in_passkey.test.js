// Passkeys on the sign-in page: by the button, in the form's autofill, and after a password.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { virtualAuthenticators } from './harness/authenticator.js';
import { checkPage } from './harness/page_check.js';
import { assurance, signOut } from './harness/passkeys.js';
import { PASSWORD, freshEmail, signIn, verifiedAccount } from './harness/people.js';
import { startSite } from './harness/site.js';
import { visit } from './harness/visits.js';

const { service, browser } = await startSite();

/** The sign-in page of somebody with a passkey, who touches the authenticator only when a test says so. */
async function withPasskey(kind = 'platform', options = {}) {
  const { page, ...rest } = await visit(browser, service, '/verify-email', options);
  const plug = await virtualAuthenticators(page);
  const email = await verifiedAccount(page, service.origin);
  await signIn(page, email);
  const authenticator = await plug(kind);
  await page.evaluate(async () => {
    const { Passkeys } = await import('/assets/webauthn.js');
    await new Passkeys().register();
  });
  await signOut(page);
  await authenticator.setTouched(false);
  await page.goto(`${service.origin}/sign-in`);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).waitFor();
  return { page, email, authenticator, ...rest };
}

/** Touches the authenticator when the page next asks for a challenge: what waits in the form is not answered. */
const touchAtNextStart = (page, authenticator) => page.route('**/auth/webauthn/login/start', async (route) => {
  await authenticator.setTouched(true);
  await route.continue();
}, { times: 1 });

const atAccount = (page) => page.waitForURL(`${service.origin}/account`);

test('the button signs in without an address', async () => {
  const { page, authenticator, leave } = await withPasskey();
  await touchAtNextStart(page, authenticator);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await atAccount(page);
  assert.equal((await assurance(page)).aal, 2);
  await leave();
});

/** How somebody turns to the address field: what begins the suggestions. */
const TURNS = {
  'the pointer': (page) => page.getByLabel('E-mail address').hover(),
  'a finger': (page) => page.getByLabel('E-mail address').tap(),
  'a key': (page) => page.keyboard.press('ArrowDown'), // the field has the focus already
  'the focus': async (page) => {
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Tab');
  },
};
for (const [means, turn] of Object.entries(TURNS)) {
  test(`a passkey from the form's suggestions signs in, which ${means} begins`, async () => {
    const { page, authenticator, leave } = await withPasskey('platform', { hasTouch: true });
    await authenticator.setTouched(true);
    await turn(page);
    await atAccount(page);
    assert.equal((await assurance(page)).aal, 2);
    await leave();
  });
}

// An address has RATE_LIMIT_LOGIN tries, and may be a whole office's.
test('a page that is merely opened spends none of the tries of its address', async () => {
  const { page, authenticator, leave } = await withPasskey();
  let begun = 0;
  page.on('request', (request) => { begun += request.url().endsWith('/auth/webauthn/login/start'); });
  await authenticator.setTouched(true); // a request that waited would be answered at once
  await page.reload();
  await page.waitForFunction(() => document.activeElement.id === 'email');
  await page.mouse.move(1, 1);
  await page.waitForLoadState('networkidle');
  assert.equal(begun, 0);
  await authenticator.setTouched(false);
  for (let turn = 0; turn < 3; ++turn) await TURNS['the pointer'](page);
  await page.keyboard.type('a');
  await page.waitForLoadState('networkidle');
  assert.equal(begun, 1, 'and one that is used spends one');
  await leave();
});

test('a security key that keeps nothing is found by the address', async () => {
  const { page, email, authenticator, leave } = await withPasskey('forgetful');
  await page.getByLabel('E-mail address').fill(email);
  await touchAtNextStart(page, authenticator);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await atAccount(page);
  await leave();
});

test('no passkey, and none for an unknown address, are told alike', async () => { // WA §14.6.2
  const { page, leave } = await visit(browser, service, '/sign-in');
  const plug = await virtualAuthenticators(page);
  await plug('platform');
  await plug('key');
  await page.getByLabel('E-mail address').fill(freshEmail());
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.getByText('No passkey was used.').waitFor();
  await checkPage(page, 'sign-in-no-passkey');
  await leave();
});

test('a passkey is the second step after a password', async () => {
  const { page, email, authenticator, leave } = await withPasskey();
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'One more step' }).waitFor();
  await checkPage(page, 'sign-in-second-passkey');
  await authenticator.setTouched(true);
  await page.getByRole('button', { name: 'Use my passkey' }).click();
  await atAccount(page);
  assert.equal((await assurance(page)).aal, 2);
  await leave();
});

test('a browser without passkeys shows no button for them', async () => {
  const { page, context, leave } = await visit(browser, service, '/verify-email');
  await context.addInitScript(() => { delete globalThis.PublicKeyCredential; });
  await page.goto(`${service.origin}/sign-in`);
  await page.getByLabel('E-mail address').waitFor();
  await page.waitForFunction(() => document.querySelector('#passkey').hidden);
  assert.equal(await page.getByRole('button', { name: 'Sign in with a passkey' }).count(), 0);
  await leave();
});
