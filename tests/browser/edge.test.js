// The sign-in page and an edge that asks GET /auth/verify are of one mind: nobody is sent to and fro between them.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { virtualAuthenticators } from './harness/authenticator.js';
import { launchBrowser } from './harness/browser.js';
import { startBehindEdge } from './harness/edge.js';
import { addTotp } from './harness/factors.js';
import { checkPage } from './harness/page_check.js';
import { assurance, signOut } from './harness/passkeys.js';
import { PASSWORD, signIn, verifiedAccount } from './harness/people.js';
import { visit } from './harness/visits.js';

const LONG_ENOUGH_MS = 2_000; // for dozens of rounds

let site;
let browser;

before(async () => {
  site = await startBehindEdge(
    { '/payments/': 'aal=2&max_age=300', '/app': 'max_age=300', '/brief': 'max_age=5', '/staff': 'role=staff', '/broken': null },
    { MFA_TRUSTED_BROWSER_DAYS: '30' },
  );
  browser = await launchBrowser();
});
after(async () => {
  await browser?.close();
  await site?.stop();
});

async function somebody() {
  const opened = await visit(browser, site, '/verify-email');
  return { ...opened, email: await verifiedAccount(opened.page, site.origin) };
}

async function givePassword(page, email) {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

async function giveCode(page, code) {
  await page.getByLabel('Code from your app').fill(code);
  await page.getByRole('button', { name: 'Continue' }).click();
}

const proof = (page) => page.getByRole('dialog', { name: 'Confirm it is you' });

/** Resolves at the application, which the browser asked for `rounds` times. */
async function arrives(page, path, rounds) {
  await page.getByRole('heading', { name: 'Application' }).waitFor();
  assert.equal(page.url(), site.origin + path);
  assert.equal(site.asked(path), rounds);
}

test('who signed in by a code and has a passkey is asked for that at once, and arrives', async () => { // ASVS 7.5.3
  const { page, email, leave } = await somebody();
  const plug = await virtualAuthenticators(page);
  const nextCode = await addTotp(page, email);
  const authenticator = await plug('platform');
  await page.evaluate(async () => {
    const { Passkeys } = await import('/assets/webauthn.js');
    await new Passkeys().register();
  });
  await signOut(page);
  await authenticator.setTouched(false);
  await page.goto(`${site.origin}/payments/7`);
  await givePassword(page, email);
  await page.getByRole('button', { name: 'Use the authenticator app instead' }).click();
  await giveCode(page, await nextCode());
  await proof(page).waitFor();
  assert.equal(site.asked('/payments/7'), 1, 'the edge was asked once, and not again in vain');
  await checkPage(page, 'sign-in-step-up');
  await authenticator.setTouched(true);
  await proof(page).getByRole('button', { name: 'Use a passkey' }).click();
  await arrives(page, '/payments/7', 2);
  await leave();
});

test('a remembered browser is asked for the second factor where a fresh proof is wanted', async () => { // ASVS 7.5.3
  const { page, context, email, leave } = await somebody();
  const nextCode = await addTotp(page, email);
  await signOut(page);
  await page.goto(`${site.origin}/sign-in`);
  await givePassword(page, email);
  await page.getByLabel('Do not ask again in this browser').check();
  await giveCode(page, await nextCode());
  await page.waitForURL('**/account');
  await context.clearCookies({ name: '__Host-sid' }); // the session has ended by itself
  await page.goto(`${site.origin}/app/remembered`);
  await givePassword(page, email);
  await proof(page).waitFor();
  assert.deepEqual(await assurance(page), { aal: 1, amr: ['pwd'] });
  await proof(page).getByLabel('Code from your authenticator app').fill(await nextCode());
  await page.keyboard.press('Enter');
  await arrives(page, '/app/remembered', 2);
  await leave();
});

for (const [fault, shift] of [['behind', -3600_000], ['ahead', 3600_000]]) {
  test(`a browser whose clock is ${fault} is asked when it is time, and only then`, async () => {
    const { page, email, leave } = await somebody();
    await page.clock.install({ time: Date.now() + shift });
    await signIn(page, email);
    await page.goto(`${site.origin}/app/${fault}`);
    await arrives(page, `/app/${fault}`, 1);
    await page.waitForTimeout(5_100);
    await page.goto(`${site.origin}/brief/${fault}`);
    await proof(page).getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.keyboard.press('Enter');
    await arrives(page, `/brief/${fault}`, 2);
    await leave();
  });
}

test('who would not prove it again stays, and may change his mind', async () => {
  const { page, email, leave } = await somebody();
  await signIn(page, email);
  await page.waitForTimeout(5_100);
  await page.goto(`${site.origin}/brief/mind`);
  await proof(page).getByRole('button', { name: 'Cancel' }).click();
  await page.getByText(`You are signed in as ${email}.`).waitFor();
  await page.getByRole('button', { name: 'Continue' }).click();
  await proof(page).getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await arrives(page, '/brief/mind', 2);
  await leave();
});

test('who has not the role is told, and sent nowhere', async () => {
  const { page, email, leave } = await somebody();
  await page.goto(`${site.origin}/staff/list`);
  await givePassword(page, email);
  await page.getByRole('heading', { name: 'That page is not for this account' }).waitFor();
  await page.getByText(`You are signed in as ${email}`).waitFor();
  assert.equal(await page.getByRole('button', { name: 'Continue' }).count(), 0);
  assert.equal(site.asked('/staff/list'), 1);
  await checkPage(page, 'sign-in-forbidden');
  await page.getByRole('button', { name: 'Sign out' }).click(); // ASVS 7.4.4
  await page.getByLabel('E-mail address').waitFor();
  await leave();
});

test('an edge that lets nobody through gets nobody round and round', async () => {
  const { page, email, leave } = await somebody();
  await page.goto(`${site.origin}/broken`);
  await givePassword(page, email);
  const again = page.getByRole('button', { name: 'Continue' });
  await again.waitFor();
  await page.getByText('sent you back here').waitFor();
  await page.waitForTimeout(LONG_ENOUGH_MS);
  assert.equal(site.asked('/broken'), 2);
  await checkPage(page, 'sign-in-sent-back');
  await Promise.all([page.waitForEvent('load'), again.click()]); // the address is the same before and after
  await page.waitForURL('**/sign-in?*');
  await page.getByText('sent you back here').waitFor();
  assert.equal(site.asked('/broken'), 3, 'one press, one round');
  await leave();
});
