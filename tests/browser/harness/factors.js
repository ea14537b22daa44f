// Second factors of accounts, set up as their owners do by the API, from a page of the service.
import assert from 'node:assert/strict';
import { request } from './passkeys.js';
import { signIn } from './people.js';
import { codesOf } from './totp.js';

async function post(page, path, body = {}) {
  const { status, json } = await request(page, 'POST', path, body);
  assert.equal(status, 200, JSON.stringify(json));
  return json;
}

/**
 * Signs in on the page and sets up an authenticator app. Returns the app: each call gives its next code. `wishes` are
 * those of /auth/mfa/totp/verify, such as end_other_sessions.
 */
export async function addTotp(page, email, wishes = {}) {
  await signIn(page, email);
  const { secret } = await post(page, '/auth/mfa/totp/setup');
  const nextCode = codesOf(secret);
  await post(page, '/auth/mfa/totp/verify', { code: await nextCode(), ...wishes });
  return nextCode;
}

/** New recovery codes of who is signed in on the page, freshly by a second factor. */
export async function makeRecoveryCodes(page) {
  return (await post(page, '/auth/mfa/recovery-codes')).codes;
}
