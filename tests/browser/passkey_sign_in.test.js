// Signing in with passkeys in a real browser: in place of a password, after it, and as a step-up.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { postJson } from './harness/browser.js';
import { DONE, assurance, listed, passkeyPage, request, signOut } from './harness/passkeys.js';
import { PASSWORD, freshEmail, mailedLink, mailedSubjects, signIn, verifiedAccount } from './harness/people.js';
import { startSite } from './harness/site.js';

const { service, browser } = await startSite({ PASSWORDLESS_SIGNUP: 'true', MFA_TRUSTED_BROWSER_DAYS: '30' });

/** A page whose reader has an account with a passkey on an authenticator of that kind, and is signed out. */
async function withPasskey(kind, more) {
  const visit = await passkeyPage(browser, service.origin);
  const { page, plug, call } = visit;
  const email = await verifiedAccount(page, service.origin);
  await signIn(page, email);
  const authenticator = await plug(kind, more);
  const { value: passkey, code } = await call('register');
  assert.ok(passkey, code);
  await signOut(page);
  return { ...visit, email, authenticator, passkey };
}

/** What /auth/login answers on the page after the right password. */
async function passwordOf(page, email) {
  const { status, body } = await postJson(page, '/auth/login', { email, password: PASSWORD });
  assert.equal(status, 200, body);
  return JSON.parse(body);
}

// 63B §3.1.7.2
test('a discoverable passkey signs in without an address', async () => {
  const { page, call, leave } = await withPasskey('platform');
  assert.deepEqual(await call('signIn'), DONE);
  assert.deepEqual(await assurance(page), { aal: 2, amr: ['hwk', 'user', 'mfa'] });
  await leave();
});

test('a passkey that is synced to other devices is not counted as bound to one', async () => {
  const { page, call, passkey, leave } = await withPasskey('platform', { defaultBackupEligibility: true, defaultBackupState: true });
  assert.equal(passkey.backup_eligible, true);
  assert.equal(passkey.backed_up, true);
  assert.deepEqual(await call('signIn'), DONE);
  assert.deepEqual(await assurance(page), { aal: 2, amr: ['swk', 'user', 'mfa'] });
  await leave();
});

test('a security key that keeps nothing is found by its owner\'s address', async () => {
  const { page, call, email, leave } = await withPasskey('forgetful');
  assert.equal((await call('signIn')).code, 'cancelled', 'without the address there is nothing to find');
  assert.deepEqual(await call('signIn', { email }), DONE);
  assert.equal((await assurance(page)).aal, 2);
  await leave();
});

// WA §14.6.2, §14.6.3
test('an address without an account is asked for passkeys like any other', async () => {
  const { page, plug, call, leave } = await passkeyPage(browser, service.origin);
  // The made-up passkeys of some addresses are a phone's, of others a security key's: Chromium waits for one of that kind.
  await plug('platform');
  await plug('key');
  const email = freshEmail();
  const options = async () => JSON.parse((await postJson(page, '/auth/webauthn/login/start', { email })).body).publicKey;
  const [first, second] = [await options(), await options()];
  assert.ok(first.allowCredentials.length > 0);
  assert.deepEqual(first.allowCredentials, second.allowCredentials);
  assert.equal((await call('signIn', { email })).code, 'cancelled');
  await leave();
});

test('a passkey ends a sign-in that a password began', async () => {
  const { page, call, email, leave } = await withPasskey('platform');
  const login = await passwordOf(page, email);
  assert.equal(login.mfa_required, true);
  assert.equal(login.methods[0], 'webauthn');
  assert.equal(await assurance(page), undefined, 'the password alone opens nothing');
  const asked = [];
  page.on('request', (one) => asked.push(new URL(one.url()).pathname));
  assert.deepEqual(await call('finishSignIn', {}, login), DONE);
  assert.deepEqual(asked, ['/auth/webauthn/login/finish'], 'what /auth/login answered is enough to go on');
  assert.deepEqual(await assurance(page), { aal: 2, amr: ['pwd', 'hwk', 'user', 'mfa'] });
  assert.equal((await passwordOf(page, email)).mfa_required, true);
  await leave();
});

for (const method of ['finishSignIn', 'signIn']) {
  test(`a browser is remembered when ${method} asks for it`, async () => {
    const { page, call, email, leave } = await withPasskey('platform');
    const first = method === 'finishSignIn' ? [await passwordOf(page, email)] : [];
    assert.deepEqual(await call(method, { remember_browser: true }, ...first), DONE);
    await signOut(page);
    assert.equal((await passwordOf(page, email)).mfa_required, false);
    await leave();
  });
}

test('a second factor that failed is tried again with another challenge', async () => {
  const { page, call, email, authenticator, leave } = await withPasskey('platform');
  const [kept] = await authenticator.credentials();
  const login = await passwordOf(page, email);
  await authenticator.clear();
  assert.equal((await call('finishSignIn', {}, login)).code, 'cancelled', 'the passkey is not here');
  await authenticator.addCredential(kept);
  const again = page.waitForRequest((one) => one.url().endsWith('/login/start'));
  assert.deepEqual(await call('finishSignIn', {}, login), DONE);
  assert.deepEqual((await again).postDataJSON(), { challenge_id: login.challenge_id });
  assert.equal((await assurance(page)).aal, 2);
  await leave();
});

// WA §7.2 step 17: after a password it need not verify its user, alone it must
for (const kind of ['unverifying', 'u2f']) {
  test(`a key of kind ${kind} is a second factor and no more`, async () => {
    const { page, call, email, passkey, leave } = await withPasskey(kind);
    assert.equal(passkey.user_verified, false);
    assert.equal((await call('signIn')).code, 'cancelled');
    assert.equal((await call('signIn', { email })).code, 'cancelled');
    const login = await passwordOf(page, email);
    assert.deepEqual(await call('finishSignIn', {}, login), DONE);
    assert.deepEqual(await assurance(page), { aal: 2, amr: ['pwd', 'hwk', 'user', 'mfa'] });
    await leave();
  });
}

// ASVS 7.5.1
test('what a session may not do it may after a step-up', async () => {
  const elsewhere = await passkeyPage(browser, service.origin);
  const email = await verifiedAccount(elsewhere.page, service.origin);
  await signIn(elsewhere.page, email);
  const laptop = await elsewhere.plug('platform');
  const here = await passkeyPage(browser, service.origin);
  await signIn(here.page, email);
  const { value: made } = await elsewhere.call('register', { end_other_sessions: false });
  const remove = () => request(here.page, 'DELETE', `/auth/webauthn/credentials/${made.id}`);
  const { status, json } = await remove();
  assert.deepEqual([status, json.code, json.methods], [403, 'step_up_required', ['webauthn']]);

  const phone = await here.plug('platform');
  assert.equal((await here.call('stepUp')).code, 'cancelled', 'the passkey is elsewhere');
  assert.equal((await remove()).status, 403);
  const [kept] = await laptop.credentials();
  await phone.addCredential(kept);
  assert.deepEqual(await here.call('stepUp'), DONE);
  assert.deepEqual(await assurance(here.page), { aal: 2, amr: ['pwd', 'hwk', 'user', 'mfa'] });
  assert.equal((await remove()).status, 200);
  await here.leave();
  await elsewhere.leave();
});

test('who has no passkey is told what steps up instead', async () => {
  const { page, call, leave } = await passkeyPage(browser, service.origin);
  await signIn(page, await verifiedAccount(page, service.origin));
  const { code, methods } = await call('stepUp');
  assert.deepEqual([code, methods], ['step_up_required', ['password']]);
  await leave();
});

// WA §6.1.1, §7.2 step 22, attack 37
test('a copy of an authenticator is refused, and its owner told', async () => {
  const { page, call, email, authenticator, leave } = await withPasskey('platform');
  assert.deepEqual(await call('signIn'), DONE);
  const [copy] = await authenticator.credentials();
  await signOut(page);
  assert.deepEqual(await call('signIn'), DONE); // with the original, which counts on
  await signOut(page);
  const mails = await mailedSubjects(service.origin, email);
  await authenticator.clear();
  await authenticator.addCredential(copy);
  const { code, message } = await call('signIn');
  assert.equal(code, 'mfa_failed');
  assert.match(message, /not accepted/);
  assert.equal(await assurance(page), undefined);
  assert.equal((await mailedSubjects(service.origin, email)).length, mails.length + 1);
  await leave();
});

test('an account without a password is asked for, activated by mail and signed in to', async () => {
  const { page, plug, call, leave } = await passkeyPage(browser, service.origin);
  const authenticator = await plug('platform');
  const email = freshEmail();
  const { value } = await call('signUp', { email, name: 'Ada', credential_name: 'laptop' });
  assert.equal(value.email, email);
  const [kept] = await authenticator.credentials();
  assert.deepEqual([kept.userName, kept.userDisplayName], [email, 'Ada']);
  assert.equal((await call('signIn')).code, 'mfa_failed', 'nobody has opened the mailbox yet');

  await page.goto(await mailedLink(service.origin, email));
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('is confirmed').waitFor();
  assert.deepEqual(await call('signIn'), DONE);
  assert.deepEqual(await assurance(page), { aal: 2, amr: ['hwk', 'user', 'mfa'] });
  assert.deepEqual((await listed(page)).map(({ name }) => name), ['laptop']);
  const [{ id }] = await listed(page);
  assert.equal((await request(page, 'DELETE', `/auth/webauthn/credentials/${id}`)).status, 409, 'it is the only way in');
  await signOut(page);
  assert.equal((await postJson(page, '/auth/login', { email, password: PASSWORD })).status, 401);
  await leave();
});
