// Passkeys in a form's autofill (conditional mediation), and how that request shares the page with others.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { postJson } from './harness/browser.js';
import { DONE, assurance, passkeyPage, signOut } from './harness/passkeys.js';
import { signIn, verifiedAccount } from './harness/people.js';
import { startSite } from './harness/site.js';

const LIFE = 300_000; // of a challenge, by default

const { service, browser } = await startSite();

/** A sign-in form whose reader has a passkey; nothing happens before `setTouched`. The page's clock is the test's. */
async function signInForm() {
  const visit = await passkeyPage(browser, service.origin);
  const { page, plug, call } = visit;
  await signIn(page, await verifiedAccount(page, service.origin));
  const authenticator = await plug('platform');
  assert.ok((await call('register')).value);
  await signOut(page);
  await authenticator.setTouched(false);
  await page.clock.install();
  await page.evaluate(() => {
    document.body.append(Object.assign(document.createElement('input'), { autocomplete: 'username webauthn' }));
  });
  return { ...visit, authenticator };
}

/** Touches the authenticator when the page asks for its next challenge: no request of before is left to answer. */
const touchAtNextStart = (page, authenticator) => page.route('**/auth/webauthn/login/start', async (route) => {
  await authenticator.setTouched(true);
  await route.continue();
}, { times: 1 });

test('a passkey chosen in the form signs in', async () => {
  const { page, call, authenticator, leave } = await signInForm();
  const can = await page.evaluate(async () => (await import('/assets/webauthn.js')).canAutofill());
  assert.equal(can, true);
  await authenticator.setTouched(true);
  assert.deepEqual(await call('signInWithAutofill'), DONE);
  assert.deepEqual(await assurance(page), { aal: 2, amr: ['hwk', 'user', 'mfa'] });
  await leave();
});

test('a form that stays open gets a new challenge before the old one expires', async () => {
  const { page, begin, requests, authenticator, leave } = await signInForm();
  const autofill = await begin('signInWithAutofill');
  await requests.until(1);
  await page.clock.fastForward(0.95 * LIFE);
  await requests.until(2);
  await touchAtNextStart(page, authenticator);
  await page.clock.fastForward(0.95 * LIFE);
  assert.deepEqual(await autofill.outcome(), DONE);
  assert.equal(requests.count(), 3);
  await leave();
});

test('a challenge that was spent meanwhile is replaced', async () => {
  const { page, context, call, requests, authenticator, leave } = await signInForm();
  await page.route('**/auth/webauthn/login/finish', async (route) => {
    const { challenge_id } = route.request().postDataJSON();
    const token = (await context.cookies()).find((cookie) => cookie.name === 'csrf_token').value;
    const spent = await postJson(page, '/auth/webauthn/login/finish', { challenge_id }, { 'X-CSRF-Token': token });
    assert.equal(spent.status, 400, spent.body);
    await route.continue();
  }, { times: 1 });
  await authenticator.setTouched(true);
  assert.deepEqual(await call('signInWithAutofill'), DONE);
  assert.equal(requests.count(), 2);
  assert.equal((await assurance(page)).aal, 2);
  await leave();
});

test('a dialog takes the place of autofill, which comes back when it was cancelled', async () => {
  const { page, begin, requests, authenticator, leave } = await signInForm();
  const autofill = await begin('signInWithAutofill');
  await requests.until(1);
  const dialog = await begin('signIn');
  await requests.until(2);
  await touchAtNextStart(page, authenticator);
  await dialog.abort();
  assert.equal((await dialog.outcome()).code, 'cancelled');
  assert.deepEqual(await autofill.outcome(), DONE);
  assert.equal(requests.count(), 3);
  assert.equal((await assurance(page)).aal, 2);
  await leave();
});

test('a dialog that signs in ends autofill', async () => {
  const { page, begin, requests, authenticator, leave } = await signInForm();
  const autofill = await begin('signInWithAutofill');
  await requests.until(1);
  await touchAtNextStart(page, authenticator);
  assert.deepEqual(await (await begin('signIn')).outcome(), DONE);
  assert.equal((await autofill.outcome()).code, 'cancelled');
  assert.equal(requests.count(), 2);
  assert.equal((await assurance(page)).aal, 2, 'and nothing has touched the new session');
  await leave();
});

test('the page ends autofill, and a second call ends the first', async () => {
  const { begin, requests, leave } = await signInForm();
  const first = await begin('signInWithAutofill');
  await requests.until(1);
  const second = await begin('signInWithAutofill');
  assert.equal((await first.outcome()).code, 'cancelled');
  await requests.until(2);
  await second.abort();
  assert.equal((await second.outcome()).code, 'cancelled');
  assert.equal(requests.count(), 2);
  await leave();
});

test('a browser without AbortSignal.any does all the same', async () => {
  const { page, begin, call, requests, authenticator, leave } = await signInForm();
  await page.evaluate(() => { delete AbortSignal.any; });
  const ended = await begin('signInWithAutofill');
  await requests.until(1);
  await ended.abort();
  assert.equal((await ended.outcome()).code, 'cancelled');
  assert.equal(requests.count(), 1);
  await authenticator.setTouched(true);
  assert.deepEqual(await call('signInWithAutofill'), DONE);
  await leave();
});

test('dialogs that were begun at once follow one another', async () => {
  const { page, begin, requests, authenticator, leave } = await signInForm();
  const first = await begin('signIn');
  const second = await begin('signIn');
  await requests.until(1);
  await touchAtNextStart(page, authenticator);
  await first.abort();
  assert.equal((await first.outcome()).code, 'cancelled');
  assert.deepEqual(await second.outcome(), DONE);
  await leave();
});

test('what no password manager can offer ends the call at once', async () => {
  const { page, call, requests, leave } = await signInForm();
  await page.evaluate(() => { PublicKeyCredential.isConditionalMediationAvailable = async () => false; });
  assert.equal((await call('signInWithAutofill')).code, 'unsupported');
  await page.evaluate(() => { PublicKeyCredential.isConditionalMediationAvailable = async () => true; });
  await page.evaluate(() => {
    CredentialsContainer.prototype.get = () => Promise.reject(new DOMException('not here', 'NotAllowedError'));
  });
  assert.equal((await call('signInWithAutofill')).code, 'cancelled', 'and does not ask again and again');
  assert.equal(requests.count(), 0);
  await leave();
});
