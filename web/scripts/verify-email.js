// The page that the mail after a sign-up leads to.

import { call } from './api.js';
import { byId } from './dom.js';
import { token } from './mailed-link.js';
import { end, offer } from './one-press.js';
import { explain, text, use } from './texts.js';

await use('verify');

async function verify() {
  try {
    await call('POST', '/auth/verify-email', { token });
  } catch (problem) {
    if (problem.code !== 'invalid_token') throw problem; // the link is still good
    // With more to say than the code has: a passkey was made in another browser (docs/passkeys.md).
    if (problem.detail) byId('status').textContent = text('verify.other_browser');
    else end(`${explain(problem)} ${text('verify.ask_again')}`);
    return;
  }
  byId('title').textContent = text('verify.done_title');
  end(text('verify.done'));
  byId('next').classList.add('primary');
  byId('next').focus();
}

offer(text('verify.ask'), verify);
