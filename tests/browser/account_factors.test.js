// Second factors on the account page: passkeys, the authenticator app, recovery codes; and who must set one up.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, test } from 'node:test';
import { accountPage, dialogOf, goTo, open, outcomeOf } from './harness/account_page.js';
import { checkPage } from './harness/page_check.js';
import { assurance, listed, request } from './harness/passkeys.js';
import { mailedSubjects, signIn } from './harness/people.js';
import { startService } from './harness/service.js';
import { startSite } from './harness/site.js';
import { codesOf, totp } from './harness/totp.js';

const SCREENSHOTS = fileURLToPath(new URL('../../build/screenshots/', import.meta.url));
const CODE = /^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/;

const { service, browser } = await startSite();

/** Adds a passkey by the page's own button, and puts the offer of recovery codes off. */
async function addPasskey(page, name) {
  await page.locator('#add-passkey').click();
  const dialog = dialogOf(page, 'Add a passkey');
  await dialog.getByLabel('Name of the passkey').fill(name);
  await dialog.getByRole('button', { name: 'Continue' }).click();
  await outcomeOf(page, 'passkeys').getByText(`The passkey “${name}” is ready.`).waitFor();
  await putOff(page);
}

async function putOff(page) {
  const offer = dialogOf(page, 'Keep a spare key');
  await offer.waitFor();
  await offer.getByRole('button', { name: 'Cancel' }).click();
  await offer.waitFor({ state: 'detached' });
}

/** Opens the set-up of an app; `code()` is one of the app that has scanned it, `wrong` one that is long over. */
async function scan(page, begin = 'Set up an app') {
  await page.getByRole('button', { name: begin }).click();
  const dialog = dialogOf(page, 'Set up an app');
  const secret = (await dialog.locator('.code').innerText()).replaceAll(' ', '');
  return { dialog, secret, code: codesOf(secret), wrong: totp(secret, 0) };
}

async function setUpApp(page) {
  const { dialog, code } = await scan(page);
  await dialog.getByLabel('Code from the app').fill(await code());
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await outcomeOf(page, 'app').getByText('The app is set up.').waitFor();
  await putOff(page);
}

const passkey = (page, name) => page.locator('#passkey-list > li').filter({ hasText: name });

test('a passkey is added, named anew, and removed', async () => {
  const { page, email, leave } = await accountPage(browser, service, { section: 'security', authenticator: 'platform' });
  await page.locator('#add-passkey').click();
  const dialog = dialogOf(page, 'Add a passkey');
  assert.equal(await dialog.getByLabel('Name of the passkey').inputValue(), 'Chrome on Linux');
  await checkPage(page, 'account-passkey-add');
  await page.keyboard.press('Escape');
  await addPasskey(page, 'My laptop');
  await passkey(page, 'My laptop').getByText('On one device only').waitFor();
  assert.equal((await assurance(page)).aal, 2);
  await checkPage(page, 'account-passkey-there');

  await passkey(page, 'My laptop').getByRole('button', { name: 'Rename' }).click();
  const rename = dialogOf(page, 'Rename the passkey');
  await rename.getByLabel('Name of the passkey').fill('x\u202ey');
  await rename.getByRole('button', { name: 'Save' }).click();
  await rename.getByText('Some of these characters cannot be shown.').waitFor();
  await rename.getByLabel('Name of the passkey').fill('Work laptop');
  await rename.getByRole('button', { name: 'Save' }).click();
  await passkey(page, 'Work laptop').waitFor();
  assert.deepEqual((await listed(page)).map(({ name }) => name), ['Work laptop']);

  await passkey(page, 'Work laptop').getByRole('button', { name: 'Remove' }).click();
  const remove = dialogOf(page, 'Remove “Work laptop”?');
  await checkPage(page, 'account-passkey-remove');
  await remove.getByRole('button', { name: 'Remove' }).click();
  await outcomeOf(page, 'passkeys').getByText('“Work laptop” is removed.').waitFor();
  assert.deepEqual(await listed(page), []);
  assert.equal(await page.locator('#passkey-list > li').count(), 0);
  assert.ok((await mailedSubjects(service.origin, email)).length >= 3, 'the owner was told of both');
  await leave();
});

test('an authenticator holds one passkey of an account, and the page says so', async () => {
  const { page, leave } = await accountPage(browser, service, { section: 'security', authenticator: 'platform' });
  await addPasskey(page, 'First');
  await page.locator('#add-passkey').click();
  const dialog = dialogOf(page, 'Add a passkey');
  await dialog.getByRole('button', { name: 'Continue' }).click();
  await dialog.getByText('has a passkey for your account already').waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await leave();
});

test('a browser without passkeys says so, and offers the app', async () => {
  const { page, leave } = await accountPage(browser, service);
  await page.addInitScript(() => { delete globalThis.PublicKeyCredential; });
  await open(page, service);
  await page.locator('#protection').getByRole('button', { name: 'Set up an app' }).waitFor();
  await goTo(page, 'security');
  await outcomeOf(page, 'passkeys').getByText('This browser cannot make passkeys.').waitFor();
  assert.equal(await page.locator('#add-passkey').isVisible(), false);
  await leave();
});

test('an app is set up: scanned or typed, confirmed by a code, replaced, removed', async () => {
  const { page, context, leave } = await accountPage(browser, service, { section: 'security' });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const { dialog, secret, code, wrong } = await scan(page);
  assert.equal(await dialog.getByRole('img', { name: 'QR code for the authenticator app' }).count(), 1);
  const shown = await dialog.locator('.code').innerText();
  assert.match(shown, /^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/);
  await dialog.getByRole('button', { name: 'Copy' }).click();
  await dialog.getByText('Copied.').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), secret);
  await checkPage(page, 'account-app-scan');
  const typed = dialog.getByLabel('Code from the app');
  await typed.fill(wrong);
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await dialog.getByText('That code is not right.').waitFor();
  await checkPage(page, 'account-app-wrong');
  await typed.fill((await code()).replace(/(...)/, '$1 ')); // as apps show it
  await dialog.getByRole('button', { name: 'Confirm' }).click();
  await putOff(page);
  assert.equal(await page.locator('#app-badge').innerText(), 'On');
  assert.equal(await page.content().then((html) => html.includes(shown)), false, 'the secret has left the page');
  await checkPage(page, 'account-app-there');

  const other = await scan(page, 'Set up another app');
  assert.notEqual(other.secret, secret);
  await other.dialog.getByLabel('Code from the app').fill(await other.code());
  await other.dialog.getByRole('button', { name: 'Confirm' }).click();
  await putOff(page);
  await page.locator('#app').getByRole('button', { name: 'Remove' }).click();
  await dialogOf(page, 'Remove the authenticator app?').getByRole('button', { name: 'Remove' }).click();
  await outcomeOf(page, 'app').getByText('The app is removed.').waitFor();
  assert.deepEqual((await request(page, 'GET', '/auth/mfa')).json.methods, []);
  await leave();
});

test('recovery codes are shown once, taken away, and gone from the page', async () => {
  const { page, context, leave } = await accountPage(browser, service, { section: 'security' });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await setUpApp(page);
  await page.getByRole('button', { name: 'Make recovery codes' }).click();
  const dialog = dialogOf(page, 'Your recovery codes');
  await dialog.locator('.codes li').first().waitFor();
  const codes = await dialog.locator('.codes li').allInnerTexts();
  assert.equal(codes.length, 10);
  assert.ok(codes.every((code) => CODE.test(code)));
  await checkPage(page, 'account-recovery-codes');
  await page.emulateMedia({ media: 'print' });
  await page.screenshot({ path: path.join(SCREENSHOTS, 'account-recovery-codes-print.png'), fullPage: true });
  assert.equal(await page.getByRole('heading', { name: 'Sign-in and security' }).isVisible(), false, 'nothing else is printed');
  assert.ok(await dialog.getByText(codes[9]).isVisible());
  await page.emulateMedia({ media: null });

  await dialog.getByRole('button', { name: 'Copy' }).click();
  await dialog.getByText('Copied.').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), codes.join('\n'));
  const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'Save as a file' }).click()]);
  const file = await readFile(await download.path(), 'utf8');
  assert.ok(codes.every((code) => file.includes(code)));
  await page.evaluate(() => { globalThis.print = () => { globalThis.printed = true; }; });
  await dialog.getByRole('button', { name: 'Print' }).click();
  assert.equal(await page.evaluate(() => globalThis.printed), true);

  await page.keyboard.press('Escape');
  assert.ok(await dialog.isVisible(), 'a slip must not lose them');
  await hide(page, true);
  assert.equal(await dialog.locator('.codes li').count(), 0, 'no picture of the page has them while another is looked at');
  await hide(page, false);
  assert.equal(await dialog.locator('.codes li').count(), 10);
  await dialog.getByRole('button', { name: 'I have kept them' }).click();
  await outcomeOf(page, 'recovery').getByText('You have ten recovery codes now. Each works once.').waitFor();
  const html = await page.content();
  assert.ok(codes.every((code) => !html.includes(code)));
  assert.equal(await page.locator('#recovery-badge').innerText(), '10 of 10 left');
  await leave();
});

/** The page's tab goes behind another one, or comes back. */
function hide(page, hidden) {
  return page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}

test('new codes take the place of the old ones only when their owner says so', async () => {
  const { page, leave } = await accountPage(browser, service, { section: 'security', authenticator: 'platform' });
  await addPasskey(page, 'Laptop');
  await page.getByRole('button', { name: 'Make recovery codes' }).click();
  await dialogOf(page, 'Your recovery codes').getByRole('button', { name: 'I have kept them' }).click();
  const before = (await request(page, 'GET', '/auth/mfa')).json.methods.at(-1);
  await page.getByRole('button', { name: 'Make new codes' }).click();
  const question = dialogOf(page, 'Make new recovery codes?');
  await checkPage(page, 'account-recovery-replace');
  await question.getByRole('button', { name: 'Cancel' }).click();
  assert.deepEqual((await request(page, 'GET', '/auth/mfa')).json.methods.at(-1), before);
  await page.getByRole('button', { name: 'Make new codes' }).click();
  await question.getByRole('button', { name: 'Make new codes' }).click();
  await dialogOf(page, 'Your recovery codes').getByRole('button', { name: 'I have kept them' }).click();
  await outcomeOf(page, 'recovery').getByText('Those from before are worth nothing.').waitFor();
  await goTo(page, 'overview');
  await page.getByText('Very well protected').waitFor();
  await checkPage(page, 'account-overview-best');
  await leave();
});

test('the overview leads from a password alone to the best protection', async () => {
  const { page, leave } = await accountPage(browser, service, { authenticator: 'platform' });
  await page.getByText('Protected by a password alone').waitFor();
  await page.locator('#protection').getByRole('button', { name: 'Add a passkey' }).click();
  await dialogOf(page, 'Add a passkey').getByRole('button', { name: 'Continue' }).click();
  await dialogOf(page, 'Keep a spare key').getByRole('button', { name: 'Make recovery codes' }).click();
  await dialogOf(page, 'Your recovery codes').getByRole('button', { name: 'I have kept them' }).click();
  await page.getByText('Very well protected').waitFor();
  assert.equal(await page.locator('#protection .next-step').count(), 0);
  await page.locator('#overview > .outcome').getByText('You have ten recovery codes now.').waitFor();
  await goTo(page, 'security');
  assert.equal(await outcomeOf(page, 'passkeys').innerText(), '', 'it was told where it was done');
  await leave();
});

// ASVS 6.3.3, 6.4.4
test('who must have a second factor is shown nothing but how to set one up', async (t) => {
  const own = await startService({ MFA_REQUIRED_ROLES: 'user,staff,admin' });
  t.after(() => own.stop());
  const { page, leave } = await accountPage(browser, own, { section: 'sessions', authenticator: 'platform' });
  await page.getByText('One more step before you go on').waitFor();
  assert.equal(await page.locator('#sections').isVisible(), false);
  for (const id of ['password-form', 'recovery', 'sessions', 'overview']) assert.equal(await page.locator(`#${id}`).isVisible(), false, id);
  await checkPage(page, 'account-enrolment-due');
  await page.evaluate(() => { location.hash = '#data'; });
  assert.equal(await page.locator('#data').isVisible(), false);
  assert.ok(await page.getByRole('button', { name: 'Sign out' }).isVisible(), 'the way out is open');
  await addPasskey(page, 'Laptop');
  assert.equal(await page.locator('#due').count(), 0);
  await goTo(page, 'sessions');
  await page.locator('#session-list .thing').first().waitFor();
  await goTo(page, 'security');
  await passkey(page, 'Laptop').getByRole('button', { name: 'Remove' }).click();
  await dialogOf(page, 'Remove “Laptop”?').getByRole('button', { name: 'Remove' }).click();
  await page.getByText('This account cannot do without it').waitFor();
  await leave();
});

test('an account of passkeys alone is told how it comes to a password', async (t) => {
  const own = await startService({ PASSWORDLESS_SIGNUP: 'true' });
  t.after(() => own.stop());
  const { page, leave } = await accountPage(browser, own, { section: 'security' });
  await page.route('**/auth/mfa', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...await response.json(), has_password: false } });
  });
  await open(page, own, 'security');
  assert.equal(await page.locator('#password-form').isVisible(), false);
  await page.getByRole('button', { name: 'Mail me a link' }).click();
  await outcomeOf(page, 'no-password').getByText('Look into the mailbox of').waitFor();
  await leave();
});

test('the other devices stay signed in where their owner wishes it', async () => {
  const { page, email, leave } = await accountPage(browser, service, { section: 'security', authenticator: 'platform' });
  const others = [];
  for (let count = 0; count < 2; ++count) {
    const other = await browser.newContext();
    others.push(await other.newPage());
    await others[count].goto(`${service.origin}/verify-email`);
    await signIn(others[count], email);
  }
  await page.locator('#add-passkey').click();
  const dialog = dialogOf(page, 'Add a passkey');
  await dialog.getByLabel('Sign out my other devices').uncheck();
  await dialog.getByRole('button', { name: 'Continue' }).click();
  await putOff(page);
  for (const other of others) {
    assert.equal((await request(other, 'GET', '/auth/me')).status, 200);
    await other.context().close();
  }
  await leave();
});
