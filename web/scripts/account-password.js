// Another password, or the first one of an account that has none.

import { account, act, onChange } from './account-state.js';
import { call } from './api.js';
import { byId } from './dom.js';
import { onClick, onSubmit, showOutcome } from './form.js';
import { watchPassword } from './password-meter.js';
import { atField } from './refusals.js';
import { text } from './texts.js';

export function showPassword() {
  const form = byId('password-form');
  const wanted = byId('new-password');
  const meter = watchPassword(wanted, () => ({ email: account.me.email, ...(account.me.name && { name: account.me.name }) }));
  onChange(({ me, factors }) => {
    byId('password-account').value = me.email; // so that a password manager knows whose password it keeps
    form.hidden = !factors.has_password;
    byId('no-password').hidden = factors.has_password;
  });

  onSubmit(form, async ({ current_password, new_password }) => {
    await act(() => call('POST', '/auth/password/change', { current_password, new_password }))
      .catch(atField({ invalid_credentials: ['current_password', text('account.password_wrong')] }));
    form.reset();
    meter.again();
    showOutcome(form, 'good', text('account.password_changed'));
  });

  // By mail, as after a forgotten one: there is no present password that could be proven.
  onClick(byId('set-password'), byId('no-password'), async () => {
    await act(() => call('POST', '/auth/password/reset/request', { email: account.me.email }));
    showOutcome(byId('no-password'), 'good', text('account.password_mailed', { email: account.me.email }));
  });

  addEventListener('pagehide', () => form.reset());
}
