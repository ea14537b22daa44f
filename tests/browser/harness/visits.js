// Somebody's visit to the hosted pages, in a browser of its own.
import assert from 'node:assert/strict';
import { newPage } from './browser.js';
import { watchOrigin } from './page_check.js';

/** Chromium notes every answer from 400 on in the console; that is no fault of the page. */
const REFUSAL = /^Failed to load resource/;

/**
 * A fresh page at `path`. `leave` fails when a request left the service, or when the page complained of anything but
 * refusals: a script that failed, a policy that was violated.
 */
export async function visit(browser, service, path, options = {}) {
  const visit = await newPage(browser, { locale: 'en', ...options });
  const assertOwnOrigin = watchOrigin(visit.page, service.origin);
  await visit.page.goto(service.origin + path);
  return {
    ...visit,
    async leave() {
      await visit.context.close();
      assert.deepEqual(visit.complaints.filter((text) => !REFUSAL.test(text)), []);
      assertOwnOrigin();
    },
  };
}
