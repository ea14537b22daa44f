// What a real browser makes of the service's cookies and headers, at home and on somebody else's site.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fetchFrom, newPage, postJson } from './harness/browser.js';
import { startForeignSite } from './harness/foreign_site.js';
import { PASSWORD, signIn, verifiedAccount } from './harness/people.js';
import { startService } from './harness/service.js';
import { startSite } from './harness/site.js';

const HOME = '/dev/mailbox'; // any page of the service's own

const { service, browser } = await startSite();
let foreign;
let email;
let watcher; // a page that is signed in all along

before(async () => {
  foreign = await startForeignSite();
  const { page, context } = await newPage(browser);
  await page.goto(service.origin + HOME);
  email = await verifiedAccount(page, service.origin);
  await context.close();
  watcher = (await signedIn()).page;
});
after(() => foreign?.stop());

async function cookiesByName(context) {
  return Object.fromEntries((await context.cookies(service.origin)).map((cookie) => [cookie.name, cookie]));
}

async function signedIn() {
  const visit = await newPage(browser);
  await visit.page.goto(service.origin + HOME);
  await signIn(visit.page, email);
  return visit;
}

// RFC 6265bis §4.1.3; a browser takes Secure cookies on http://localhost
test('the session cookie is stored and hidden, the CSRF cookie is readable', async () => {
  const { page, context, complaints } = await signedIn();
  const { '__Host-sid': session, csrf_token: csrf } = await cookiesByName(context);
  const { httpOnly, secure, sameSite, path, expires } = session;
  assert.deepEqual({ httpOnly, secure, sameSite, path, expires },
    { httpOnly: true, secure: true, sameSite: 'Strict', path: '/', expires: -1 });
  assert.deepEqual({ httpOnly: csrf.httpOnly, secure: csrf.secure, sameSite: csrf.sameSite },
    { httpOnly: false, secure: true, sameSite: 'Strict' });
  const visible = await page.evaluate(() => document.cookie);
  assert.ok(!visible.includes('__Host-sid') && !visible.includes(session.value));
  assert.ok(visible.includes(`csrf_token=${csrf.value}`));
  await context.close();
  assert.deepEqual(complaints, []);
});

test('a signed-in page knows who it is', async () => {
  const { page, context, complaints } = await signedIn();
  const me = await fetchFrom(page, '/auth/me');
  assert.equal(me.status, 200);
  assert.equal(JSON.parse(me.body).email, email);
  await context.close();
  assert.deepEqual(complaints, []);
});

// ASVS 14.3.1
test('signing out needs the CSRF token and leaves nothing of the session', async () => {
  const { page, context } = await signedIn();
  assert.equal((await postJson(page, '/auth/logout', {})).status, 403);
  const { csrf_token: csrf } = await cookiesByName(context);
  await page.evaluate(() => { localStorage.kept = 'x'; sessionStorage.kept = 'x'; });
  const answer = await postJson(page, '/auth/logout', {}, { 'X-CSRF-Token': csrf.value });
  assert.equal(answer.status, 200, answer.body);
  assert.deepEqual(Object.keys(await cookiesByName(context)), ['__Host-device'], 'that it is known it remembers');
  assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length]), [0, 0]);
  assert.equal((await fetchFrom(page, '/auth/me')).status, 401);
  await context.close();
});

/** How many sessions the account has, by its own list. */
async function sessionCount() {
  return JSON.parse((await fetchFrom(watcher, '/auth/sessions')).body).sessions.length;
}

/** How the next request for `url` ends: its status, or why the browser gave its page no answer. */
function outcomeOf(page, url) {
  return new Promise((resolve) => {
    page.on('response', (response) => { if (response.url() === url) resolve(String(response.status())); });
    page.on('requestfailed', (request) => { if (request.url() === url) resolve(request.failure().errorText); });
  });
}

/** The ways in which a page posts to another origin without asking first, each a function of a foreign page. */
const POSTS = {
  'a form with the JSON as text': (page, post) => page.evaluate(({ url, body }) => {
    const form = Object.assign(document.createElement('form'), { method: 'POST', action: url, enctype: 'text/plain' });
    const [name, value] = body.split(/=(.*)/s); // text/plain writes name=value: the JSON has an = inside a string
    form.append(Object.assign(document.createElement('input'), { name, value }));
    document.body.append(form);
    form.submit();
  }, post),
  'a form with its fields': (page, { url }, credentials) => page.evaluate(({ url, credentials }) => {
    const form = Object.assign(document.createElement('form'), { method: 'POST', action: url });
    for (const [name, value] of Object.entries(credentials)) {
      form.append(Object.assign(document.createElement('input'), { name, value }));
    }
    document.body.append(form);
    form.submit();
  }, { url, credentials }),
  'fetch in no-cors mode': (page, { url, body }) => page.evaluate(({ url, body }) => {
    fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include', body }).catch(() => {});
  }, { url, body }),
  'sendBeacon': (page, { url, body }) => page.evaluate(({ url, body }) => navigator.sendBeacon(url, body), { url, body }),
};

for (const site of ['crossSite', 'sameSite']) {
  for (const [way, post] of Object.entries(POSTS)) {
    test(`${way} from a ${site === 'crossSite' ? 'cross-site' : 'same-site'} page signs nobody in`, async () => {
      const { page, context } = await newPage(browser);
      await page.goto(foreign[site]);
      const credentials = { email, password: PASSWORD };
      const url = `${service.origin}/auth/login`;
      const body = JSON.stringify({ ...credentials, name: '=' });
      const before = await sessionCount();
      const outcome = outcomeOf(page, url);
      await post(page, { url, body }, credentials);
      assert.match(await outcome, /^(403|415|net::ERR_BLOCKED_BY_RESPONSE.*)$/);
      assert.deepEqual(await cookiesByName(context), {});
      assert.equal(await sessionCount(), before, 'nor did the service open one');
      await context.close();
    });
  }

  test(`a ${site === 'crossSite' ? 'cross-site' : 'same-site'} page can neither read nor act for a signed-in browser`,
    async () => {
      const { page, context } = await signedIn();
      const { csrf_token: csrf } = await cookiesByName(context);
      await page.goto(foreign[site]);
      const include = { credentials: 'include' };
      assert.deepEqual(await fetchFrom(page, `${service.origin}/auth/me`, include), { failed: 'TypeError' });
      for (const headers of [{ 'Content-Type': 'application/json' }, { 'X-CSRF-Token': csrf.value }]) {
        const refused = await fetchFrom(page, `${service.origin}/auth/logout`, { ...include, method: 'POST', headers });
        assert.deepEqual(refused, { failed: 'TypeError' });
      }
      const outcome = outcomeOf(page, `${service.origin}/auth/logout`);
      await fetchFrom(page, `${service.origin}/auth/logout`, { ...include, method: 'POST', mode: 'no-cors' });
      assert.match(await outcome, /^(403|net::ERR_BLOCKED_BY_RESPONSE.*)$/, 'it reached the service');
      await page.goto(service.origin + HOME);
      assert.equal((await fetchFrom(page, '/auth/me')).status, 200, 'still signed in');
      await context.close();
    });
}

test('no page of the service can be framed', async () => {
  for (const path of [HOME, '/verify-email', '/auth/me']) {
    const { page, context, complaints } = await newPage(browser);
    await page.goto(foreign.crossSite);
    await page.evaluate((url) => new Promise((resolve) => {
      const frame = Object.assign(document.createElement('iframe'), { src: url, onload: resolve });
      document.body.append(frame);
    }), service.origin + path);
    const [, frame] = page.frames();
    assert.ok(!frame.url().startsWith(service.origin), frame.url());
    assert.ok(complaints.some((text) => text.includes("frame-ancestors 'none'")), complaints.join('\n'));
    await context.close();
  }
});

test('a page that the service does not name gets no CORS headers even where others do', async () => {
  const own = await startService({ FRONTEND_ORIGIN: foreign.sameSite });
  const { page, context } = await newPage(browser);
  await page.goto(foreign.sameSite);
  assert.equal((await fetchFrom(page, `${own.origin}/auth/me`, { credentials: 'include' })).status, 401, 'may ask');
  await page.goto(foreign.crossSite);
  assert.deepEqual(await fetchFrom(page, `${own.origin}/auth/me`), { failed: 'TypeError' });
  await context.close();
  await own.stop();
});
