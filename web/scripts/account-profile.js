// Name and e-mail address.

import { account, act, factor, onChange, update } from './account-state.js';
import { call } from './api.js';
import { byId } from './dom.js';
import { onSubmit, showOutcome } from './form.js';
import { text } from './texts.js';
import { Passkeys } from './webauthn.js';

const passkeys = new Passkeys();

/** The first letter of what the account is called, of any script. */
function monogram(called) {
  const [first] = called; // a code point, not half of one
  return first.toLocaleUpperCase();
}

export function showProfile() {
  const nameForm = byId('name-form');
  onChange(({ me }) => {
    byId('monogram').textContent = monogram(me.name ?? me.email);
    byId('whose').textContent = me.name ? `${me.name} · ${me.email}` : me.email;
    byId('email-now').textContent = me.email;
    if (document.activeElement !== byId('name')) byId('name').value = me.name ?? '';
  });

  onSubmit(nameForm, async ({ name }) => {
    const me = await act(() => call('PATCH', '/auth/me', { name: name.trim() || null }));
    update({ me });
    if (factor('webauthn')) passkeys.syncCredentials().catch(() => {}); // password managers show the name
    showOutcome(nameForm, 'good', text(me.name ? 'account.name_saved' : 'account.name_removed'));
  });

  const emailForm = byId('email-form');
  onSubmit(emailForm, async ({ new_email: wanted }) => {
    await act(() => call('POST', '/auth/email/change', { new_email: wanted }));
    emailForm.reset();
    showOutcome(emailForm, 'good', text('account.email_sent', { wanted, present: account.me.email }));
  });
}
