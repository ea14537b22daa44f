// The sign-up page. Whether the address has an account already is said to its mailbox only: this page goes on alike.

import { call } from './api.js';
import { byId, icon, showOnly } from './dom.js';
import { onClick, onSubmit, showOutcome, wireReveals } from './form.js';
import { watchPassword } from './password-meter.js';
import { withReturnTo } from './return-to.js';
import { text, use } from './texts.js';
import { Passkeys, isSupported } from './webauthn.js';

await use('sign_up');

const sections = ['ask', 'sent', 'done'].map(byId);
const form = byId('sign-up-form');
const { email, name, password } = form.elements;

function show(id) {
  showOnly(byId(id), sections);
  byId(id).querySelector('h1[tabindex]')?.focus();
}

/** Who asks, as far as it is typed; an empty name is none. */
const owner = () => ({ email: email.value, ...(name.value.trim() && { name: name.value }) });

async function signUp(values, { submitter }) {
  const byPasskey = submitter?.id === 'with-passkey';
  if (byPasskey) await new Passkeys().signUp(owner());
  else await call('POST', '/auth/register', { ...owner(), password: password.value });
  password.value = '';
  byId('sent-text').textContent = text('sign_up.sent_text', { email: email.value });
  byId('sent-here').hidden = !byPasskey;
  byId('to-mailbox').hidden = byId('to-mailbox').dataset.shown !== 'true';
  show('sent');
}

/** The code of the mail, or the whole link with it. */
async function verify({ code }) {
  await call('POST', '/auth/verify-email', { token: code.trim().split('token=').at(-1) });
  show('done');
}

wireReveals();
byId('password-hint').textContent = text('common.meter_hint', { length: password.dataset.shortest });
const meter = watchPassword(password, owner);
for (const input of [email, name]) input.addEventListener('change', meter.again); // a name of its own makes it worse
byId('passwordless').hidden = byId('passwordless').dataset.shown !== 'true' || !isSupported();
byId('with-passkey').prepend(icon('key'));
onSubmit(form, signUp);
onSubmit(byId('code-form'), verify);
onClick(byId('send-again'), byId('sent'), async () => {
  await call('POST', '/auth/verify-email/resend', { email: email.value });
  showOutcome(byId('sent'), 'good', text('sign_up.sent_again'));
});
byId('other-address').addEventListener('click', () => {
  show('ask');
  email.focus();
});
byId('to-sign-in').href = withReturnTo('/sign-in');
