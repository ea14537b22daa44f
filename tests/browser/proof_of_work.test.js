// web/proof-of-work.js: what a sign-in page does while passwords are tried out over many accounts.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { newPage } from './harness/browser.js';
import { PASSWORD, freshEmail, verifiedAccount } from './harness/people.js';
import { startSite } from './harness/site.js';

const { service, browser } = await startSite({ PROOF_OF_WORK: 'always' });

/** A hosted page with the module's exports at hand; the test fails when anything on it complained. */
async function hostedPage() {
  const visit = await newPage(browser);
  await visit.page.goto(`${service.origin}/verify-email`);
  return {
    ...visit,
    async leave(expected = []) {
      await visit.context.close();
      assert.deepEqual(visit.complaints.filter((line) => !expected.some((part) => line.includes(part))), []);
    },
  };
}

/** A sign-in as a page does it: the status, and how often it was sent. */
function signIn(page, email, password) {
  return page.evaluate(
    async ({ email, password }) => {
      const { withProofOfWork } = await import('/assets/proof-of-work.js');
      let sent = 0;
      const response = await withProofOfWork((proof) => {
        ++sent;
        return fetch('/auth/login', {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ email, password, ...proof }),
        });
      });
      return { status: response.status, sent };
    },
    { email, password },
  );
}

const REFUSED = ['403', '401']; // Chromium reports answers of 400 and above on the console

// attack 6
test('a browser works before its first sign-in, and not once it is known', async () => {
  const { page, leave } = await hostedPage();
  const email = await verifiedAccount(page, service.origin);
  assert.deepEqual(await signIn(page, email, PASSWORD), { status: 200, sent: 2 });
  assert.deepEqual(await signIn(page, email, PASSWORD), { status: 200, sent: 1 });
  await leave(REFUSED);
});

test('the work changes nothing about a wrong password', async () => {
  const { page, leave } = await hostedPage();
  assert.deepEqual(await signIn(page, freshEmail(), PASSWORD), { status: 401, sent: 2 });
  await leave(REFUSED);
});

test('a worker solves it while the page goes on, under the page\'s own policy', async () => {
  const { page, leave } = await hostedPage();
  const puzzle = { challenge: 'a'.repeat(76), parts: 16, bits: 13 };
  const { solution, ticks } = await page.evaluate(async (puzzle) => {
    const { solve } = await import('/assets/proof-of-work.js');
    let ticks = 0;
    const timer = setInterval(() => ++ticks, 1);
    const solution = await solve(puzzle);
    clearInterval(timer);
    return { solution, ticks };
  }, puzzle);
  for (let waited = 0; page.workers().length > 0 && waited < 500; ++waited) await sleep(10);
  assert.equal(page.workers().length, 0, 'the worker has ended');
  assert.ok(ticks > 0, 'the page was never held up');
  assert.equal(solution.numbers.length, puzzle.parts);
  solution.numbers.forEach((number, part) => {
    const digest = createHash('sha256').update(`${puzzle.challenge}:${part}:${number}`).digest();
    assert.equal(digest.readUInt32BE(0) >>> (32 - puzzle.bits), 0, `part ${part}`);
  });
  await leave();
});

// An independent SHA-256 on the other side: every length around the ends of a block
test('its SHA-256 is right for texts of every length', async () => {
  const { page, leave } = await hostedPage();
  const lengths = Array.from({ length: 140 }, (_, length) => length);
  const solved = await page.evaluate(async (lengths) => {
    const { solveHere } = await import('/assets/proof-of-work.js');
    return lengths.map((length) => solveHere({ challenge: 'x'.repeat(length), parts: 1, bits: 8 }).numbers[0]);
  }, lengths);
  solved.forEach((number, length) => {
    const text = (tried) => createHash('sha256').update(`${'x'.repeat(length)}:0:${tried}`).digest()[0];
    assert.equal(text(number), 0, `length ${length}`);
    for (let tried = 0; tried < number; ++tried) assert.notEqual(text(tried), 0, 'the first one that does');
  });
  await leave();
});
