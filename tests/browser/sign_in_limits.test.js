// The sign-in page where the service asks for patience: too many tries, locked accounts, puzzles.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchBrowser, postJson } from './harness/browser.js';
import { checkPage } from './harness/page_check.js';
import { PASSWORD, freshEmail, verifiedAccount } from './harness/people.js';
import { startService } from './harness/service.js';
import { visit } from './harness/visits.js';

let browser;

before(async () => { browser = await launchBrowser(); });
after(() => browser?.close());

/** The sign-in page of a service of its own; the page's clock is the test's. */
async function signInPage(t, settings, options) {
  const service = await startService(settings);
  t.after(() => service.stop());
  const opened = await visit(browser, service, '/verify-email', options);
  return { ...opened, service, async goToSignIn() {
    await opened.page.goto(`${service.origin}/sign-in`);
    await opened.page.getByRole('button').first().waitFor();
  } };
}

async function give(page, email, password = PASSWORD) {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

test('too many tries are told with the time that is left, and when it is over', async (t) => {
  const { page, goToSignIn, leave } = await signInPage(t, { RATE_LIMIT_LOGIN: '2/120' });
  await page.clock.install();
  await goToSignIn(); // offers passkeys in the form: one of the two
  const email = freshEmail();
  await give(page, email, 'wrong password');
  await page.getByText('The e-mail address or the password is wrong.').waitFor();
  await give(page, email, 'wrong password');
  await page.getByText('Too many tries from your network or account in a short time. Try again at').waitFor();
  await page.getByText(/^(59|60) seconds left$/).waitFor();
  await checkPage(page, 'sign-in-limited');
  await page.clock.runFor(20_000);
  await page.getByText(/^(39|40) seconds left$/).waitFor();
  assert.equal(await page.locator('.outcome .hint').getAttribute('aria-hidden'), 'true', 'nobody is told each second');
  await page.clock.runFor(41_000);
  await page.getByText('You can try again now.').waitFor();
  await leave();
});

// Somebody locks himself out and comes back in.
test('a locked account says so, the same with and without an account', async (t) => {
  const { page, service, goToSignIn, leave } = await signInPage(t, { LOCKOUT_THRESHOLD: '3', PROOF_OF_WORK: 'off' });
  const known = await verifiedAccount(page, service.origin);
  for (const email of [known, freshEmail()]) {
    for (let wrong = 0; wrong < 3; ++wrong) await postJson(page, '/auth/login', { email, password: 'wrong password' });
    await goToSignIn();
    await give(page, email, 'wrong password');
    await page.getByText('Too many wrong tries. To keep the account safe, it is closed to further ones for now.').waitFor();
    await page.getByText(/minutes left$/).waitFor();
    await page.getByText('A new password lets you in at once').waitFor();
  }
  await checkPage(page, 'sign-in-locked');
  await leave();
});

test('where a puzzle is asked for the browser solves it and says what it does', async (t) => {
  const { page, service, goToSignIn, leave } = await signInPage(t, { PROOF_OF_WORK: 'always' });
  const email = await verifiedAccount(page, service.origin);
  await goToSignIn();
  const told = page.getByText('One moment: many sign-ins are being tried here').waitFor();
  await give(page, email);
  await told;
  await page.waitForURL('**/account');
  await leave();
});

test('an account whose role must have a second factor is led to set one up', async (t) => {
  const { page, service, leave } = await signInPage(t, { MFA_REQUIRED_ROLES: 'user' });
  const email = await verifiedAccount(page, service.origin);
  await page.goto(`${service.origin}/sign-in?return_to=/dev/mailbox`);
  await give(page, email);
  await page.waitForURL('**/account?enrol&return_to=*');
  assert.equal(new URL(page.url()).searchParams.get('return_to'), '/dev/mailbox');
  await leave();
});
