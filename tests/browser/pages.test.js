// The service's own pages, as a developer and a mail's reader see them.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { newPage, postJson } from './harness/browser.js';
import { checkPage } from './harness/page_check.js';
import { freshEmail, mailedLink, register } from './harness/people.js';
import { startService } from './harness/service.js';
import { startSite } from './harness/site.js';
import { visit as openPage } from './harness/visits.js';

const { service, browser } = await startSite();

const visit = (path, options = {}) => openPage(browser, service, path, options);

test('an empty mailbox says so', async () => {
  const own = await startService();
  const { page, context } = await newPage(browser);
  await page.goto(`${own.origin}/dev/mailbox`);
  await page.getByText('No mail yet.').waitFor();
  await context.close();
  await own.stop();
});

test('a sign-up goes from the mailbox by its link and one press to a confirmed address', async () => {
  const { page, leave } = await visit('/dev/mailbox');
  const first = await register(page);
  const second = await register(page);
  await page.reload();
  const messages = page.locator('#messages > li');
  await messages.first().waitFor();
  assert.match(await messages.nth(0).innerText(), new RegExp(second), 'newest first');
  assert.match(await messages.nth(1).innerText(), new RegExp(first));
  await checkPage(page, 'mailbox-letters');

  await messages.nth(0).getByRole('link').click();
  await page.getByRole('button', { name: 'Confirm' }).waitFor();
  assert.equal(page.url(), `${service.origin}/verify-email`, 'the token has left the address bar');
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('Your e-mail address is confirmed.').waitFor();
  assert.equal(await page.getByRole('button').count(), 0, 'there is nothing left to press');
  assert.equal(await page.getByRole('heading').innerText(), 'Address confirmed', 'nor to be asked for');
  await leave();
});

test('opening a link does not use it up, pressing the button does', async () => {
  const { page, leave } = await visit('/dev/mailbox');
  const link = await mailedLink(service.origin, await register(page));
  for (let look = 0; look < 2; ++look) {
    await page.goto('about:blank');
    await page.goto(link);
    await page.getByRole('button', { name: 'Confirm' }).waitFor();
  }
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('is confirmed').waitFor();
  await leave();

  const again = await newPage(browser);
  await again.page.goto(link);
  await again.page.getByRole('button', { name: 'Confirm' }).click();
  await again.page.getByText('This link is unknown, used or has expired.').waitFor();
  await again.context.close();
});

test('a link without its token says that it is incomplete', async () => {
  const { page, leave } = await visit('/verify-email');
  await page.getByText('This link is incomplete.').waitFor();
  assert.equal(await page.getByRole('button').count(), 0);
  await leave();
});

test('a link is opened in the tab that shows the page already', async () => {
  const { page, leave } = await visit('/verify-email');
  await page.getByText('This link is incomplete.').waitFor();
  await page.goto(await mailedLink(service.origin, await register(page)));
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('is confirmed').waitFor();
  await leave();
});

test('a lost connection can be tried again', async () => {
  const { page, context, leave } = await visit('/dev/mailbox');
  await page.goto(await mailedLink(service.origin, await register(page)));
  await context.setOffline(true);
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('could not be reached').waitFor();
  await context.setOffline(false);
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('is confirmed').waitFor();
  await leave();
});

test('what somebody else chose never acts on the mailbox page', async () => {
  const { page, leave } = await visit('/dev/mailbox');
  const email = freshEmail();
  await page.route('**/dev/mailbox/messages', (route) => route.fulfill({
    json: { messages: [{ to: `<img src=x onerror=alert(1)>${email}`, subject: '<b>bold</b>',
      text: '<script>alert(1)</script> javascript:alert(1) https://a.test/', sent_at: new Date().toISOString() }] },
  }));
  page.on('dialog', () => assert.fail('a script of the message ran'));
  await page.reload();
  await page.getByText('<b>bold</b>').waitFor();
  assert.equal(await page.locator('#messages img, #messages script, #messages b').count(), 0);
  assert.deepEqual(await page.locator('#messages a').evaluateAll((links) => links.map((link) => link.href)),
    ['https://a.test/']);
  await leave();
});

for (const path of ['/dev/mailbox', '/verify-email#token=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA']) {
  test(`${path.replace(/#.*/, '')} fits a narrow screen`, async () => {
    const { page, leave } = await visit(path, { viewport: { width: 320, height: 640 } }); // WCAG 2.2, 1.4.10
    await register(page, `${'a'.repeat(60)}@example.org`);
    if (path === '/dev/mailbox') {
      await page.reload();
      await page.locator('#messages > li').first().waitFor();
    }
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 320, `${width} pixels wide`);
    await leave();
  });
}

for (const path of ['/verify-email', '/confirm-email']) {
  test(`${path} does not call a link bad that was followed too often`, async (t) => {
    const own = await startService({ RATE_LIMIT_VERIFY: '1/3600' });
    t.after(() => own.stop());
    const { page, context } = await newPage(browser);
    await page.goto(`${own.origin}${path}#token=${'A'.repeat(43)}`);
    assert.equal((await postJson(page, '/auth/verify-email', { token: 'A'.repeat(43) })).status, 400);
    await page.getByRole('button').first().click();
    await page.getByText('Too many tries from your network or account in a short time.').waitFor();
    assert.ok(await page.getByRole('button').first().isEnabled());
    await context.close();
  });
}
