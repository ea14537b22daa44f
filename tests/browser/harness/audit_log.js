// An audit log that grows when a test says so, in place of the service's.

const LOG = '/admin/audit-logs';
const PAGE = 50;

function entry(number, at = new Date(Date.UTC(2026, 0, 1) + 1000 * number).toISOString()) {
  return {
    id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`, at, event: 'login.failed', outcome: 'failure', actor_id: null,
    subject_id: null, session_id: null, ip: '203.0.113.7', user_agent: 'curl', request_id: 'planted', details: {},
  };
}

/**
 * A log of `length` entries. plant(page) puts it before the page's requests; grow(n) adds entries that the list has;
 * stream(n, at) adds such and sends them to whoever follows.
 */
export function growingLog(length) {
  let follower; // the page
  return {
    grow(count) {
      length += count;
    },
    async plant(page) {
      await page.route((url) => url.pathname === LOG, (route) => {
        const before = Number(new URL(route.request().url()).searchParams.get('cursor') ?? length);
        const end = Math.max(before - PAGE, 0);
        const entries = Array.from({ length: before - end }, (_, i) => entry(before - 1 - i));
        return route.fulfill({ json: { entries, next_cursor: end > 0 ? String(end) : null } });
      });
      // An answer cannot be left open here: the page's fetch() is replaced by one that can.
      await page.addInitScript((path) => {
        const { fetch } = globalThis;
        globalThis.fetch = async (input, options) => {
          if (!String(input).startsWith(path)) return fetch(input, options);
          return new Response(new ReadableStream({
            start(controller) {
              globalThis.sendEvents = (text) => controller.enqueue(new TextEncoder().encode(text));
              options.signal.addEventListener('abort', () => controller.error(options.signal.reason));
            },
          }));
        };
      }, `${LOG}/stream`);
      follower = page;
    },
    async stream(count, at) {
      const events = Array.from({ length: count }, (_, i) => entry(length + i, at))
        .map((one) => `event: entry\nid: ${one.id}\ndata: ${JSON.stringify(one)}\n\n`);
      length += count;
      await follower.evaluate((text) => globalThis.sendEvents(text), events.join(''));
    },
  };
}
