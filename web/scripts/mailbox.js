// The development mailbox. Text only ever goes in as text, so nothing in a message can act on this page.

import { call } from './api.js';
import { byId, element } from './dom.js';
import { ago, dateTime, explain, text, use } from './texts.js';

await use('mailbox');

/** The message's text as nodes, its http(s) links clickable. */
const linked = (body) => body.split(/(https?:\/\/\S+)/).map((piece) => (
  /^https?:\/\//.test(piece) ? element('a', { href: piece }, piece) : piece));

function letter({ subject, to, sent_at: sent, text: body }) {
  return element(
    'li', { class: 'card' },
    element(
      'div', { class: 'stack close' },
      element('h2', {}, subject),
      element(
        'p', { class: 'quiet-text' },
        text('mailbox.to', { to }), ' · ', element('time', { datetime: sent, title: dateTime(sent) }, ago(sent)),
      ),
    ),
    element('pre', {}, linked(body)),
  );
}

async function show() {
  const status = byId('status');
  try {
    const { messages } = await call('GET', '/dev/mailbox/messages');
    status.textContent = messages.length === 0 ? text('mailbox.empty') : '';
    byId('messages').replaceChildren(...messages.map(letter));
  } catch (problem) {
    status.textContent = explain(problem);
  }
}

byId('reload').addEventListener('click', show);
await show();
