// Where the sign-in page leads: back to where somebody came from, and nowhere that the service does not know.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { addTotp } from './harness/factors.js';
import { startForeignSite } from './harness/foreign_site.js';
import { checkPage } from './harness/page_check.js';
import { PASSWORD, signIn, verifiedAccount } from './harness/people.js';
import { startSite } from './harness/site.js';
import { codesOf } from './harness/totp.js';
import { visit } from './harness/visits.js';

const front = await startForeignSite(); // an application in front of the service
const { service, browser } = await startSite({ RETURN_TO_ORIGINS: front.sameSite });
after(() => front.stop());

const signInPath = (wish) => `/sign-in?${new URLSearchParams(wish)}`;

/** A page whose reader has an account, and is signed in unless `signedIn` is false. */
async function somebody({ signedIn = true } = {}) {
  const opened = await visit(browser, service, '/verify-email');
  const email = await verifiedAccount(opened.page, service.origin);
  if (signedIn) await signIn(opened.page, email);
  return { ...opened, email };
}

async function give(page, email) {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

test('a sign-in leads back to where it came from', async () => { // ASVS 3.7.2
  const { page, email, context } = await somebody({ signedIn: false });
  await page.goto(service.origin + signInPath({ return_to: `${front.sameSite}/orders?page=2` }));
  await give(page, email);
  await page.waitForURL(`${front.sameSite}/orders?page=2`);
  assert.equal(await page.evaluate(() => globalThis.opener), null);
  await context.close();
});

test('who is signed in already goes on at once', async () => {
  const { page, context } = await somebody();
  await page.goto(service.origin + signInPath({ return_to: `${front.sameSite}/orders` }));
  await page.waitForURL(`${front.sameSite}/orders`);
  await page.goto(service.origin + signInPath({ return_to: `${front.sameSite}/bills`, aal: 1, max_age: 300 }));
  await page.waitForURL(`${front.sameSite}/bills`);
  await context.close();
});

// ASVS 3.7.2, attack 22
for (const elsewhere of ['https://elsewhere.test/', '//elsewhere.test', '/\\elsewhere.test', 'javascript:alert(1)', 'data:text/html,x']) {
  test(`nobody is sent to ${elsewhere}`, async () => {
    const { page, email, leave } = await somebody({ signedIn: false });
    page.on('dialog', () => assert.fail('a script ran'));
    await page.goto(service.origin + signInPath({ return_to: elsewhere }));
    await give(page, email);
    await page.waitForURL(`${service.origin}/account`);
    await leave();
  });
}

test('what is no requirement asks for nothing', async () => {
  const { page, context } = await somebody();
  await page.goto(service.origin + signInPath({ return_to: `${front.sameSite}/orders`, aal: 3, max_age: 'soon' }));
  await page.waitForURL(`${front.sameSite}/orders`);
  await context.close();
});

test('the wish goes along to the sign-up page and back', async () => {
  const { page, context, leave } = await visit(browser, service, '/verify-email');
  await context.addInitScript(() => { delete URLSearchParams.prototype.size; }); // as in a Safari of 2022
  await page.goto(service.origin + signInPath({ return_to: '/dev/mailbox', aal: 2, max_age: 60 }));
  await page.getByRole('link', { name: 'Create an account' }).click();
  await page.waitForURL('**/sign-up?*');
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.waitForURL('**/sign-in?*');
  const { searchParams } = new URL(page.url());
  assert.deepEqual(Object.fromEntries(searchParams), { return_to: '/dev/mailbox', aal: '2', max_age: '60' });
  await leave();
});

test('who proved too little for the page that is gone to gives the second factor first', async () => {
  const { page, email, leave } = await somebody(); // by the password alone, before there was another
  const elsewhere = await visit(browser, service, '/verify-email');
  const nextCode = await addTotp(elsewhere.page, email, { end_other_sessions: false });
  await elsewhere.leave();
  await page.goto(service.origin + signInPath({ return_to: '/dev/mailbox', aal: 2 }));
  await page.getByRole('dialog').getByLabel(/code/i).fill(await nextCode());
  await page.keyboard.press('Enter');
  await page.waitForURL(`${service.origin}/dev/mailbox`);
  await leave();
});

test('an account without a second factor sets one up where two are asked for', async () => {
  const { page, leave } = await somebody();
  await page.goto(service.origin + signInPath({ return_to: '/dev/mailbox', aal: 2 }));
  await page.waitForURL('**/account?enrol&return_to=*');
  await leave();
});

test('a sign-in that is too old is proved again', async () => {
  const { page, email, leave } = await somebody();
  await page.waitForTimeout(5_100);
  await page.goto(service.origin + signInPath({ return_to: '/dev/mailbox', max_age: 5 }));
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('heading', { name: 'Is it still you?' }).waitFor();
  await page.getByText(`You are signed in as ${email}.`).waitFor();
  await checkPage(page, 'sign-in-again');
  await page.getByRole('button', { name: 'Sign out' }).click(); // ASVS 7.4.4
  await page.getByLabel('E-mail address').waitFor();
  await leave();
});

// ASVS 6.3.3
test('whoever had to set up a second factor first is led on from the account page', async () => {
  const { page, leave } = await somebody();
  await page.goto(service.origin + signInPath({ return_to: '/dev/mailbox', aal: 2 }));
  await page.waitForURL('**/account?enrol&return_to=*');
  const onTheWay = page.getByRole('region', { name: 'On the way' });
  await onTheWay.getByRole('button', { name: 'Continue' }).click();
  await onTheWay.locator('.outcome').getByText('There is no second factor yet.').waitFor();
  await checkPage(page, 'account-on-the-way');

  await page.locator('#sections a[href="#security"]').click();
  await page.getByRole('button', { name: 'Set up an app' }).click();
  const dialog = page.getByRole('dialog');
  const secret = (await dialog.locator('.code').innerText()).replace(/\s/g, '');
  await dialog.getByLabel(/Code from the app/).fill(await codesOf(secret)());
  await page.keyboard.press('Enter');
  await page.locator('#app .outcome').getByText('The app is set up.').waitFor();
  await page.getByRole('dialog').getByText('recovery codes').first().waitFor(); // are offered, and can wait
  await page.keyboard.press('Escape');
  await onTheWay.getByRole('button', { name: 'Continue' }).click();
  await page.waitForURL(`${service.origin}/dev/mailbox`);
  await leave();
});

test('a fresh proof leads on', async () => {
  const { page, leave } = await somebody();
  await page.waitForTimeout(5_100);
  await page.goto(service.origin + signInPath({ return_to: '/dev/mailbox', max_age: 5 }));
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${service.origin}/dev/mailbox`);
  await leave();
});
