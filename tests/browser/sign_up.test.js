// The sign-up page, from the first key to a confirmed address.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { virtualAuthenticators } from './harness/authenticator.js';
import { checkPage } from './harness/page_check.js';
import { PASSWORD, freshEmail, mailedLink, mailedSubjects, verifiedAccount } from './harness/people.js';
import { startService } from './harness/service.js';
import { startSite } from './harness/site.js';
import { visit } from './harness/visits.js';

const { service, browser } = await startSite({ PASSWORDLESS_SIGNUP: 'true' });

const open = (path = '/sign-up', options) => visit(browser, service, path, options);
const passwordField = (page) => page.getByLabel('Password', { exact: true });
const meter = (page) => page.locator('.meter p');

async function fillIn(page, { email = freshEmail(), name, password = PASSWORD } = {}) {
  await page.getByLabel('E-mail address').fill(email);
  if (name) await page.getByLabel('Name').fill(name);
  await passwordField(page).fill(password);
  return email;
}

const send = (page) => page.getByRole('button', { name: 'Create an account' }).click();

test('the page is in order in both languages', async () => {
  for (const locale of ['en', 'de']) {
    const { page, leave } = await open('/sign-up', { locale });
    await page.locator('.meter').waitFor();
    await checkPage(page, `sign-up-${locale}`);
    await leave();
  }
});

test('a new reader signs up by way of the mailbox and signs in', async () => {
  const { page, context, leave } = await open('/sign-in');
  await page.getByRole('link', { name: 'Create an account' }).click();
  const email = await fillIn(page, { name: 'Ada Lovelace' });
  await page.getByText('Good password').or(page.getByText('Strong password')).waitFor();
  await send(page);
  await page.getByRole('heading', { name: 'Look into your mailbox' }).waitFor();
  assert.ok(await page.getByRole('heading', { name: 'Look into your mailbox' }).evaluate((h) => h === document.activeElement));
  await page.getByText(`We have sent a mail to ${email}.`).waitFor();
  await checkPage(page, 'sign-up-sent');
  const [mail] = await Promise.all([context.waitForEvent('page'), page.getByRole('link', { name: 'Open the development mailbox' }).click()]);
  await mail.locator('#messages > li').filter({ hasText: email }).getByRole('link').click();
  await mail.getByRole('button', { name: 'Confirm' }).click();
  await mail.getByText('Your e-mail address is confirmed.').waitFor();
  await checkPage(mail, 'verify-email-done');
  await mail.getByRole('link', { name: 'Sign in' }).click();
  await mail.getByLabel('E-mail address').fill(email);
  await passwordField(mail).fill(PASSWORD);
  await mail.getByRole('button', { name: 'Sign in', exact: true }).click();
  await mail.waitForURL(`${service.origin}/account`);
  await leave();
});

test('an address that is taken is told to nobody but its mailbox', async () => { // ASVS 6.3.8
  const { page, leave } = await open();
  const taken = await verifiedAccount(page, service.origin);
  const told = [];
  for (const email of [taken, freshEmail()]) {
    await page.goto(`${service.origin}/sign-up`);
    await fillIn(page, { email });
    await send(page);
    await page.getByRole('heading', { name: 'Look into your mailbox' }).waitFor();
    told.push((await page.locator('main').innerText()).replaceAll(email, ''));
  }
  assert.equal(told[0], told[1]);
  await leave();
});

// ASVS 6.2.4, 6.2.7
test('what the service thinks of a password is said while it is typed', async () => {
  const { page, leave } = await open();
  let asked = 0;
  page.on('request', (request) => { if (request.url().endsWith('/auth/password/check')) asked += 1; });
  assert.equal(await meter(page).getAttribute('aria-live'), 'polite');
  assert.equal(await passwordField(page).getAttribute('autocomplete'), 'new-password');
  await passwordField(page).pressSequentially('abcabc');
  await page.getByText('4 more to go').waitFor();
  assert.equal(asked, 0, 'too short is known without asking');
  await passwordField(page).pressSequentially('abcabc', { delay: 20 });
  await page.getByText('Not yet: it repeats the same characters.').waitFor();
  assert.equal(asked, 1, 'one question after the last key');
  await checkPage(page, 'sign-up-weak');
  await passwordField(page).fill('P@ssw0rd2024!');
  await page.getByText('Not yet: This is one of the passwords that are guessed first.').waitFor();
  await passwordField(page).fill('seven anvils under a lake');
  await page.getByText('Strong password').waitFor();
  assert.equal(await page.locator('.meter').getAttribute('data-parts'), '4');
  await checkPage(page, 'sign-up-strong');
  await leave();
});

test('a password made of the name is told as soon as there is one', async () => { // ASVS 6.2.11
  const { page, leave } = await open();
  await passwordField(page).fill('thaddeuskowalski');
  await page.locator('.meter[data-parts]:not([data-parts="0"])').waitFor();
  await page.getByLabel('Name').fill('Thaddeus Kowalski');
  await page.getByLabel('E-mail address').click();
  await page.getByText('This is mostly your address, your name').waitFor();
  await leave();
});

test('a password that is refused is explained at its field', async () => {
  const { page, leave } = await open();
  await fillIn(page, { password: 'abcabcabcabc' });
  await send(page);
  await page.locator('#password-error').waitFor();
  assert.match(await page.locator('#password-error').innerText(), /easy to guess/);
  assert.ok(await passwordField(page).evaluate((input) => input === document.activeElement));
  await checkPage(page, 'sign-up-refused');

  await passwordField(page).fill('P@ssw0rd2024!');
  await page.getByText('Not yet: This is one of the passwords').waitFor();
  await send(page);
  await page.locator('#password-error').getByText('This is one of the passwords').waitFor();
  assert.equal(await meter(page).isVisible(), false, 'nothing is said twice');
  await leave();
});

test('a service that cannot be asked while typing is no obstacle', async () => {
  const { page, leave } = await open();
  await page.route('**/auth/password/check', (route) => route.abort());
  await fillIn(page);
  await page.getByText('It will be checked when you send it.').waitFor();
  await send(page);
  await page.getByRole('heading', { name: 'Look into your mailbox' }).waitFor();
  await leave();
});

test('the mail can be sent again', async () => {
  const { page, leave } = await open();
  const email = await fillIn(page);
  await send(page);
  await page.getByRole('button', { name: 'Send it again' }).click();
  await page.getByText('Another mail is on its way.').waitFor();
  assert.equal((await mailedSubjects(service.origin, email)).length, 2);
  await page.getByRole('button', { name: 'Use another address' }).click();
  assert.ok(await page.getByLabel('E-mail address').evaluate((input) => input === document.activeElement));
  assert.equal(await passwordField(page).inputValue(), '', 'the password is not kept');
  await leave();
});

test('a passkey signs up without a password, and the code of the mail confirms it in this browser', async () => {
  const { page, leave } = await open();
  const plug = await virtualAuthenticators(page);
  await plug('platform');
  const email = freshEmail();
  await page.getByRole('button', { name: 'Sign up with a passkey' }).click();
  await page.getByText('Please fill this in.').waitFor();
  assert.equal(await page.locator('#password-error').count(), 0, 'no password is missing');
  await page.getByLabel('E-mail address').fill(email);
  await page.getByRole('button', { name: 'Sign up with a passkey' }).click();
  await page.getByText('Open its link in this browser').waitFor();
  await checkPage(page, 'sign-up-passkey-sent');
  const link = await mailedLink(service.origin, email);

  const other = await open(new URL(link).pathname + new URL(link).hash); // on another device
  await other.page.getByRole('button', { name: 'Confirm' }).click();
  await other.page.getByText('You signed up with a passkey in another browser.').waitFor();
  await other.leave();

  await page.getByText('You read your mail on another device?').click();
  await page.getByLabel('Code from the mail').fill(link);
  await page.getByRole('button', { name: 'Confirm the address' }).click();
  await page.getByRole('heading', { name: 'Your address is confirmed' }).waitFor();
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByLabel('E-mail address').click(); // whose suggestions are the passkey
  await page.waitForURL(`${service.origin}/account`);
  await leave();
});

test('without PASSWORDLESS_SIGNUP no passkey is offered', async (t) => {
  const own = await startService();
  t.after(() => own.stop());
  const { page, leave } = await visit(browser, own, '/sign-up');
  await page.locator('.meter').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Sign up with a passkey' }).count(), 0);
  await leave();
});
