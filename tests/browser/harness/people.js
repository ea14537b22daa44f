// Accounts, made as their owners make them.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { postJson } from './browser.js';

export const PASSWORD = 'correct horse battery';

export function freshEmail() {
  return `person-${randomUUID()}@example.org`;
}

/** Signs up from a page of the service, which must be open. */
export async function register(page, email = freshEmail()) {
  const answer = await postJson(page, '/auth/register', { email, password: PASSWORD });
  assert.equal(answer.status, 200, answer.body);
  return email;
}

/** The link that was mailed to `email` last. */
export async function mailedLink(origin, email) {
  const { messages } = await (await fetch(`${origin}/dev/mailbox/messages`)).json();
  return messages.find((message) => message.to === email).text.match(/https?:\/\/\S+/)[0];
}

/** A verified account. */
export async function verifiedAccount(page, origin) {
  const email = await register(page);
  const token = new URL(await mailedLink(origin, email)).hash.replace('#token=', '');
  const answer = await postJson(page, '/auth/verify-email', { token });
  assert.equal(answer.status, 200, answer.body);
  return email;
}

export async function signIn(page, email) {
  const answer = await postJson(page, '/auth/login', { email, password: PASSWORD });
  assert.equal(answer.status, 200, answer.body);
}

/** Subjects of what was mailed to `email`, newest first. */
export async function mailedSubjects(origin, email) {
  const { messages } = await (await fetch(`${origin}/dev/mailbox/messages`)).json();
  return messages.filter((message) => message.to === email).map((message) => message.subject);
}
