// /docs: the contract to read, and to try as whoever is signed in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkPage } from './harness/page_check.js';
import { request } from './harness/passkeys.js';
import { signIn, verifiedAccount } from './harness/people.js';
import { startSite } from './harness/site.js';
import { visit } from './harness/visits.js';

const { service, browser } = await startSite();

/** The page with everything on it; its `operation(id)` opens one. */
async function open(path = '/docs', options = {}) {
  const visited = await visit(browser, service, path, options);
  await visited.page.locator('#contents a').first().waitFor();
  const operation = async (id) => {
    const block = visited.page.locator(`.opblock[id$="-${id}"]`);
    await block.locator('button.opblock-summary-control').click();
    await block.getByRole('button', { name: 'Execute' }).waitFor();
    return block;
  };
  return { ...visited, operation };
}

/** Sends what the block has; the status and body of the answer, as the page shows them. */
async function execute(block) {
  await block.getByRole('button', { name: 'Execute' }).click();
  const answer = block.locator('.live-responses-table .response').first();
  await answer.waitFor();
  const body = (await answer.locator('.highlight-code').count()) ? await answer.locator('.highlight-code').innerText() : '';
  return { status: Number(await answer.locator('.response-col_status').first().innerText().then((text) => text.match(/\d+/)[0])), body };
}

test('it shows every operation of the contract, with nothing from elsewhere', async () => {
  const { page, leave } = await open();
  const contract = await (await fetch(`${service.origin}/openapi.json`)).json();
  const operations = Object.values(contract.paths).flatMap((item) => Object.values(item)).filter((one) => one.operationId);
  assert.equal(await page.locator('.opblock').count(), operations.length);
  assert.equal(await page.locator('#contents a').count(), (contract.info.description.match(/^## /gm)).length + contract.tags.length);
  await leave();
});

test('what is tried is sent by whoever is signed in, with the CSRF token', async () => {
  const { page, operation, leave } = await open();
  const email = await verifiedAccount(page, service.origin);
  await signIn(page, email);
  const me = await execute(await operation('me'));
  assert.equal(me.status, 200);
  assert.match(me.body, new RegExp(email));
  const header = page.getByRole('banner').first();
  await header.getByRole('link', { name: email }).waitFor();

  assert.equal((await execute(await operation('logout'))).status, 200);
  assert.equal((await request(page, 'GET', '/auth/me')).status, 401, 'signed out');
  await header.getByRole('link', { name: 'Sign in' }).waitFor();
  await leave();
});

test('a sign-in can be gone through from its examples', async () => {
  const { page, operation, leave } = await open();
  const email = await verifiedAccount(page, service.origin);
  const login = await operation('login');
  const body = login.getByRole('textbox').first();
  assert.match(await body.inputValue(), /ada@example\.org/, 'the example of the contract');
  await body.fill(JSON.stringify({ email, password: 'correct horse battery' }));
  assert.equal((await execute(login)).status, 200);
  assert.equal((await request(page, 'GET', '/auth/me')).status, 200);
  await leave();
});

test('an address cannot have it show another document', async () => {
  const { page, leave } = await open('/docs?url=https://evil.example/openapi.json&configUrl=https://evil.example/');
  assert.ok(await page.locator('.opblock[id$="-login"]').count());
  await leave();
});

test('it is in order by day and by night, on a phone and on a desktop', async () => {
  const { page, operation, leave } = await open();
  await checkPage(page, 'docs');
  await execute(await operation('csrf'));
  await operation('login');
  await checkPage(page, 'docs-operation');
  await leave();
});
