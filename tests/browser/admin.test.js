// The admin page: what staff sees, what admins do, the log as it grows, and that nobody's text acts on it.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { adminPage, failToSignIn, open, shown, somebody } from './harness/admin_page.js';
import { checkPage } from './harness/page_check.js';
import { refuse } from './harness/refusals.js';
import { request } from './harness/passkeys.js';
import { mailedSubjects } from './harness/people.js';
import { startService } from './harness/service.js';
import { startSite } from './harness/site.js';

const HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=1</script>';
const SECTIONS = ['#users', '#audit', '#sign-ins', '#lockouts', '#health'];

const { service, browser } = await startSite();
let ada;

before(async () => {
  ada = await somebody(browser, service, { userAgent: HOSTILE });
  await request(ada.page, 'PATCH', '/auth/me', { name: HOSTILE });
  await failToSignIn(ada.page, ada.email, 11);
  await failToSignIn(ada.page, 'nobody@example.org', 11);
});

for (const [language, locale] of [['English', 'en-GB'], ['German', 'de-DE']]) {
  test(`every view is fit to be seen in ${language}`, async () => {
    const { page, leave } = await adminPage(browser, service, { role: 'admin', locale });
    for (const fragment of [...SECTIONS, '#sign-ins?window=month', `#users/${ada.id}`]) {
      await open(page, service, fragment);
      const name = fragment.slice(1).replace(ada.id, 'one').replace(/\W+/g, '-');
      await checkPage(page, `admin-${name}-${locale.slice(0, 2)}`);
    }
    await page.getByRole('button', { name: /login\.failed/ }).first().click();
    await checkPage(page, `admin-entry-${locale.slice(0, 2)}`);
    await leave();
  });
}

test('staff sees all of it and can change nothing', async () => {
  const { page, leave } = await adminPage(browser, service);
  for (const [name, fragment] of [['Accounts', '#users'], ['Audit log', '#audit'], ['Sign-ins', '#sign-ins'], ['Lockouts', '#lockouts'], ['Health', '#health']]) {
    await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name }).click();
    await page.getByRole('heading', { level: 2, name }).waitFor();
    assert.equal(new URL(page.url()).hash, fragment);
    assert.match(await page.title(), new RegExp(`^${name} · `));
    assert.equal(await page.getByRole('button', { name: 'Unlock' }).count(), 0);
  }
  await open(page, service, `#users/${ada.id}`);
  assert.equal(await page.getByRole('heading', { name: 'Actions' }).count(), 0);
  await leave();
});

test('a user is told that this is for staff', async () => {
  const { page, leave } = await adminPage(browser, service, { role: 'user' });
  await page.getByText('This page is for people who look after this site.').waitFor();
  assert.equal(await page.getByRole('navigation', { name: 'Sections' }).count(), 0);
  await checkPage(page, 'admin-for-staff');
  await leave();
});

test('who has no second factor is told to set one up', async (t) => {
  const own = await startService({ MFA_REQUIRED_ROLES: 'staff,admin' });
  t.after(() => own.stop());
  const { page, email, context } = await somebody(browser, own);
  await own.command('user', 'set-role', email, 'staff');
  await request(page, 'POST', '/auth/login', { email, password: 'correct horse battery' });
  await open(page, own);
  await page.getByText('Administration asks for more than a password.').waitFor();
  await checkPage(page, 'admin-enrol');
  await context.close();
});

test('where the service cannot say who is signed in that is told, and asked again by a button', async () => {
  const { page, leave } = await adminPage(browser, service);
  const relent = await refuse(page, '/auth/me', { status: 503, code: 'unavailable' });
  await page.goto('about:blank');
  await open(page, service, '#lockouts');
  await page.getByRole('alert').getByText('The service cannot answer at the moment.').waitFor();
  assert.equal(await page.locator('.skeleton').count(), 0);
  await checkPage(page, 'admin-unavailable');
  const again = page.getByRole('button', { name: 'Try again' });
  await again.click();
  await page.waitForFunction(() => document.activeElement.textContent === 'Try again', undefined, { polling: 50 });
  await relent();
  await again.click();
  await page.getByRole('heading', { level: 2, name: 'Lockouts' }).waitFor();
  await page.locator('h2:focus').waitFor();
  await leave();
});

test('who is not signed in comes back to the very view', async () => {
  const { page, context, leave } = await adminPage(browser, service);
  await context.clearCookies();
  await page.goto('about:blank');
  await page.goto(`${service.origin}/admin#lockouts`);
  await page.waitForURL('**/sign-in?**');
  assert.equal(new URL(page.url()).searchParams.get('return_to'), `${service.origin}/admin#lockouts`);
  await leave();
});

test('accounts are found by address, role and status, and the address of the page says so', async () => {
  const { page, email, leave } = await adminPage(browser, service, { role: 'admin' });
  await page.getByLabel('Address begins with').fill(ada.email.slice(0, 20));
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: ada.email }).waitFor();
  await page.waitForURL(`**/admin#users?email_prefix=${ada.email.slice(0, 20)}`);
  await page.locator('h2:focus').waitFor();
  await page.getByLabel('Role').selectOption('admin');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByText('No account fits.').waitFor();
  await page.goBack();
  await page.getByRole('link', { name: ada.email }).waitFor();
  await open(page, service, '#users?role=admin');
  await page.getByRole('link', { name: email }).waitFor();
  assert.equal(await page.getByRole('link', { name: ada.email }).count(), 0);
  await leave();
});

test('a list goes on where it ended', async (t) => {
  const own = await startService();
  t.after(() => own.stop());
  const { page, leave } = await adminPage(browser, own);
  for (let i = 0; i < 60; ++i) await request(page, 'GET', '/admin/users');
  await open(page, own, '#audit?event=users.listed');
  assert.equal(await page.getByRole('row').count(), 51);
  await page.getByRole('button', { name: 'Show more' }).click();
  await page.getByRole('row').nth(60).waitFor();
  await page.getByRole('button', { name: 'Show more' }).waitFor({ state: 'hidden' });
  await leave();
});

test('an admin disables an account, with a fresh proof where one is due, and is told what happens', async (t) => {
  const own = await startService({ STEP_UP_MAX_AGE_SECONDS: '6' });
  t.after(() => own.stop());
  const bob = await somebody(browser, own);
  const { page, nextCode, leave } = await adminPage(browser, own, { role: 'admin', fragment: `#users/${bob.id}` });
  await page.waitForTimeout(6_100);
  await page.getByRole('button', { name: 'Disable' }).click();
  const dialog = page.getByRole('dialog', { name: 'Disable' });
  await dialog.getByText(`${bob.email} is signed out everywhere`, { exact: false }).waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  assert.equal((await request(bob.page, 'GET', '/auth/me')).status, 200, 'nothing happened');
  await page.getByRole('button', { name: 'Disable' }).click();
  await page.getByRole('dialog', { name: 'Disable' }).getByRole('button', { name: 'Disable' }).click();
  await page.locator('dialog input').fill(await nextCode());
  await page.keyboard.press('Enter');
  await page.getByText('The account is disabled.').waitFor();
  await page.getByRole('heading', { name: bob.email }).waitFor();
  await page.getByRole('button', { name: 'Enable', exact: true }).waitFor();
  assert.equal((await request(bob.page, 'GET', '/auth/me')).status, 401);
  await bob.context.close();
  await leave();
});

test('each deed is done', async () => {
  const bob = await somebody(browser, service);
  await failToSignIn(bob.page, bob.email, 11);
  const { page, leave } = await adminPage(browser, service, { role: 'admin', fragment: `#users/${bob.id}` });
  for (const [deed, done] of [
    ['Unlock', 'The account is unlocked.'], ['End all sessions', 'All sessions have ended.'], ['Mail a reset link', 'The link is on its way.'],
    ['Take second factors away', 'The second factors are gone.'], ['Demand another password', 'Nobody signs in to it before another password is set.'],
  ]) {
    await page.getByRole('button', { name: deed }).click();
    await page.getByRole('dialog').getByRole('button', { name: deed }).click();
    await page.getByText(done).waitFor();
  }
  assert.equal((await request(bob.page, 'GET', '/auth/me')).status, 401);
  assert.equal((await mailedSubjects(service.origin, bob.email)).length >= 2, true);
  await page.getByLabel('Role').selectOption('staff');
  await page.getByRole('button', { name: 'Change role' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Change role' }).click();
  await page.getByText('The role was changed.').waitFor();
  await page.getByRole('button', { name: 'Delete account' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete account' }).click();
  await page.getByText('The account was deleted.').waitFor();
  assert.equal(new URL(page.url()).hash, '#users');
  assert.equal(await page.getByRole('link', { name: bob.email }).count(), 0);
  await bob.context.close();
  await leave();
});

test('nobody is offered to administer the own account', async () => {
  const { page, email, leave } = await adminPage(browser, service, { role: 'admin', fragment: '#users?role=admin' });
  await page.getByRole('link', { name: email }).click();
  await page.getByText('This is your own account.', { exact: false }).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Delete account' }).count(), 0);
  await leave();
});

test('the log is filtered by what the address says, and an entry opens', async () => {
  const { page, leave } = await adminPage(browser, service, { fragment: `#audit?event=login.failed&subject=${ada.id}` });
  const { json: { entries } } = await request(page, 'GET', `/admin/audit-logs?event=login.failed&subject=${ada.id}`);
  assert.ok(entries.length >= 10);
  assert.equal(await page.getByRole('row').count(), 1 + entries.length);
  await page.getByRole('button', { name: 'login.failed' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'login.failed' });
  await dialog.getByText('details.reason').waitFor();
  await dialog.getByText('invalid_credentials').waitFor();
  await dialog.getByText(HOSTILE).waitFor();
  await dialog.getByRole('link', { name: ada.id }).click();
  await page.getByRole('heading', { name: ada.email }).waitFor();
  await page.goBack();
  await page.getByRole('button', { name: 'login.failed' }).first().waitFor();
  await page.getByLabel('Outcome').selectOption('success');
  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await page.getByText('No entry fits.').waitFor();
  await page.getByLabel('Event').fill('nonsense');
  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await page.getByText('This does not look right.').waitFor();
  assert.equal(await page.getByLabel('Event').getAttribute('aria-invalid'), 'true');
  await leave();
});

test('the log is saved as JSON lines', async () => {
  const { page, leave } = await adminPage(browser, service, { fragment: `#audit?event=login.failed&subject=${ada.id}` });
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download as JSON lines' }).click()]);
  assert.equal(download.suggestedFilename(), 'audit-log.jsonl');
  const chunks = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk);
  const lines = Buffer.concat(chunks).toString().trim().split('\n').map((line) => JSON.parse(line));
  assert.ok(lines.length >= 10);
  assert.deepEqual(new Set(lines.map((line) => line.event)), new Set(['login.failed']));
  await leave();
});

// ASVS 1.2.1, 3.2.2
test('nobody\'s text acts on the page', async () => {
  const { page, leave } = await adminPage(browser, service, { role: 'admin' });
  for (const fragment of [`#users?email_prefix=${ada.email.slice(0, 12)}`, `#users/${ada.id}`, `#audit?subject=${ada.id}`]) {
    await open(page, service, fragment);
    await page.getByText(HOSTILE).or(page.getByTitle(HOSTILE)).first().waitFor();
    assert.equal(await page.locator('main img, main script').count(), 0, fragment);
  }
  for (const fragment of [`#users/${HOSTILE}`, `#users?email_prefix=${HOSTILE}`, `#audit?event=${HOSTILE}`, '#nothing', '#__proto__', '#constructor/x']) {
    await open(page, service, fragment);
    assert.equal(await page.locator('main img, main script').count(), 0, fragment);
  }
  assert.notEqual(await page.title(), '1');
  await leave();
});

test('lockouts name who is locked, and an admin unlocks', async (t) => {
  const own = await startService();
  t.after(() => own.stop());
  const bob = await somebody(browser, own);
  await failToSignIn(bob.page, bob.email, 11);
  const { page, leave } = await adminPage(browser, own, { role: 'admin', fragment: '#lockouts' });
  const row = page.getByRole('row').filter({ hasText: bob.email });
  await row.getByText('Locked until', { exact: false }).waitFor();
  await row.getByRole('link', { name: bob.email }).click();
  await page.locator('.toolbar', { has: page.getByRole('heading', { name: bob.email }) }).getByText('Locked until', { exact: false }).waitFor();
  await page.getByText('Chrome on Linux').first().waitFor();
  await open(page, own, `#audit?subject=${bob.id}`);
  await page.getByRole('row').filter({ hasText: 'login.failed' }).getByRole('link', { name: bob.email }).first().waitFor();
  await open(page, own, '#lockouts');
  await row.getByRole('button', { name: 'Unlock' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Unlock' }).click();
  await page.getByText('The account is unlocked.').waitFor();
  await row.getByText('Not locked').waitFor();
  const told = await page.getByText('The account is unlocked.').boundingBox();
  const list = await page.locator('#view').boundingBox();
  assert.ok(told.y < list.y, 'it is told above what it is about');
  await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Health' }).click();
  await page.getByRole('heading', { level: 2, name: 'Health' }).waitFor();
  assert.equal(await page.getByText('The account is unlocked.').count(), 0, 'and nowhere else');
  await leave();
});

test('sign-ins are drawn, and told as a table', async () => {
  const { page, leave } = await adminPage(browser, service, { fragment: '#sign-ins' });
  const chart = page.getByRole('img', { name: 'Sign-ins over time', exact: false });
  await chart.waitFor();
  assert.ok(await chart.locator('rect.failed').count() >= 1);
  await page.getByText('The numbers as a table').click();
  assert.equal(await page.getByRole('row').count(), 25);
  const { json: { points } } = await request(page, 'GET', '/admin/statistics/sign-ins');
  const failed = points.reduce((sum, point) => sum + point.failed, 0);
  await page.locator('.totals').getByText(String(failed), { exact: true }).first().waitFor();
  await page.getByRole('button', { name: '30 days' }).click();
  await page.getByText('The numbers as a table').click();
  assert.equal(await page.getByRole('row').count(), 31);
  assert.equal(new URL(page.url()).hash, '#sign-ins?window=month');
  await leave();
});

test('by the keyboard alone', async () => {
  const { page, leave } = await adminPage(browser, service, { role: 'admin' });
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main', 'the skip link leads to the content');
  assert.equal(new URL(page.url()).hash, '', 'and leaves the view as it is');
  const reach = async (name) => {
    for (let i = 0; i < 40; ++i) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(() => document.activeElement.textContent) === name) return;
    }
    assert.fail(`no way to ${name}`);
  };
  await reach('Lockouts');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 2, name: 'Lockouts' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H2', 'the reader is told where he is');
  await reach(ada.email);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: ada.email }).waitFor();
  await shown(page);
  await reach('Unlock');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Unlock', 'the focus comes back');
  await leave();
});
