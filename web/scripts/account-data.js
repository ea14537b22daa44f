// What is held about the account, to take away; and the end of it.

import { askInDialog } from './account-form.js';
import { account, act } from './account-state.js';
import { call } from './api.js';
import { byId, element } from './dom.js';
import { field, onClick, showOutcome } from './form.js';
import { wrongField } from './refusals.js';
import { save } from './save.js';
import { text } from './texts.js';

function sayFarewell() {
  document.querySelector('.top nav').hidden = true;
  byId('main').className = '';
  byId('main').replaceChildren(element(
    'div', { class: 'card' },
    element('h1', { tabindex: '-1' }, text('account.deleted')), element('p', {}, text('account.deleted_what')),
    element('div', { class: 'row' }, element('a', { class: 'button', href: '/sign-in' }, text('common.sign_in'))),
  ));
  byId('main').querySelector('h1').focus();
}

async function remove() {
  const { email } = account.me;
  const deleted = await askInDialog({
    title: text('account.delete'),
    content: [element('p', {}, text('account.delete_sure')), element('p', { class: 'notice bad' }, text('account.delete_final'))],
    fields: field({ name: 'typed', label: text('account.delete_type', { email }), autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false' }),
    submit: text('account.delete'),
    danger: true,
    conflict: text('account.delete_last_admin'),
    send: async ({ typed }) => {
      if (typed.trim().toLowerCase() !== email.toLowerCase()) throw wrongField('typed', text('account.delete_typed_wrong'));
      return act(() => call('DELETE', '/auth/me'));
    },
  });
  if (deleted) sayFarewell();
}

export function showData() {
  onClick(byId('export-data'), byId('export'), async () => {
    const data = await act(() => call('GET', '/auth/me/export'));
    save('my-account.json', 'application/json', JSON.stringify(data, null, 2));
    showOutcome(byId('export'), 'good', text('account.exported'));
  });
  onClick(byId('delete-account'), byId('deletion'), remove);
}
