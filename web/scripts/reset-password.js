// The page for a forgotten password: without a token it asks where to mail a link, with one it sets a new password.

import { call } from './api.js';
import { byId } from './dom.js';
import { onSubmit, wireReveals } from './form.js';
import { token } from './mailed-link.js';
import { watchPassword } from './password-meter.js';
import { explain, text, use } from './texts.js';

await use('reset');

const status = byId('status');
const ask = byId('ask');
const set = byId('set');
const password = byId('password');

function offerLink(message) {
  status.textContent = message;
  set.hidden = true;
  ask.hidden = false;
  byId('email').focus();
}

async function setPassword() {
  try {
    await call('POST', '/auth/password/reset/confirm', { token, new_password: password.value });
  } catch (problem) {
    if (problem.code !== 'invalid_token') throw problem; // the link is still good
    offerLink(`${explain(problem)} ${text('reset.ask_again')}`);
    return;
  }
  set.remove();
  status.textContent = text('reset.done');
  byId('next').hidden = false;
  byId('next').classList.add('primary');
  byId('next').focus();
}

/** Said whether or not the address has an account. */
async function askForLink({ email }) {
  await call('POST', '/auth/password/reset/request', { email });
  ask.remove();
  status.textContent = text('reset.sent', { email });
  byId('to-mailbox').hidden = byId('to-mailbox').dataset.shown !== 'true';
  byId('next').hidden = false;
}

wireReveals();
byId('password-hint').textContent = text('common.meter_hint', { length: password.dataset.shortest });
watchPassword(password);
onSubmit(set, setPassword);
onSubmit(ask, askForLink);

if (token) {
  status.textContent = text('reset.choose');
  set.hidden = false;
  password.focus();
} else {
  offerLink(text('reset.ask'));
}
