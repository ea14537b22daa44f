// The pages that mailed links open: a new password, a change of address and its undo.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { postJson } from './harness/browser.js';
import { checkPage } from './harness/page_check.js';
import { PASSWORD, freshEmail, mailedLink, signIn, verifiedAccount } from './harness/people.js';
import { startSite } from './harness/site.js';
import { visit as openPage } from './harness/visits.js';

const NEW_PASSWORD = 'seven anvils under a lake';
const NOBODYS_TOKEN = 'A'.repeat(43);

const { service, browser } = await startSite();

const visit = (path = '/verify-email', options = {}) => openPage(browser, service, path, options);

/** An account and the reset link in its mailbox. */
async function resetLink(page) {
  const email = await verifiedAccount(page, service.origin);
  await postJson(page, '/auth/password/reset/request', { email });
  return { email, link: await mailedLink(service.origin, email) };
}

async function csrfToken(page) {
  const cookies = await page.context().cookies();
  return cookies.find((cookie) => cookie.name === 'csrf_token').value;
}

/** Asks for a change to a fresh address, signed in on the page. */
async function askForChange(page, email) {
  await signIn(page, email);
  const wanted = freshEmail();
  const answer = await postJson(page, '/auth/email/change', { new_email: wanted }, { 'X-CSRF-Token': await csrfToken(page) });
  assert.equal(answer.status, 200, answer.body);
  return wanted;
}

test('a forgotten password is replaced by way of the mailbox', async () => {
  const { page, leave } = await visit();
  const email = await verifiedAccount(page, service.origin);
  await page.goto(`${service.origin}/reset-password`);
  await page.getByLabel('E-mail address').fill(email);
  await page.getByRole('button', { name: 'Mail me a link' }).click();
  await page.getByText('a link is on its way').waitFor();
  await checkPage(page, 'reset-password-mailed');

  await page.goto(await mailedLink(service.origin, email));
  await page.getByLabel('New password').fill(NEW_PASSWORD);
  assert.equal(page.url(), `${service.origin}/reset-password`, 'the token has left the address bar');
  await page.getByRole('button', { name: 'Set password' }).click();
  await page.getByText('Your password is set').waitFor();
  assert.equal(await page.locator('form:visible').count(), 0, 'there is nothing left to fill in');
  await checkPage(page, 'reset-password-done');
  const answer = await postJson(page, '/auth/login', { email, password: NEW_PASSWORD });
  assert.equal(answer.status, 200, answer.body);
  await leave();
});

test('a refused password is explained and the link still works', async () => { // ASVS 6.2.4
  const { page, leave } = await visit();
  const { link } = await resetLink(page);
  await page.goto(link);
  await page.getByLabel('New password').fill('short');
  await page.getByRole('button', { name: 'Set password' }).click();
  await page.locator('#password-error').waitFor();
  await page.getByLabel('New password').fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Set password' }).click();
  await page.getByText('Your password is set').waitFor();
  await leave();
});

test('a password may be pasted, shown, and filled in by a password manager', async () => { // ASVS 6.2.6, 6.2.7
  const { page, context, leave } = await visit(`/reset-password#token=${NOBODYS_TOKEN}`);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const field = page.getByLabel('New password');
  assert.equal(await field.getAttribute('autocomplete'), 'new-password');
  assert.equal(await field.getAttribute('type'), 'password');
  await page.evaluate((text) => navigator.clipboard.writeText(text), NEW_PASSWORD);
  await field.focus();
  await page.keyboard.press('Control+V');
  assert.equal(await field.inputValue(), NEW_PASSWORD);
  await page.getByRole('button', { name: 'Show' }).click();
  assert.equal(await field.getAttribute('type'), 'text');
  await page.getByRole('button', { name: 'Hide' }).click();
  assert.equal(await field.getAttribute('type'), 'password');
  await leave();
});

test('a used reset link offers another', async () => {
  const { page, leave } = await visit(`/reset-password#token=${NOBODYS_TOKEN}`);
  await page.getByLabel('New password').fill(NEW_PASSWORD);
  await page.getByRole('button', { name: 'Set password' }).click();
  await page.getByText('Ask for a new one.').waitFor();
  await checkPage(page, 'reset-password-used');
  await page.getByLabel('E-mail address').waitFor();
  await leave();
});

test('opening a link to a new address changes nothing, pressing the button does', async () => {
  const { page, leave } = await visit();
  const email = await verifiedAccount(page, service.origin);
  const wanted = await askForChange(page, email);
  const link = await mailedLink(service.origin, wanted);
  for (let look = 0; look < 2; ++look) {
    await page.goto('about:blank');
    await page.goto(link);
    await page.getByRole('button', { name: 'Confirm' }).waitFor();
  }
  await signIn(page, email);
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('Your e-mail address is changed').waitFor();
  await signIn(page, wanted);
  await leave();
});

test('the old mailbox takes a change back and sets another password', async () => {
  const { page, leave } = await visit();
  const email = await verifiedAccount(page, service.origin);
  const wanted = await askForChange(page, email);
  await page.goto(await mailedLink(service.origin, wanted));
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('Your e-mail address is changed').waitFor();

  await page.goto(await mailedLink(service.origin, email));
  await page.getByRole('button', { name: 'Undo the change' }).click();
  await page.getByText('Your old address is back').waitFor();
  assert.equal(await page.getByRole('heading').innerText(), 'Change undone');
  await checkPage(page, 'confirm-email-undone');
  assert.equal(page.url(), `${service.origin}/confirm-email?undo`, 'the token has left the address bar');
  const answer = await postJson(page, '/auth/login', { email, password: PASSWORD });
  assert.match(answer.body, /password_change_required/);
  await page.getByRole('link', { name: 'Set a new password' }).click();
  await page.getByLabel('E-mail address').waitFor();
  await leave();
});

test('a link to nothing says so', async () => {
  const { page, leave } = await visit(`/confirm-email#token=${NOBODYS_TOKEN}`);
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('This link is unknown, used or has expired.').waitFor();
  await page.goto('about:blank');
  await page.goto(`${service.origin}/confirm-email`);
  await page.getByText('This link is incomplete.').waitFor();
  await leave();
});

for (const path of ['/reset-password', `/reset-password#token=${NOBODYS_TOKEN}`, `/confirm-email?undo#token=${NOBODYS_TOKEN}`]) {
  test(`${path.replace(/#.*/, ' with a token')} fits a narrow screen`, async () => { // WCAG 2.2, 1.4.10
    const { page, leave } = await visit(path, { viewport: { width: 320, height: 640 } });
    await page.getByRole('button').first().waitFor();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 320, `${width} pixels wide`);
    await leave();
  });
}
