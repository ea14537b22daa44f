// Passkeys: what there is, one more, another name, one less.

import { askInDialog, endsOthers, keepFocus, moment, tellDone } from './account-form.js';
import { offerCodes } from './account-recovery.js';
import { act, factor, onChange, refresh } from './account-state.js';
import { call } from './api.js';
import { deviceOf } from './device.js';
import { byId, element, icon } from './dom.js';
import { field, onClick, showOutcome, showProblem } from './form.js';
import { date, text } from './texts.js';
import { Passkeys, isSupported } from './webauthn.js';

const passkeys = new Passkeys();
const LIST = '/auth/webauthn/credentials';
const card = byId('passkeys');
let shown; // what GET LIST answered last

function badge({ backup_eligible: eligible, backed_up: synced }) {
  if (!eligible) return element('span', { class: 'badge' }, text('account.passkey_bound'));
  return element('span', { class: synced ? 'badge good' : 'badge' }, text(synced ? 'account.passkey_synced' : 'account.passkey_syncable'));
}

function facts(passkey) {
  return element(
    'p', { class: 'hint' },
    passkey.authenticator && passkey.authenticator !== passkey.name && element('span', {}, passkey.authenticator),
    element('span', {}, text('account.added', { date: date(passkey.created_at) })),
    element('span', {}, ...(passkey.last_used_at ? [`${text('common.last_used')} `, moment(passkey.last_used_at)] : [text('common.never_used')])),
  );
}

function row(passkey) {
  const named = { 'aria-describedby': `passkey-${passkey.id}` };
  return element(
    'li', {},
    element(
      'div', { class: 'thing' }, icon('key'),
      element('div', {}, element('p', { class: 'name' }, element('span', { id: `passkey-${passkey.id}` }, passkey.name), badge(passkey)), facts(passkey)),
    ),
    element(
      'div', { class: 'row' },
      element('button', { type: 'button', class: 'quiet small', ...named, onclick: () => rename(passkey) }, text('account.rename')),
      element('button', { type: 'button', class: 'quiet small danger', ...named, onclick: () => remove(passkey) }, text('account.remove')),
    ),
  );
}

/** Asks only where /auth/mfa says that there are some; tells password managers what is left (WebAuthn §5.1.10). */
async function load() {
  shown = factor('webauthn') ? await act(() => call('GET', LIST)) : undefined;
  byId('passkey-list').replaceChildren(...(shown?.credentials ?? []).map(row));
}

async function changed(message) {
  await act(refresh);
  await load();
  keepFocus(byId('add-passkey'));
  tellDone(card, message);
  await passkeys.syncCredentials({ listed: shown }).catch(() => {}); // a courtesy: browsers may refuse it
}

function nameField(value) {
  return field({ name: 'name', label: text('account.passkey_name'), hint: text('account.passkey_name_hint'), value, maxlength: 64, autocomplete: 'off' });
}

/** From the button to the new passkey; resolves when that is there or the owner changed his mind. */
export async function addPasskey() {
  const added = await askInDialog({
    title: text('account.passkey_add'),
    content: element('p', {}, text('account.passkey_add_how')),
    fields: [nameField(deviceOf(navigator.userAgent).name), endsOthers()],
    submit: text('common.go_on'),
    conflict: text('account.passkey_most'),
    send: ({ name, end_other_sessions }, signal) => act(() => passkeys.register({ name, end_other_sessions, signal })),
  });
  if (!added) return;
  await changed(text('account.passkey_added', { name: added.value.name }));
  await offerCodes();
}

async function rename(passkey) {
  const renamed = await askInDialog({
    title: text('account.passkey_rename'),
    fields: nameField(passkey.name),
    submit: text('account.save'),
    send: ({ name }) => act(() => call('PATCH', `${LIST}/${passkey.id}`, { name })),
  });
  if (!renamed) return;
  shown.credentials = shown.credentials.map((one) => (one.id === passkey.id ? renamed.value : one));
  byId('passkey-list').replaceChildren(...shown.credentials.map(row));
  keepFocus(byId('add-passkey'));
  showOutcome(card, 'good', text('account.passkey_renamed', { name: renamed.value.name }));
}

async function remove(passkey) {
  const removed = await askInDialog({
    title: text('account.passkey_remove', { name: passkey.name }),
    content: element('p', {}, text('account.passkey_remove_what')),
    fields: endsOthers(),
    submit: text('account.remove'),
    danger: true,
    conflict: text('account.passkey_last'),
    send: (values) => act(() => call('DELETE', `${LIST}/${passkey.id}`, values)),
  });
  if (removed) await changed(text('account.passkey_removed', { name: passkey.name }));
}

/** When the section is opened. */
export async function openPasskeys() {
  await load().catch((problem) => showProblem(card, problem));
}

onClick(byId('add-passkey'), card, addPasskey);
onChange(() => {
  const there = isSupported();
  byId('add-passkey').hidden = !there;
  if (!there) showOutcome(card, 'warn', text('account.passkeys_unsupported'));
});
