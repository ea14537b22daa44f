// The sign-in page where the service asks for patience: too many tries, locked accounts, puzzles.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchBrowser, postJson } from './harness/browser.js';
import { checkPage } from './harness/page_check.js';
import { PASSWORD, freshEmail, mailedLink, verifiedAccount } from './harness/people.js';
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
  for (let view = 0; view < 3; ++view) await goToSignIn(); // which costs nothing
  const begun = page.waitForResponse('**/auth/webauthn/login/start');
  await page.getByLabel('E-mail address').hover(); // which costs one of the two, for passkeys among the suggestions
  await begun;
  const email = freshEmail();
  await give(page, email, 'wrong password');
  await page.getByText('The e-mail address or the password is wrong.').waitFor();
  await give(page, email, 'wrong password');
  await page.getByText('Too many tries from your network or account in a short time. Try again at').waitFor();
  const secondsLeft = async () => Number.parseInt(await page.getByText(/^\d+ seconds left$/).innerText(), 10);
  await checkPage(page, 'sign-in-limited');
  const began = Date.now();
  const before = await secondsLeft();
  await page.clock.runFor(20_000);
  const passed = before - await secondsLeft();
  const most = 21 + (Date.now() - began) / 1000; // the page's clock runs on by itself, too
  assert.ok(passed >= 20 && passed <= most, `${passed} seconds have passed`);
  assert.equal(await page.locator('.outcome .hint').getAttribute('aria-hidden'), 'true', 'nobody is told each second');
  await page.clock.runFor(41_000);
  await page.getByText('You can try again now.').waitFor();
  await leave();
});

/** Wrong passwords, from a browser that the account does not know. */
async function guess(page, email, count) {
  for (let wrong = 0; wrong < count; ++wrong) await postJson(page, '/auth/login', { email, password: 'wrong password' });
}

const LOCKED = 'Too many wrong tries. To keep the account safe, it is closed to further ones for now.';

test('a locked account says so, the same with and without an account', async (t) => {
  const { page, service, goToSignIn, leave } = await signInPage(t, { LOCKOUT_THRESHOLD: '3', PROOF_OF_WORK: 'off' });
  const known = await verifiedAccount(page, service.origin);
  await page.clock.install();
  for (const email of [known, freshEmail()]) {
    await guess(page, email, 3);
    await goToSignIn();
    await give(page, email, 'wrong password');
    await page.getByText(LOCKED).waitFor();
    await page.getByText(/minutes left$/).waitFor();
    await page.getByText('A new password lets you in at once').waitFor();
  }
  await checkPage(page, 'sign-in-locked');
  await page.clock.fastForward('30:00');
  await page.getByText('You can try again now.').waitFor();
  await leave();
});

// ASVS 6.1.1: a lock keeps strangers out, not the owner
test('who is locked out comes back in by a new password', async (t) => {
  const { page, service, goToSignIn, leave } = await signInPage(t, { LOCKOUT_THRESHOLD: '3', PROOF_OF_WORK: 'off' });
  const email = await verifiedAccount(page, service.origin);
  await guess(page, email, 3);
  await goToSignIn();
  await give(page, email);
  await page.getByText(LOCKED).waitFor();
  await page.getByRole('link', { name: 'Forgot your password?' }).click();
  await page.getByLabel('E-mail address').fill(email);
  await page.getByRole('button', { name: 'Mail me a link' }).click();
  await page.getByText('a link is on its way').waitFor();
  await page.goto(await mailedLink(service.origin, email));
  await page.getByLabel('New password').fill('seven anvils under a lake');
  await page.getByRole('button', { name: 'Set password' }).click();
  await page.getByRole('link', { name: 'Sign in' }).click();
  await give(page, email, 'seven anvils under a lake');
  await page.waitForURL('**/account');
  await leave();
});

test('a browser that the account knows is not locked out by strangers', async (t) => {
  const { page, service, goToSignIn, leave } = await signInPage(t, { LOCKOUT_THRESHOLD: '3', PROOF_OF_WORK: 'off' });
  const email = await verifiedAccount(page, service.origin);
  await goToSignIn();
  await give(page, email);
  await page.waitForURL('**/account');
  await page.context().clearCookies({ name: '__Host-sid' }); // the session has ended by itself
  const stranger = await visit(browser, service, '/verify-email');
  await guess(stranger.page, email, 3);
  assert.match((await postJson(stranger.page, '/auth/login', { email, password: PASSWORD })).body, /account_locked/);
  await stranger.leave();
  await goToSignIn();
  await give(page, email);
  await page.waitForURL('**/account');
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
