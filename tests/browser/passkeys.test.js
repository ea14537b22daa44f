// Passkeys in a real browser: how they are made, listed, renamed and removed, and what stops a ceremony.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { DONE, assurance, listed, passkeyPage, request, signOut } from './harness/passkeys.js';
import { mailedSubjects, signIn, verifiedAccount } from './harness/people.js';
import { startService } from './harness/service.js';
import { startSite } from './harness/site.js';

const { service, browser } = await startSite();

/** A page on which somebody is signed in with a password. */
async function signedIn() {
  const visit = await passkeyPage(browser, service.origin);
  const email = await verifiedAccount(visit.page, service.origin);
  await signIn(visit.page, email);
  return { ...visit, email };
}

test('a passkey is made, shown to its owner and told by mail', async () => {
  const { page, plug, call, email, leave } = await signedIn();
  const authenticator = await plug('platform');
  assert.deepEqual(await assurance(page), { aal: 1, amr: ['pwd'] });
  const { value: made } = await call('register', { name: 'My laptop' });
  assert.equal(made.name, 'My laptop');
  assert.deepEqual(made.transports, ['internal']);
  assert.equal(made.user_verified, true);
  assert.equal(made.last_used_at, null);
  assert.deepEqual(await listed(page), [made]);
  assert.equal((await assurance(page)).aal, 2, 'the session is one with a second factor');
  const [kept] = await authenticator.credentials();
  assert.equal(kept.isResidentCredential, true);
  assert.equal(kept.userName, email);
  assert.equal(Buffer.from(kept.credentialId, 'base64').toString('base64url'), made.credential_id);
  assert.equal((await mailedSubjects(service.origin, email)).length, 2, 'the link of the sign-up, and that of it');
  await leave();
});

// WA §7.1 steps 1 and 2: excludeCredentials
test('an authenticator holds one passkey of an account', async () => {
  const { page, plug, call, leave } = await signedIn();
  await plug('platform');
  assert.ok((await call('register')).value);
  const { code, message } = await call('register');
  assert.equal(code, 'already_registered');
  assert.match(message, /already/);
  assert.equal((await listed(page)).length, 1);
  await leave();
});

test('an account has passkeys on two authenticators, and each signs in', async () => {
  const { page, plug, call, leave } = await signedIn();
  const laptop = await plug('platform');
  await call('register', { name: 'laptop' });
  await laptop.setTouched(false);
  const key = await plug('key');
  await call('register', { name: 'key' });
  assert.deepEqual(new Set((await listed(page)).map(({ name }) => name)), new Set(['laptop', 'key']));
  for (const [used, resting] of [[laptop, key], [key, laptop]]) {
    await used.setTouched(true);
    await resting.setTouched(false);
    await signOut(page);
    assert.deepEqual(await call('signIn'), DONE);
  }
  assert.ok((await listed(page)).every(({ last_used_at }) => last_used_at));
  await leave();
});

test('a passkey is renamed and removed, and then refused', async () => {
  const { page, plug, call, email, leave } = await signedIn();
  const authenticator = await plug('platform');
  const { value: made } = await call('register', { name: 'old' });
  const path = `/auth/webauthn/credentials/${made.id}`;
  assert.equal((await request(page, 'PATCH', path, { name: 'new' })).json.name, 'new');
  assert.deepEqual((await listed(page)).map(({ name }) => name), ['new']);

  assert.deepEqual(await call('stepUp'), DONE);
  assert.equal((await request(page, 'DELETE', path)).status, 200);
  assert.deepEqual(await listed(page), []);
  await signOut(page);
  assert.equal((await call('signIn')).code, 'mfa_failed');
  assert.equal((await authenticator.credentials()).length, 1, 'a refusal alone makes no authenticator forget');
  assert.equal(await assurance(page), undefined);
  await signIn(page, email); // nothing but the password is asked for
  assert.deepEqual(await assurance(page), { aal: 1, amr: ['pwd'] });
  await leave();
});

// WA §5.1.10
test('a password manager learns what was removed and what its owner is called', async () => {
  const { page, plug, call, email, leave } = await signedIn();
  const authenticator = await plug('platform');
  assert.deepEqual(await call('syncCredentials'), { value: true }, 'of an account that has none');
  const { value: made } = await call('register');
  const [kept] = await authenticator.credentials();
  await authenticator.clear();
  await authenticator.addCredential({ ...kept, userName: 'former@example.org' });
  assert.deepEqual(await call('syncCredentials'), { value: true });
  assert.deepEqual((await authenticator.credentials()).map(({ userName }) => userName), [email]);
  await call('stepUp');
  assert.equal((await request(page, 'DELETE', `/auth/webauthn/credentials/${made.id}`)).status, 200);
  assert.deepEqual(await call('syncCredentials'), { value: true });
  assert.deepEqual(await authenticator.credentials(), []);
  await page.evaluate(() => { delete PublicKeyCredential.signalAllAcceptedCredentials; });
  assert.deepEqual(await call('syncCredentials'), { value: false });
  await leave();
});

// WA §5.1.10.1
test('an authenticator forgets what the service refused to keep', async () => {
  const { page, plug, call, leave } = await signedIn();
  const authenticator = await plug('platform');
  const { code } = await call('register', { name: 'x'.repeat(65) });
  assert.equal(code, 'validation_failed');
  assert.deepEqual(await authenticator.credentials(), []);
  assert.deepEqual(await listed(page), []);
  await leave();
});

test('a ceremony that its owner cancels changes nothing and can be repeated', async () => {
  const { page, plug, begin, call, leave } = await signedIn();
  const authenticator = await plug('platform', { automaticPresenceSimulation: false });
  const waiting = await begin('register');
  await waiting.abort();
  const { code, message } = await waiting.outcome();
  assert.equal(code, 'cancelled');
  assert.match(message, /Try again/);
  assert.deepEqual(await listed(page), []);
  await authenticator.setTouched(true);
  assert.ok((await call('register')).value);
  await authenticator.setUserVerified(false); // the finger that the sensor does not know
  assert.equal((await call('stepUp')).code, 'cancelled');
  await authenticator.setUserVerified(true);
  assert.deepEqual(await call('stepUp'), DONE);
  await leave();
});

test('nobody answers in time', async (t) => {
  const hasty = await startService({ MFA_CHALLENGE_TTL_SECONDS: '1' });
  t.after(hasty.stop);
  const { plug, call, leave } = await passkeyPage(browser, hasty.origin);
  await plug('platform', { automaticPresenceSimulation: false });
  assert.equal((await call('signIn')).code, 'timeout');
  await leave();
});

test('a browser without passkeys says so', async () => {
  const { page, call, leave } = await passkeyPage(browser, service.origin);
  await page.evaluate(() => { delete globalThis.PublicKeyCredential; });
  for (const method of ['register', 'signIn', 'stepUp', 'signInWithAutofill']) {
    assert.equal((await call(method)).code, 'unsupported', method);
  }
  const can = await page.evaluate(async () => {
    const { isSupported, canAutofill } = await import('/assets/webauthn.js');
    return [isSupported(), await canAutofill()];
  });
  assert.deepEqual(can, [false, false]);
  await leave();
});

test('who is signed out is told so before any authenticator is asked', async () => {
  const { plug, call, leave } = await passkeyPage(browser, service.origin);
  const authenticator = await plug('platform');
  assert.equal((await call('register')).code, 'unauthenticated');
  assert.equal((await call('stepUp')).code, 'unauthenticated');
  assert.deepEqual(await authenticator.credentials(), []);
  await leave();
});

test('a service that cannot be reached is told in plain words', async () => {
  const { page, context, call, leave } = await passkeyPage(browser, service.origin);
  await page.evaluate(() => import('/assets/webauthn.js').then(() => {}));
  await context.setOffline(true);
  const { code, message } = await call('signIn');
  assert.equal(code, 'unreachable');
  assert.match(message, /could not be reached/);
  await leave();
});
