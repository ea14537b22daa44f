// The page that the mail after a sign-up leads to.

import { call } from './api.js';
import { byId } from './dom.js';
import { onClick } from './form.js';
import { token } from './mailed-link.js';
import { explain, text, use } from './texts.js';

await use('verify');

const status = byId('status');
const confirm = byId('confirm');

function end(message) {
  status.textContent = message;
  confirm.remove();
  byId('next').hidden = false;
}

async function verify() {
  try {
    await call('POST', '/auth/verify-email', { token });
  } catch (problem) {
    if (problem.code !== 'invalid_token') throw problem; // the link is still good
    // With more to say than the code has: a passkey was made in another browser (docs/passkeys.md).
    if (problem.detail) status.textContent = text('verify.other_browser');
    else end(`${explain(problem)} ${text('verify.ask_again')}`);
    return;
  }
  byId('title').textContent = text('verify.done_title');
  end(text('verify.done'));
  byId('next').classList.add('primary');
  byId('next').focus();
}

if (token) {
  status.textContent = text('verify.ask');
  confirm.hidden = false;
  onClick(confirm, confirm.parentElement, verify);
} else {
  end(text('common.link_incomplete'));
}
