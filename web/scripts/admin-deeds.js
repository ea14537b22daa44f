// What an admin can do to an account. Each asks first and says what will happen; the service asks for a fresh proof.

import { call } from './api.js';
import { forget, select, showAgain } from './admin-parts.js';
import { ROLES } from './admin-words.js';
import { confirmDialog } from './dialog.js';
import { byId, element } from './dom.js';
import { onClick, showOutcome } from './form.js';
import { withStepUp } from './step-up.js';
import { text } from './texts.js';

const path = (user, verb) => `/admin/users/${user.id}${verb ? `/${verb}` : ''}`;

function deedsOf(user) {
  const disabled = user.status === 'disabled';
  const name = { email: user.email };
  const standing = disabled
    ? { label: text('admin.enable'), message: text('admin.enable_asks', name), done: text('admin.enabled') }
    : { label: text('admin.disable'), message: text('admin.disable_asks', name), done: text('admin.was_disabled'), danger: true };
  return [
    { label: text('admin.unlock'), message: text('admin.unlock_asks', name), done: text('admin.unlocked'), send: () => call('POST', path(user, 'unlock')) },
    {
      label: text('admin.revoke'), message: text('admin.revoke_asks', name), done: text('admin.revoked'),
      send: () => call('POST', path(user, 'revoke-sessions')),
    },
    { label: text('admin.send_reset'), message: text('admin.send_reset_asks', name), done: text('admin.reset_sent'), send: () => call('POST', path(user, 'send-reset')) },
    {
      label: text('admin.demand'), message: text('admin.demand_asks', name), done: text('admin.demanded'),
      send: () => call('POST', path(user, 'demand-password-change')),
    },
    {
      label: text('admin.reset_mfa'), message: text('admin.reset_mfa_asks', name), done: text('admin.mfa_was_reset'), danger: true,
      send: () => call('POST', path(user, 'reset-mfa')),
    },
    { ...standing, send: () => call('PATCH', path(user), { status: disabled ? 'active' : 'disabled' }) },
    {
      label: text('admin.erase'), message: text('admin.erase_asks', name), done: text('admin.erased'), danger: true, leaves: true,
      send: async () => {
        await call('DELETE', path(user));
        forget(user);
      },
    },
  ];
}

/** Asks, does it with a step-up where one is due, tells the outcome and shows the account as it is then. */
export async function carryOut({ label, message, done, danger = false, leaves = false, send }) {
  if (!await confirmDialog({ title: label, message, confirm: label, danger })) return;
  await withStepUp(send);
  const told = () => {
    showOutcome(byId('main'), 'good', done);
    byId('outcome').scrollIntoView({ block: 'nearest' });
  };
  addEventListener('admin:shown', told, { once: true });
  if (leaves) location.hash = 'users';
  else showAgain();
}

function button(deed, region) {
  const node = element('button', { type: 'button', class: deed.danger ? 'danger' : '' }, deed.label);
  onClick(node, region, () => carryOut(deed));
  return node;
}

function roleForm(user, region) {
  const choice = select({ name: 'role', label: text('admin.role'), value: user.role, choices: Object.entries(ROLES) });
  const input = choice.querySelector('select');
  const change = element('button', { type: 'button' }, text('admin.change_role'));
  onClick(change, region, async () => {
    const role = input.value;
    if (role === user.role) return;
    await carryOut({
      label: text('admin.change_role'), message: text('admin.change_role_asks', { email: user.email, role: ROLES[role] }),
      done: text('admin.role_changed'), danger: role === 'admin', send: () => call('PATCH', path(user), { role }),
    });
  });
  return element('div', { class: 'role' }, choice, change);
}

export function deeds(user, me) {
  const region = element('section', { class: 'card tight' }, element('h3', {}, text('admin.deeds')));
  if (user.id === me.id) {
    region.append(element('p', { class: 'quiet-text' }, text('admin.own_account')));
    return region;
  }
  const all = deedsOf(user);
  const row = (deeds) => element('div', { class: 'deeds' }, deeds.map((deed) => button(deed, region)));
  region.append(row(all.filter(({ danger }) => !danger)), row(all.filter(({ danger }) => danger)), roleForm(user, region));
  return region;
}
