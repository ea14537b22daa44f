// The sign-in page: passwords, second steps, what the right password may lead to instead, and the way on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { postJson } from './harness/browser.js';
import { addTotp, makeRecoveryCodes } from './harness/factors.js';
import { checkPage } from './harness/page_check.js';
import { assurance, request, signOut } from './harness/passkeys.js';
import { PASSWORD, freshEmail, mailedLink, mailedSubjects, register, signIn, verifiedAccount } from './harness/people.js';
import { startSite } from './harness/site.js';
import { visit } from './harness/visits.js';

const { service, browser } = await startSite({ MFA_TRUSTED_BROWSER_DAYS: '30' });

const open = (path = '/sign-in', options) => visit(browser, service, path, options);

/** Fills the first step in and sends it. */
async function give(page, email, password = PASSWORD) {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** The page of somebody who has an authenticator app and recovery codes, at the second step. */
async function atSecondStep(path) {
  const { page, ...rest } = await open('/verify-email');
  const email = await verifiedAccount(page, service.origin);
  const nextCode = await addTotp(page, email);
  const codes = await makeRecoveryCodes(page);
  await signOut(page);
  await page.goto(service.origin + (path ?? '/sign-in'));
  await give(page, email);
  await page.getByRole('heading', { name: 'One more step' }).waitFor();
  return { page, email, nextCode, codes, ...rest };
}

const atAccount = (page) => page.waitForURL(`${service.origin}/account`);

test('the page is in order by day and by night, on a phone and on a desktop, in both languages', async () => {
  for (const locale of ['en', 'de']) {
    const { page, leave } = await open('/sign-in', { locale });
    await page.getByRole('button').first().waitFor();
    await checkPage(page, `sign-in-${locale}`);
    await leave();
  }
});

// ASVS 6.2.6, 6.2.7
test('password managers can fill the form, and a password may be pasted and shown', async () => {
  const { page, context, leave } = await open();
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const password = page.getByLabel('Password', { exact: true });
  assert.equal(await page.getByLabel('E-mail address').getAttribute('autocomplete'), 'username webauthn');
  assert.equal(await password.getAttribute('autocomplete'), 'current-password');
  assert.equal(await password.getAttribute('type'), 'password');
  await page.evaluate((text) => navigator.clipboard.writeText(text), PASSWORD);
  await password.focus();
  await page.keyboard.press('Control+V');
  assert.equal(await password.inputValue(), PASSWORD);
  await page.getByRole('button', { name: 'Show' }).click();
  assert.equal(await password.getAttribute('type'), 'text');
  await page.getByRole('button', { name: 'Hide' }).click();
  assert.equal(await password.getAttribute('type'), 'password');
  assert.equal(await page.locator('#totp').getAttribute('autocomplete'), 'one-time-code');
  await leave();
});

test('a password signs in by the keyboard alone and leads to the account', async () => { // WCAG 2.1.1
  const { page, leave } = await open('/verify-email');
  const email = await verifiedAccount(page, service.origin);
  await page.goto(`${service.origin}/sign-in`);
  await page.waitForFunction(() => document.activeElement.id === 'email');
  await page.keyboard.type(email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await atAccount(page);
  assert.deepEqual(await assurance(page), { aal: 1, amr: ['pwd'] });
  await leave();
});

test('a wrong password and an unknown address are told alike, and heard', async () => { // ASVS 6.3.8
  const { page, leave } = await open('/verify-email');
  const known = await verifiedAccount(page, service.origin);
  const told = [];
  for (const email of [known, freshEmail()]) {
    await page.goto(`${service.origin}/sign-in`);
    await give(page, email, 'not the right password');
    await page.getByText('The e-mail address or the password is wrong.').waitFor();
    told.push((await page.locator('#first').innerText()).replaceAll(email, ''));
    assert.equal(await page.getByLabel('Password', { exact: true }).inputValue(), 'not the right password', 'to be mended');
  }
  assert.equal(told[0], told[1]);
  assert.equal(await page.locator('#password-form .outcome').getAttribute('aria-live'), 'polite');
  await checkPage(page, 'sign-in-wrong');
  await leave();
});

test('what is missing is said at its field, which gets the focus', async () => { // WCAG 3.3.1
  const { page, leave } = await open();
  await page.getByLabel('E-mail address').fill('nobody');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('This is not an e-mail address.').waitFor();
  await page.getByText('Please type a password.').waitFor();
  const field = page.getByLabel('E-mail address');
  assert.equal(await field.getAttribute('aria-invalid'), 'true');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'email');
  const described = await field.getAttribute('aria-describedby');
  assert.match(await page.locator(`#${described}`).innerText(), /not an e-mail address/);
  await checkPage(page, 'sign-in-mistakes');
  await field.fill('somebody@example.org');
  assert.equal(await field.getAttribute('aria-invalid'), null, 'the error goes when it is mended');
  await leave();
});

test('a code of the app ends the sign-in', async () => {
  const { page, nextCode, leave } = await atSecondStep();
  const code = page.getByLabel('Code from your app');
  assert.equal(await code.getAttribute('inputmode'), 'numeric');
  assert.ok(await code.evaluate((input) => input === document.activeElement));
  await checkPage(page, 'sign-in-totp');
  await code.fill('000000');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('That was not right.').waitFor();
  const right = await nextCode();
  await code.fill(`${right.slice(0, 3)} ${right.slice(3)}`);
  await page.keyboard.press('Enter');
  await atAccount(page);
  assert.deepEqual(await assurance(page), { aal: 2, amr: ['pwd', 'otp', 'mfa'] });
  await leave();
});

test('a recovery code stands in for the app, and few that are left are told', async () => {
  const { page, codes, email, leave } = await atSecondStep();
  for (const [used, code] of codes.entries()) {
    await page.getByRole('button', { name: 'Use a recovery code instead' }).click();
    if (used === 0) await checkPage(page, 'sign-in-recovery');
    await page.getByLabel('Recovery code').fill(code.toLowerCase());
    await page.getByRole('button', { name: 'Continue' }).click();
    if (used < 6) await atAccount(page);
    if (used === 0) await page.locator('#this-sign-in-facts').getByText('password and recovery code').waitFor();
    if (used >= 6) await page.getByText(used === 9 ? 'That was your last recovery code' : `Recovery codes left: ${9 - used}`).waitFor();
    if (used === 6) {
      await checkPage(page, 'sign-in-codes-left');
      await page.getByRole('button', { name: 'Continue' }).click();
      await atAccount(page);
    }
    if (used === 9) break;
    await signOut(page);
    await page.goto(`${service.origin}/sign-in`);
    await give(page, email);
  }
  await leave();
});

test('a browser that is to be remembered is not asked for the code again', async () => {
  const { page, nextCode, email, leave } = await atSecondStep();
  await page.getByLabel('Do not ask again in this browser for 30 days').check();
  await page.getByLabel('Code from your app').fill(await nextCode());
  await page.getByRole('button', { name: 'Continue' }).click();
  await atAccount(page);
  await signOut(page);
  await page.goto(`${service.origin}/sign-in`);
  await give(page, email);
  await atAccount(page);
  await leave();
});

test('five wrong codes lead back to the password, and say why', async () => {
  const { page, leave } = await atSecondStep();
  for (let wrong = 0; wrong < 5; ++wrong) {
    await page.getByLabel('Code from your app').fill(`00000${wrong}`);
    const answered = page.waitForResponse('**/auth/mfa/totp/verify');
    await page.getByRole('button', { name: 'Continue' }).click();
    await answered;
  }
  await page.getByLabel('Code from your app').fill('000009');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('This attempt has ended: it took too long, or was wrong too often.').waitFor();
  assert.ok(await page.getByLabel('Password', { exact: true }).evaluate((input) => input === document.activeElement));
  await leave();
});

test('starting again forgets the password', async () => {
  const { page, leave } = await atSecondStep();
  await page.getByRole('button', { name: 'Start again' }).click();
  assert.equal(await page.getByLabel('Password', { exact: true }).inputValue(), '');
  assert.ok(await page.getByLabel('Password', { exact: true }).evaluate((input) => input === document.activeElement));
  await leave();
});

test('an address that is not confirmed gets its mail again', async () => {
  const { page, context, leave } = await open();
  const email = await register(page);
  await give(page, email);
  await page.getByRole('heading', { name: 'Confirm your address first' }).waitFor();
  await checkPage(page, 'sign-in-unverified');
  await page.getByRole('button', { name: 'Send the mail again' }).click();
  await page.getByText(`A mail is on its way to ${email}.`).waitFor();
  assert.equal((await mailedSubjects(service.origin, email)).length, 2);
  const [mailbox] = await Promise.all([context.waitForEvent('page'), page.getByRole('link', { name: 'Open the development mailbox' }).click()]);
  await mailbox.waitForURL('**/dev/mailbox');
  assert.equal(new URL(page.url()).pathname, '/sign-in', 'this page stays');
  await leave();
});

test('a password that must change leads to a mail with a link', async () => {
  const { page, leave } = await open('/verify-email');
  const email = await verifiedAccount(page, service.origin);
  await signIn(page, email);
  const wanted = freshEmail();
  await request(page, 'POST', '/auth/email/change', { new_email: wanted });
  const tokenOf = async (address) => new URL(await mailedLink(service.origin, address)).hash.replace('#token=', '');
  await postJson(page, '/auth/email/change/confirm', { token: await tokenOf(wanted) });
  await postJson(page, '/auth/email/change/undo', { token: await tokenOf(email) });

  await page.goto(`${service.origin}/sign-in`);
  await give(page, email);
  await page.getByRole('heading', { name: 'A new password is needed' }).waitFor();
  await checkPage(page, 'sign-in-must-change');
  await page.getByRole('button', { name: 'Mail me a link' }).click();
  await page.getByText('A mail is on its way').waitFor();
  assert.match(await mailedLink(service.origin, email), /reset-password#token=/);
  await page.getByRole('button', { name: 'Back to sign-in' }).click();
  await page.getByLabel('Password', { exact: true }).waitFor();
  await leave();
});

test('a lost connection can be tried again', async () => {
  const { page, context, leave } = await open('/verify-email');
  const email = await verifiedAccount(page, service.origin);
  await page.goto(`${service.origin}/sign-in`);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).waitFor();
  await context.setOffline(true);
  await give(page, email);
  await page.getByText('The service could not be reached.').waitFor();
  await context.setOffline(false);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await atAccount(page);
  await leave();
});
