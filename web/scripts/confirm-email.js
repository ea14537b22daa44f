// The page that the mails after a change of address lead to: the new address confirms it, and with `?undo` the old one
// takes it back.

import { call } from './api.js';
import { byId } from './dom.js';
import { token } from './mailed-link.js';
import { end, offer } from './one-press.js';
import { explain, text, use } from './texts.js';

await use('email_change');

const undo = new URLSearchParams(location.search).has('undo');
const way = undo
  ? {
    path: '/auth/email/change/undo',
    title: text('email_change.undo_title'),
    ask: text('email_change.undo_ask'),
    label: text('email_change.undo'),
    doneTitle: text('email_change.undo_done_title'),
    done: text('email_change.undo_done'),
    over: text('email_change.undo_over'),
    next: byId('reset'), // nobody gets in before the restored mailbox has set another password
  }
  : {
    path: '/auth/email/change/confirm',
    title: text('email_change.title'),
    ask: text('email_change.ask'),
    label: text('common.confirm'),
    doneTitle: text('email_change.done_title'),
    done: text('email_change.done'),
    over: text('email_change.over'),
    next: byId('next'),
  };

async function send() {
  try {
    await call('POST', way.path, { token });
  } catch (problem) {
    if (problem.code !== 'invalid_token') throw problem; // the link is still good
    end(`${explain(problem)} ${way.over}`);
    byId('next').focus();
    return;
  }
  byId('title').textContent = way.doneTitle;
  end(way.done, way.next);
  way.next.focus();
}

byId('title').textContent = way.title;
byId('confirm').textContent = way.label;
offer(way.ask, send);
