// The audit log as it grows: what comes by itself, that nothing is missed in silence, and that it tires nobody.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { adminPage, failToSignIn, open, somebody } from './harness/admin_page.js';
import { growingLog } from './harness/audit_log.js';
import { checkPage } from './harness/page_check.js';
import { startSite } from './harness/site.js';

const KEPT = 500; // rows that came, beside those that were asked for

const { service, browser } = await startSite();
let ada;

before(async () => { ada = await somebody(browser, service); });

const live = (page, count) => page.locator('.following').getByText(`Live: ${count} new`, { exact: true }).waitFor();
const heard = (page) => page.locator('#view [role=status]').textContent();
const follow = (page) => page.getByRole('button', { name: 'Follow live' }).click();
const entries = (page) => page.locator('tbody tr:not(.gap)').count();

/** A staff member who looks at a log that the test makes grow. */
async function watcher(log, fragment = '#audit') {
  const visit = await adminPage(browser, service);
  await log.plant(visit.page);
  await visit.page.goto('about:blank');
  await open(visit.page, service, fragment);
  return visit;
}

test('what happens meanwhile comes by itself, and pausing stops it', async () => {
  const { page, leave } = await adminPage(browser, service, { fragment: '#audit?event=login.failed' });
  const rows = page.locator('tr.came');
  await page.getByRole('button', { name: 'Follow live' }).click();
  await live(page, 0);
  await failToSignIn(ada.page, 'somebody@example.org');
  await live(page, 1);
  assert.equal(await rows.count(), 1);
  await checkPage(page, 'admin-following');
  await page.getByRole('button', { name: 'Pause' }).click();
  await failToSignIn(ada.page, 'somebody@example.org');
  await page.waitForTimeout(2500);
  assert.equal(await rows.count(), 1);
  await page.getByRole('button', { name: 'Follow live' }).click();
  await live(page, 2);
  assert.equal(await rows.count(), 2, 'what came meanwhile is not missed');
  await leave();
});

test('following goes on after the service was away, and tells when the session is over', async () => {
  const { page, context, email, leave } = await adminPage(browser, service, { fragment: '#audit?event=login.failed' });
  await page.getByRole('button', { name: 'Follow live' }).click();
  await live(page, 0);
  await context.setOffline(true);
  await failToSignIn(ada.page, 'somebody@example.org');
  await context.setOffline(false);
  await live(page, 1);
  await service.command('sessions', 'revoke', email);
  await page.getByText('You are signed out.', { exact: false }).first().waitFor();
  await leave();
});

test('what came between the list and the following is there, however much it was', async () => {
  const log = growingLog(60);
  const { page, leave } = await watcher(log);
  assert.equal(await entries(page), 50);
  log.grow(120);
  await follow(page);
  await live(page, 120);
  assert.equal(await entries(page), 170);
  assert.equal(await page.locator('tr.gap').count(), 0);
  await leave();
});

test('where more came than is fetched the list says that something may be missing', async () => {
  const log = growingLog(60);
  const { page, leave } = await watcher(log);
  log.grow(700);
  await follow(page);
  await page.getByText('Something may be missing here.', { exact: false }).waitFor();
  await live(page, KEPT);
  await leave();
});

test('what was asked for stays when more comes, and the list goes on behind it', async () => {
  const log = growingLog(700);
  const { page, leave } = await watcher(log);
  for (let shown = 100; shown <= 600; shown += 50) {
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.locator('tbody tr').nth(shown - 1).waitFor();
  }
  await follow(page);
  await live(page, 0);
  await log.stream(1);
  await live(page, 1);
  assert.equal(await entries(page), 601, 'all that was there, and the one that came');
  await page.getByRole('button', { name: 'Show more' }).click();
  await page.locator('tbody tr').nth(650).waitFor();
  assert.equal(await entries(page), 651);
  await leave();
});

test('a list that had to be cut at its end says so, and does not go on as if nothing were missing', async () => {
  const log = growingLog(60);
  const { page, leave } = await watcher(log);
  await follow(page);
  await live(page, 0);
  await log.stream(KEPT);
  await live(page, KEPT);
  assert.equal(await entries(page), 50 + KEPT);
  assert.equal(await page.getByRole('button', { name: 'Show more' }).count(), 1);
  await log.stream(3);
  await live(page, KEPT + 3);
  assert.equal(await entries(page), 50 + KEPT);
  assert.equal(await page.getByRole('button', { name: 'Show more' }).count(), 0);
  await page.getByText('The list ends here for now', { exact: false }).waitFor();
  await page.getByRole('button', { name: 'Show from the newest on' }).click();
  await page.getByRole('button', { name: 'Show more' }).waitFor();
  assert.equal(await entries(page), 50);
  await leave();
});

test('a screen reader hears that the log is followed, not each entry of it', async () => {
  const log = growingLog(10);
  const { page, leave } = await watcher(log);
  const button = page.getByRole('button', { name: 'Follow live' });
  assert.equal(await button.getAttribute('aria-pressed'), null, 'its label says what it does');
  await button.click();
  await live(page, 0);
  const first = await heard(page);
  assert.match(first, /^Following live/);
  await log.stream(5);
  await live(page, 5);
  assert.equal(await heard(page), first);
  await page.getByRole('button', { name: 'Pause' }).click();
  assert.equal(await heard(page), 'Paused');
  await leave();
});

test('an empty list that is followed is not called empty any more', async () => {
  const log = growingLog(0);
  const { page, leave } = await watcher(log);
  await page.getByText('No entry fits.').waitFor();
  await follow(page);
  await live(page, 0);
  await log.stream(1);
  await live(page, 1);
  assert.equal(await page.getByText('No entry fits.').isVisible(), false);
  await leave();
});

test('a list that ends at a time is not followed, and one that has a beginning keeps to it', async () => {
  const log = growingLog(10);
  const { page, leave } = await watcher(log, '#audit?to=2020-01-01T00:00:00Z');
  await page.getByText('To follow live, clear “Until”.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Follow live' }).count(), 0);
  await open(page, service, '#audit?from=2020-01-01T00:00:00Z');
  await follow(page);
  await live(page, 0);
  await log.stream(1, '2019-12-31T23:59:59.9Z');
  await log.stream(1);
  await live(page, 1);
  assert.equal(await entries(page), 11);
  await leave();
});

// WCAG 2.3.3
test('nothing moves for who wants no motion', async () => {
  const log = growingLog(10);
  const { page, leave } = await watcher(log);
  await follow(page);
  await live(page, 0);
  const moving = () => page.evaluate(() => document.getAnimations().filter((one) => one instanceof CSSAnimation).length);
  assert.equal(await moving(), 1);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  assert.equal(await moving(), 0);
  await leave();
});
