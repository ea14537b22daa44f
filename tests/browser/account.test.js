// The account page: what it shows, and what owners do there with their names, addresses and passwords.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { accountPage, dialogOf, goTo, open, outcomeOf } from './harness/account_page.js';
import { newPage, postJson } from './harness/browser.js';
import { checkPage } from './harness/page_check.js';
import { request } from './harness/passkeys.js';
import { PASSWORD, freshEmail, mailedLink, signIn } from './harness/people.js';
import { refuse } from './harness/refusals.js';
import { startService } from './harness/service.js';
import { startSite } from './harness/site.js';

const NEW_PASSWORD = 'seven anvils under a lake';
const SECTIONS = ['overview', 'profile', 'security', 'sessions', 'data'];

const { service, browser } = await startSite();

for (const [language, locale] of [['English', 'en-GB'], ['German', 'de-DE']]) {
  test(`every section is fit to be seen in ${language}`, async () => {
    const { page, leave } = await accountPage(browser, service, { locale, authenticator: 'platform' });
    for (const section of SECTIONS) {
      await goTo(page, section);
      if (section === 'sessions') await page.locator('#session-list .thing').first().waitFor();
      await checkPage(page, `account-${section}-${locale.slice(0, 2)}`);
    }
    await leave();
  });
}

test('who is not signed in is sent to the sign-in page, and back from there', async () => {
  const { page, context } = await newPage(browser);
  await page.goto(`${service.origin}/account#sessions`);
  await page.waitForURL(/\/sign-in\?/);
  assert.equal(new URL(page.url()).searchParams.get('return_to'), `${service.origin}/account#sessions`);
  await context.close();
});

// ASVS 7.4.4
for (const section of SECTIONS) {
  test(`the way out stands in the header of ${section}`, async () => {
    const { page, leave } = await accountPage(browser, service, { section });
    await page.getByRole('banner').getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(/\/sign-in/);
    assert.equal((await request(page, 'GET', '/auth/me')).status, 401);
    await leave();
  });
}

test('a visit costs one request that counts', async (t) => {
  const own = await startService({ RATE_LIMIT_REQUESTS: '50' });
  t.after(() => own.stop());
  const { page, leave } = await accountPage(browser, own);
  const counted = [];
  page.on('response', (response) => {
    if (response.headers()['ratelimit']) counted.push(new URL(response.url()).pathname);
  });
  await open(page, own);
  for (const section of ['profile', 'security', 'data']) await goTo(page, section);
  assert.deepEqual(counted, ['/auth/mfa']);
  await goTo(page, 'sessions');
  await page.locator('#session-list .thing').first().waitFor();
  assert.deepEqual(counted, ['/auth/mfa', '/auth/sessions']);
  await leave();
});

for (const [path, refusal, told] of [
  ['/auth/me', { status: 503, code: 'unavailable' }, 'The service cannot answer at the moment.'],
  ['/auth/mfa', { status: 429, code: 'rate_limited', retryAfter: 90 }, 'Too many tries from your network or account in a short time. Try again at'],
]) {
  test(`where ${path} is refused with ${refusal.status} that is told, and asked again by a button`, async () => {
    const { page, leave } = await accountPage(browser, service);
    const relent = await refuse(page, path, refusal);
    await open(page, service, 'security');
    await page.getByRole('alert').getByText(told, { exact: false }).waitFor();
    assert.equal(await page.locator('.skeleton:visible').count(), 0);
    assert.equal(await page.locator('#sections').isVisible(), false, 'nothing is offered that cannot be shown');
    await page.evaluate(() => { location.hash = 'profile'; });
    await checkPage(page, `account-refused-${refusal.status}`);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('button', { name: 'Try again' }).and(page.locator(':focus')).waitFor();
    await relent();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('section#profile').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.id), 'profile-heading');
    await goTo(page, 'overview');
    await page.locator('#this-sign-in').getByText('password').waitFor();
    await leave();
  });
}

test('a password never stands in an address, not even where the page\'s script is lost', async () => { // ASVS 14.2.1
  const { page, leave } = await accountPage(browser, service);
  await page.route('**/scripts/account.js', (route) => route.abort());
  await page.goto('about:blank');
  await page.goto(`${service.origin}/account`);
  const [sent] = await Promise.all([
    page.waitForRequest((request) => request.isNavigationRequest()),
    page.evaluate((password) => {
      for (const input of document.querySelectorAll('#password-form input[required]')) input.value = password;
      document.getElementById('password-form').submit();
    }, PASSWORD),
  ]);
  assert.deepEqual([sent.method(), new URL(sent.url()).search], ['POST', '']);
  await leave();
});

test('a session that has ended meanwhile is told, and nothing of the account stays in sight', async () => {
  const { page, email, leave } = await accountPage(browser, service, { section: 'profile' });
  await request(page, 'POST', '/auth/logout');
  await page.getByLabel('What should we call you?').fill('Ada');
  await page.getByRole('button', { name: 'Save' }).click();
  const dialog = dialogOf(page, 'You are signed out');
  await dialog.waitFor();
  assert.equal(await page.getByText(email).count(), 0);
  await checkPage(page, 'account-ended');
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(/\/sign-in\?/);
  await leave();
});

test('a name is given, refused where it will not do, and taken away', async () => {
  const { page, email, leave } = await accountPage(browser, service, { section: 'profile' });
  const name = page.getByLabel('What should we call you?');
  const save = page.getByRole('button', { name: 'Save' });
  await name.fill('Ada Lovelace');
  await save.click();
  await outcomeOf(page, 'name-form').getByText('Your name is saved.').waitFor();
  assert.equal(await page.locator('#whose').innerText(), `Ada Lovelace · ${email}`);
  await name.fill('x'.repeat(201));
  await save.click();
  await page.getByText('This is too long.').waitFor();
  assert.equal(await name.getAttribute('aria-invalid'), 'true');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'name');
  await checkPage(page, 'account-name-refused');
  await open(page, service, 'profile');
  assert.equal(await name.inputValue(), 'Ada Lovelace');
  await name.fill('  ');
  await save.click();
  await outcomeOf(page, 'name-form').getByText('Your name is removed.').waitFor();
  assert.equal((await request(page, 'GET', '/auth/me')).json.name, null);
  await leave();
});

test('what somebody calls himself never acts on the page', async () => {
  const { page, leave } = await accountPage(browser, service, { section: 'profile' });
  page.on('dialog', () => assert.fail('a script of the name ran'));
  await page.getByLabel('What should we call you?').fill('<img src=x onerror=alert(1)>');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.locator('#whose').getByText('<img src=x onerror=alert(1)>').waitFor();
  await leave();
});

test('another address: the link in the new mailbox completes it, and says so before', async () => {
  const { page, email, leave } = await accountPage(browser, service, { section: 'profile' });
  const wanted = freshEmail();
  await page.getByLabel('New e-mail address').fill('nonsense');
  await page.getByRole('button', { name: 'Change address' }).click();
  await page.getByText('This is not an e-mail address.').waitFor();
  await page.getByLabel('New e-mail address').fill(wanted);
  await page.getByRole('button', { name: 'Change address' }).click();
  await outcomeOf(page, 'email-form').getByText(`Look into the mailbox of ${wanted}`).waitFor();
  await checkPage(page, 'account-address-asked');
  assert.equal(await page.locator('#email-now').innerText(), email, 'nothing has changed yet');
  assert.match(await mailedLink(service.origin, wanted), /\/confirm-email#token=/);
  await leave();
});

test('another password: wrong ones are told, the right one signs the other devices out', async () => {
  const { page, email, leave } = await accountPage(browser, service, { section: 'security' });
  const other = await newPage(browser);
  await other.page.goto(`${service.origin}/verify-email`);
  await signIn(other.page, email);
  const current = page.getByLabel('Current password');
  const wanted = page.getByLabel('New password');
  const change = page.getByRole('button', { name: 'Change password' });
  await current.fill('not that one at all');
  await wanted.fill(NEW_PASSWORD);
  await change.click();
  await page.getByText('That is not your current password.').waitFor();
  await current.fill(PASSWORD);
  await wanted.fill('short');
  await change.click();
  await page.getByText('This password is too short.').waitFor();
  await checkPage(page, 'account-password-refused');
  await wanted.fill(NEW_PASSWORD);
  await page.locator('#password-form').getByRole('button', { name: 'Show' }).last().click();
  assert.equal(await wanted.getAttribute('type'), 'text');
  await change.click();
  await outcomeOf(page, 'password-form').getByText('Your password is changed.').waitFor();
  assert.deepEqual([await current.inputValue(), await wanted.inputValue()], ['', ''], 'nothing of it stays in the page');
  assert.equal((await request(other.page, 'GET', '/auth/me')).status, 401);
  assert.equal((await postJson(page, '/auth/login', { email, password: NEW_PASSWORD })).status, 200);
  await other.context.close();
  await leave();
});

test('all that is held is taken away as a file, after a fresh proof', async () => {
  const { page, email, leave } = await accountPage(browser, service, { section: 'data' });
  await page.getByRole('button', { name: 'Save my data' }).click();
  const dialog = dialogOf(page, 'Confirm it is you');
  await dialog.getByLabel('Password').fill(PASSWORD);
  const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'Confirm' }).click()]);
  assert.equal(download.suggestedFilename(), 'my-account.json');
  assert.equal(JSON.parse(await readFile(await download.path(), 'utf8')).account.email, email);
  await outcomeOf(page, 'export').getByText('The file is in your downloads.').waitFor();
  await leave();
});

test('an account is deleted by who types its address and proves who he is', async () => {
  const { page, email, leave } = await accountPage(browser, service, { section: 'data' });
  await page.getByRole('button', { name: 'Delete my account' }).click();
  const dialog = dialogOf(page, 'Delete my account');
  await dialog.getByLabel(`To go on, type ${email}`).fill('somebody@else.example');
  await dialog.getByRole('button', { name: 'Delete my account' }).click();
  await dialog.getByText('That is not the address of this account.').waitFor();
  await checkPage(page, 'account-delete');
  await dialog.getByLabel(`To go on, type ${email}`).fill(email.toUpperCase());
  await dialog.getByRole('button', { name: 'Delete my account' }).click();
  const proof = dialogOf(page, 'Confirm it is you');
  await proof.getByLabel('Password').fill(PASSWORD);
  await proof.getByRole('button', { name: 'Confirm' }).click();
  await page.getByRole('heading', { name: 'Your account is deleted' }).waitFor();
  await checkPage(page, 'account-deleted');
  assert.equal((await postJson(page, '/auth/login', { email, password: PASSWORD })).status, 401);
  await leave();
});

test('the address names the section, and nothing else is ever in it', async () => {
  const { page, leave } = await accountPage(browser, service);
  await goTo(page, 'security');
  assert.equal(new URL(page.url()).hash, '#security');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'security-heading', 'a reader hears where he is');
  await page.goBack();
  await page.locator('section#overview').waitFor();
  await page.goto(`${service.origin}/account#https://evil.example/`);
  await page.locator('section#overview').waitFor();
  await leave();
});

test('everything is reached by the keyboard alone', async () => {
  const { page, leave } = await accountPage(browser, service);
  const focused = () => page.evaluate(() => document.activeElement.textContent.trim() || document.activeElement.id);
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Skip to the content');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab'); // Overview
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Personal details');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement.id === 'profile-heading');
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'name');
  await page.keyboard.type('Grace');
  await page.keyboard.press('Enter');
  await outcomeOf(page, 'name-form').getByText('Your name is saved.').waitFor();
  await goTo(page, 'data');
  await page.getByRole('button', { name: 'Delete my account' }).focus();
  await page.keyboard.press('Enter');
  await dialogOf(page, 'Delete my account').waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.name), 'typed');
  await page.keyboard.press('Escape');
  await dialogOf(page, 'Delete my account').waitFor({ state: 'detached' });
  assert.equal(await focused(), 'Delete my account', 'the focus is where it was');
  await leave();
});
