// The audit log as it grows: GET /admin/audit-logs/stream, read by hand, for EventSource tells no refusal apart.
//
//   follow({ query, signal, seen, onEntry, onGap, onState })
//       until `signal` aborts. `seen.last` is the id of the entry that came last, from where it goes on: kept by whoever
//       pauses, so that nothing is missed meanwhile. onState: 'following', 'waiting' (the connection was lost and is sought again). Rejects with
//       the Problem that ends it for good, such as a session that is over.

import { Problem } from './api.js';

const PATH = '/admin/audit-logs/stream';
const FIRST_WAIT = 1000; // milliseconds
const LONGEST_WAIT = 30_000;
const FOR_NOW = [429, 503];

/** Cuts a stream of text into events: { event, data, id }. Source: WHATWG HTML §9.2.6. */
export function eventReader(onEvent) {
  let rest = '';
  let fields = {};
  const line = (text) => {
    if (text === '') {
      if (fields.data !== undefined) onEvent(fields);
      fields = {};
      return;
    }
    const colon = text.indexOf(':');
    if (colon === 0) return; // a comment, to keep the connection
    const name = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(colon + 1).replace(/^ /, '');
    fields[name] = name === 'data' && fields.data !== undefined ? `${fields.data}\n${value}` : value;
  };
  return (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    lines.forEach(line);
  };
}

function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}

async function open(query, last, signal) {
  const headers = { Accept: 'text/event-stream', ...(last && { 'Last-Event-ID': last }) };
  const response = await fetch(String(query) ? `${PATH}?${query}` : PATH, { headers, signal });
  if (response.ok) return response.body.pipeThrough(new TextDecoderStream()).getReader();
  throw new Problem(response.status, await response.json().catch(() => ({ code: 'unavailable' })), response.headers);
}

export async function follow({ query, signal, seen, onEntry, onGap, onState }) {
  let wait = FIRST_WAIT;
  const onEvent = ({ event, data, id }) => {
    if (id) seen.last = id;
    if (event === 'entry') onEntry(JSON.parse(data));
    if (event === 'gap') onGap(JSON.parse(data).entries);
  };
  while (!signal.aborted) {
    try {
      const reader = await open(query, seen.last, signal);
      onState('following');
      wait = FIRST_WAIT;
      const take = eventReader(onEvent);
      for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) take(value);
    } catch (problem) {
      if (signal.aborted) return;
      if (problem.name === 'Problem' && !FOR_NOW.includes(problem.status)) throw problem;
      wait = Math.max(wait, 1000 * (problem.retryAfter ?? 0));
    }
    if (signal.aborted) return;
    onState('waiting');
    await pause(wait, signal);
    wait = Math.min(2 * wait, LONGEST_WAIT);
  }
}
