// web/webauthn.js in pages of other origins, in older browsers, and beside other tabs.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { fetchFrom, newPage, postJson } from './harness/browser.js';
import { startForeignSite } from './harness/foreign_site.js';
import { DONE, assurance, listed, passkeyPage, signOut } from './harness/passkeys.js';
import { PASSWORD, signIn, verifiedAccount } from './harness/people.js';
import { startSite } from './harness/site.js';

const foreign = await startForeignSite();
const { service, browser } = await startSite({ FRONTEND_ORIGIN: `${foreign.sameSite},${foreign.crossSite}` });
after(() => foreign.stop());

/** A page of the front end, in a browser in which somebody is signed in with a password. */
async function frontEnd() {
  const visit = await passkeyPage(browser, service.origin, `${service.origin}/verify-email`);
  const email = await verifiedAccount(visit.page, service.origin);
  await signIn(visit.page, email);
  await visit.page.goto(foreign.sameSite);
  return { ...visit, email };
}

const me = async (page) => (await fetchFrom(page, `${service.origin}/auth/me`, { credentials: 'include' })).status;

test('a front end of another origin runs every flow', async () => {
  const { page, plug, call, email, leave } = await frontEnd();
  await plug('platform');
  const { value: made, code } = await call('register', { name: 'laptop' });
  assert.equal(made?.name, 'laptop', code);
  assert.deepEqual(await call('stepUp'), DONE);
  assert.deepEqual(await call('signIn'), DONE, 'also while signed in');
  assert.deepEqual(await call('syncCredentials'), { value: true });
  await page.context().clearCookies();
  assert.equal(await me(page), 401);
  assert.deepEqual(await call('signIn', { email }), DONE);
  const answer = await fetchFrom(page, `${service.origin}/auth/login`, {
    method: 'POST',
    credentials: 'include',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ email, password: PASSWORD }),
  });
  assert.deepEqual(await call('finishSignIn', {}, JSON.parse(answer.body)), DONE);
  assert.equal(await me(page), 200);
  await leave();
});

// WA §7.1 step 9, §13.4.9
test('a page whose host is not the relying party\'s is refused by the browser', async () => {
  const { plug, call, leave } = await passkeyPage(browser, service.origin, foreign.crossSite);
  await plug('platform');
  const { code, message } = await call('signIn');
  assert.equal(code, 'security');
  assert.match(message, /do not work on this page/);
  await leave();
});

test('a page that the service does not name cannot load the module', async (t) => {
  const { page, context } = await newPage(browser);
  const other = await startForeignSite();
  t.after(other.stop);
  await page.goto(other.sameSite);
  const failed = await page.evaluate((url) => import(url).then(() => '', (error) => error.name), `${service.origin}/assets/webauthn.js`);
  assert.equal(failed, 'TypeError');
  await context.close();
});

// WA §5.11
test('browsers are told which origins may use the passkeys', async () => {
  const answer = await fetch(`${service.origin}/.well-known/webauthn`);
  assert.equal(answer.headers.get('content-type'), 'application/json');
  const { origins } = await answer.json();
  assert.deepEqual(new Set(origins), new Set([service.origin, foreign.sameSite, foreign.crossSite]));
});

/** What a browser or an extension may lack or break, each undone in a page of its own. */
const LIMITS = {
  'without the JSON methods': () => {
    delete PublicKeyCredential.parseCreationOptionsFromJSON;
    delete PublicKeyCredential.parseRequestOptionsFromJSON;
    delete PublicKeyCredential.prototype.toJSON;
  },
  'whose password manager breaks toJSON': () => {
    PublicKeyCredential.prototype.toJSON = () => { throw new TypeError('Illegal invocation'); };
  },
};

for (const [limit, impose] of Object.entries(LIMITS)) {
  test(`a browser ${limit} does all the same`, async () => {
    const { page, plug, call, leave } = await passkeyPage(browser, service.origin);
    const email = await verifiedAccount(page, service.origin);
    await signIn(page, email);
    await plug('platform');
    await page.evaluate(impose);
    const { value: made, code } = await call('register');
    assert.deepEqual(made?.transports, ['internal'], code);
    assert.equal((await call('register')).code, 'already_registered');
    await signOut(page);
    assert.deepEqual(await call('signIn'), DONE);
    await signOut(page);
    assert.deepEqual(await call('signIn', { email }), DONE);
    assert.deepEqual(await call('stepUp'), DONE);
    assert.equal((await assurance(page)).aal, 2);
    await leave();
  });
}

test('a sign-in that was begun in another tab is in nobody\'s way', async () => {
  const { page, context, plug, call, leave } = await passkeyPage(browser, service.origin);
  await signIn(page, await verifiedAccount(page, service.origin));
  await plug('platform');
  const tab = await context.newPage();
  await tab.goto(`${service.origin}/verify-email`);
  assert.equal((await postJson(tab, '/auth/webauthn/login/start', {})).status, 200); // has replaced the CSRF cookie
  await page.bringToFront();
  assert.ok((await call('register')).value);
  assert.equal((await listed(page)).length, 1);
  await leave();
});
