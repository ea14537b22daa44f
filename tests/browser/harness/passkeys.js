// web/webauthn.js at work in a page.
import assert from 'node:assert/strict';
import { virtualAuthenticators } from './authenticator.js';
import { fetchFrom, newPage } from './browser.js';

const PATIENCE_MS = 30_000; // sanitizers are slow

/** What `promise` comes to; fails when that takes too long, so that a test that waits in vain ends. */
function inTime(promise, what) {
  let timer;
  const late = new Promise((resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing came of it`)), PATIENCE_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Outcome of a call that has nothing to tell but its success. */
export const DONE = { value: undefined };

/**
 * A fresh page at `url` with the module of the service at `origin` and no authenticators but those that `plug` adds.
 * `leave` closes it, and fails when the page complained of anything but refusals.
 */
export async function passkeyPage(browser, origin, url = `${origin}/verify-email`) {
  const { page, context, complaints } = await newPage(browser);
  const requests = await countRequests(page);
  await page.goto(url);
  const plug = await virtualAuthenticators(page);
  const begin = (method, options, ...first) => beginCall(page, origin, method, options, first);
  return {
    page,
    context,
    plug,
    requests,
    begin,
    /** What a method of Passkeys came to: { value }, or { code, message } as the page would tell its reader. */
    call: async (...call) => (await begin(...call)).outcome(),
    async leave() {
      await context.close();
      assert.deepEqual(complaints.filter((text) => !text.startsWith('Failed to load resource')), []);
    },
  };
}

/** Begins a call that may wait for somebody; `abort` is the page's own Cancel. */
async function beginCall(page, origin, method, options = {}, first = []) {
  const call = await page.evaluateHandle(async ({ origin, method, options, first }) => {
    const { Passkeys, WebAuthnError } = await import(`${origin}/assets/webauthn.js`);
    globalThis.passkeys ??= new Passkeys();
    const controller = new AbortController();
    const outcome = globalThis.passkeys[method](...first, { ...options, signal: controller.signal }).then(
      (value) => ({ value }),
      (error) => {
        if (!(error instanceof WebAuthnError)) throw error;
        return { code: error.code, message: error.message, methods: error.problem?.methods };
      },
    );
    return { controller, outcome };
  }, { origin, method, options, first });
  return {
    outcome: () => inTime(call.evaluate(({ outcome }) => outcome), method),
    abort: () => call.evaluate(({ controller }) => controller.abort()),
  };
}

/** Counts what the page asks the browser for; `until(n)` resolves when it has done so n times. */
async function countRequests(page) {
  let count = 0;
  const waiting = [];
  await page.exposeFunction('noteCredentialRequest', () => {
    count += 1;
    waiting.filter(({ wanted }) => count >= wanted).forEach(({ resolve }) => resolve());
  });
  await page.addInitScript(() => {
    const { get } = CredentialsContainer.prototype;
    CredentialsContainer.prototype.get = function counted(options) {
      const result = get.call(this, options);
      globalThis.noteCredentialRequest();
      return result;
    };
  });
  return {
    count: () => count,
    async until(wanted) {
      if (count < wanted) await inTime(new Promise((resolve) => waiting.push({ wanted, resolve })), `request ${wanted}`);
    },
  };
}

/** A request as the pages of the service make them: JSON, with the CSRF token. { status, json } of the answer. */
export async function request(page, method, path, body) {
  const cookies = await page.context().cookies();
  const token = cookies.find((cookie) => cookie.name === 'csrf_token')?.value ?? '';
  const headers = { 'X-CSRF-Token': token, ...(body && { 'Content-Type': 'application/json' }) };
  const answer = await fetchFrom(page, path, { method, headers, body: body && JSON.stringify(body) });
  return { status: answer.status, json: JSON.parse(answer.body) };
}

/** How the page's session came about, as /auth/me tells; nothing where nobody is signed in. */
export async function assurance(page) {
  const { status, json } = await request(page, 'GET', '/auth/me');
  return status === 200 ? { aal: json.aal, amr: json.amr } : undefined;
}

export async function listed(page) {
  return (await request(page, 'GET', '/auth/webauthn/credentials')).json.credentials;
}

/** Signs out on the page. */
export async function signOut(page) {
  // What a page still asks for would be answered 401, and lead it away under the test's next step.
  await page.waitForLoadState('networkidle');
  const { status } = await request(page, 'POST', '/auth/logout');
  assert.equal(status, 200);
}
