// The step-up dialogue: what is asked for, what it takes for an answer, and that nothing happens without one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { accountPage, dialogOf, open, outcomeOf } from './harness/account_page.js';
import { addTotp, makeRecoveryCodes } from './harness/factors.js';
import { checkPage } from './harness/page_check.js';
import { request } from './harness/passkeys.js';
import { PASSWORD, signIn } from './harness/people.js';
import { startSite } from './harness/site.js';
import { totp } from './harness/totp.js';

const MAX_AGE_S = 6; // in which a slow browser sets up an app and makes codes

const { service, browser } = await startSite({ STEP_UP_MAX_AGE_SECONDS: String(MAX_AGE_S) });

/** Somebody whose last proof is too old, on the page. `prepare(page, email)` runs while it is fresh. */
async function stale(options, prepare) {
  const visit = await accountPage(browser, service, options);
  if (prepare) await signIn(visit.page, visit.email); // the one before is as old as the page took to load
  const prepared = await prepare?.(visit.page, visit.email);
  await open(visit.page, service, options.section);
  await sleep(MAX_AGE_S * 1000 + 200);
  return { ...visit, prepared, proof: dialogOf(visit.page, 'Confirm it is you') };
}

const exported = (page) => outcomeOf(page, 'export').getByText('The file is in your downloads.');
const save = (page) => page.getByRole('button', { name: 'Save my data' });

// ASVS 7.5.1, 7.5.3
test('a password is asked for where there is nothing stronger, and what was begun goes on', async () => {
  const { page, proof, leave } = await stale({ section: 'data' });
  await save(page).click();
  await proof.waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.name), 'password', 'one can type at once');
  await checkPage(page, 'step-up-password');
  await proof.getByRole('button', { name: 'Confirm' }).click();
  await proof.getByText('Please type a password.').waitFor();
  await proof.getByLabel('Password').fill('not that one');
  await page.keyboard.press('Enter');
  await proof.getByText('That is not the password of this account.').waitFor();
  await checkPage(page, 'step-up-password-wrong');
  await proof.getByLabel('Password').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await exported(page).waitFor();
  assert.equal(await page.getByRole('dialog').count(), 0);
  await leave();
});

test('a code of the app, or a recovery code in its place', async () => {
  const { page, proof, prepared, leave } = await stale({ section: 'data' }, async (own, email) => {
    const code = await addTotp(own, email);
    return { code, codes: await makeRecoveryCodes(own) };
  });
  await save(page).click();
  await checkPage(page, 'step-up-app');
  await proof.getByLabel('Code from your authenticator app').fill(totp('A'.repeat(32), 0));
  await proof.getByRole('button', { name: 'Confirm' }).click();
  await proof.getByText('That code is not right.').waitFor();
  await proof.getByLabel('Code from your authenticator app').fill(await prepared.code());
  await proof.getByRole('button', { name: 'Confirm' }).click();
  await exported(page).waitFor();

  await sleep(MAX_AGE_S * 1000 + 200);
  await save(page).click();
  await proof.getByRole('button', { name: 'Use a recovery code instead' }).click();
  await checkPage(page, 'step-up-recovery');
  await proof.getByLabel('Recovery code').fill('0000-0000-0000-0000');
  await proof.getByRole('button', { name: 'Confirm' }).click();
  await proof.getByText('That is none of your unused recovery codes.').waitFor();
  await proof.getByLabel('Recovery code').fill(prepared.codes[0].toLowerCase().replaceAll('-', ' '));
  await proof.getByRole('button', { name: 'Confirm' }).click();
  await exported(page).waitFor();
  await page.locator('#recovery-badge', { hasText: '9 of 10 left' }).waitFor({ state: 'attached' });
  await leave();
});

test('a passkey, in German too', async () => {
  const { page, leave } = await stale({ section: 'data', authenticator: 'platform', locale: 'de-DE' }, async (own) => {
    await own.evaluate(async () => {
      const { Passkeys } = await import('/assets/webauthn.js');
      await new Passkeys().register();
    });
  });
  await page.getByRole('button', { name: 'Meine Daten speichern' }).click();
  const proof = dialogOf(page, 'Bitte bestätigen Sie, dass Sie es sind');
  await proof.waitFor();
  await page.setViewportSize({ width: 390, height: 844 });
  const title = await proof.getByRole('heading').boundingBox();
  const close = await proof.getByRole('button', { name: 'Schließen' }).boundingBox();
  assert.ok(close.y < title.y + title.height && close.x >= title.x + title.width, 'the way out stands beside the title on a phone');
  await checkPage(page, 'step-up-passkey-de');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Passkey verwenden', 'Enter goes on');
  await page.keyboard.press('Enter');
  await outcomeOf(page, 'export').getByText('Die Datei liegt in Ihren Downloads.').waitFor();
  await leave();
});

for (const [how, dismiss] of [
  ['Cancel', (page, proof) => proof.getByRole('button', { name: 'Cancel' }).click()],
  ['Escape', (page) => page.keyboard.press('Escape')],
  ['Close', (page, proof) => proof.getByRole('button', { name: 'Close' }).click()],
]) {
  test(`${how} leaves everything as it was`, async () => {
    const { page, proof, leave } = await stale({ section: 'profile' });
    const asked = [];
    page.on('request', (one) => { if (one.method() !== 'GET') asked.push(new URL(one.url()).pathname); });
    await page.getByLabel('New e-mail address').fill('new@example.org');
    const button = page.getByRole('button', { name: 'Change address' });
    await button.click();
    await proof.waitFor();
    await dismiss(page, proof);
    await proof.waitFor({ state: 'detached' });
    assert.deepEqual(asked, ['/auth/email/change'], 'nothing was asked for after the refusal');
    // The page tidies up once the dialog has gone; the focus is where it was.
    await page.waitForFunction((one) => !one.hasAttribute('aria-busy') && one === document.activeElement, await button.elementHandle());
    assert.equal(await outcomeOf(page, 'email-form').innerText(), '');
    assert.equal(await page.getByLabel('New e-mail address').inputValue(), 'new@example.org', 'what was typed stays');
    await leave();
  });
}

test('a passkey that nobody touches can be given up, and the recovery code taken instead', async () => {
  const { page, proof, prepared, leave } = await stale({ section: 'data', authenticator: 'platform' }, async (own) => {
    await own.evaluate(async () => {
      const { Passkeys } = await import('/assets/webauthn.js');
      await new Passkeys().register();
    });
    return makeRecoveryCodes(own);
  });
  await page.evaluate(() => { navigator.credentials.get = ({ signal }) => new Promise((resolve, reject) => { signal.addEventListener('abort', () => reject(signal.reason)); }); });
  await save(page).click();
  await proof.getByRole('button', { name: 'Use a passkey' }).click();
  await proof.getByText('Your browser is asking for the passkey.').waitFor();
  await proof.getByRole('button', { name: 'Use a recovery code instead' }).click();
  await proof.getByLabel('Recovery code').fill(prepared[0]);
  await proof.getByRole('button', { name: 'Confirm' }).click();
  await exported(page).waitFor();
  await leave();
});

test('a second refusal is told, and asks for no third proof', async () => {
  const { page, proof, leave } = await stale({ section: 'data' });
  await page.route('**/auth/me/export', (route) => route.fulfill({
    status: 403, contentType: 'application/problem+json',
    json: { type: 'urn:secureauth:error:step_up_required', title: 'x', status: 403, code: 'step_up_required', request_id: 'abcdefgh', methods: ['password'] },
  }));
  await save(page).click();
  await proof.getByLabel('Password').fill(PASSWORD);
  await proof.getByRole('button', { name: 'Confirm' }).click();
  await outcomeOf(page, 'export').getByText('Please prove again that it is you.').waitFor();
  assert.equal(await page.getByRole('dialog').count(), 0);
  await leave();
});

test('a session that ends while the proof is asked for is told', async () => {
  const { page, proof, leave } = await stale({ section: 'data' });
  await save(page).click();
  await proof.waitFor();
  await request(page, 'POST', '/auth/logout');
  await proof.getByLabel('Password').fill(PASSWORD);
  await proof.getByRole('button', { name: 'Confirm' }).click();
  await dialogOf(page, 'You are signed out').waitFor();
  await leave();
});
