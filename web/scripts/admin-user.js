// One account: who it is, how it signs in, where it is signed in, what happened of late; and what an admin can do.

import { entryTable } from './admin-entries.js';
import { browserOf, exactly, heading, nothing, read, remember, row, table, when } from './admin-parts.js';
import { deeds } from './admin-deeds.js';
import { MUST_CHANGE, lockBadge, methodOf, roleBadge, statusBadge } from './admin-words.js';
import { element } from './dom.js';
import { dateTime, number, text } from './texts.js';

function facts(pairs) {
  return element('dl', { class: 'facts' }, pairs.filter(([, value]) => value !== null && value !== undefined && value !== false)
    .map(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]));
}

function card(title, ...nodes) {
  return element('section', { class: 'card tight' }, element('h3', {}, title), nodes);
}

function profile(user) {
  return card(text('admin.profile'), facts([
    [text('common.name'), user.name],
    [text('admin.role'), roleBadge(user.role)],
    [text('admin.status'), statusBadge(user.status)],
    [text('admin.email_proven'), user.email_verified ? text('admin.yes') : text('admin.no')],
    [text('admin.must_change'), MUST_CHANGE[user.password_must_change]],
    [text('admin.must_enrol'), user.must_enrol_factor && text('admin.yes')],
    [text('admin.language'), user.locale],
    [text('admin.created'), exactly(user.created_at)],
    ['ID', element('span', { class: 'code-text' }, user.id)],
  ]));
}

function factorLine(factor) {
  const more = factor.method === 'recovery_code' ? text('admin.codes_left', { count: number(factor.remaining) })
    : factor.method === 'webauthn' ? text('admin.passkeys_count', { count: number(factor.credentials) }) : null;
  const used = factor.last_used_at ? [text('common.last_used'), ' ', when(factor.last_used_at)] : text('common.never_used');
  return element('li', {}, element('span', {}, methodOf(factor.method), more && ` · ${more}`), element('span', { class: 'hint' }, used));
}

function passkeyLine(passkey) {
  return element('li', {}, element('span', {}, passkey.name), element('span', { class: 'hint' },
    passkey.last_used_at ? [text('common.last_used'), ' ', when(passkey.last_used_at)] : text('common.never_used')));
}

function factors(user) {
  const lines = [...user.second_factors.map(factorLine), ...user.passkeys.map(passkeyLine)];
  return card(text('admin.factors'), lines.length ? element('ul', { class: 'list' }, lines) : nothing(text('admin.no_factors')));
}

function guesses(user) {
  const lines = user.guesses.map((one) => element('li', {},
    element('span', {}, methodOf(one.authenticator), ' · ', one.browsers === 'known' ? text('admin.from_known') : text('admin.from_unknown')),
    element('span', { class: 'row' }, text('admin.wrong_in_a_row', { count: number(one.failed_in_a_row) }), lockBadge(one, dateTime))));
  return card(text('admin.guesses'), lines.length ? element('ul', { class: 'list' }, lines) : nothing(text('admin.no_guesses')));
}

function sessions(user) {
  const columns = [[text('admin.browser'), 'wild'], [text('admin.ip'), 'keep'], [text('common.last_used'), 'keep'], [text('admin.begun'), 'keep']];
  const list = table({
    caption: text('admin.sessions'), columns,
    rows: user.sessions.map((one) => row(columns, [browserOf(one.user_agent), one.ip, when(one.last_used_at), when(one.created_at)])),
  });
  return card(`${text('admin.sessions')} (${number(user.sessions.length)})`,
    user.sessions.length ? list.node : nothing(text('admin.no_sessions')));
}

function events(user) {
  const list = entryTable({ caption: text('admin.recent_events') });
  list.append(user.recent_events);
  return card(text('admin.recent_events'), list.node,
    element('p', {}, element('a', { href: `#audit?subject=${encodeURIComponent(user.id)}` }, text('admin.all_events'))));
}

export async function show({ root, path, me, signal }) {
  const user = await read(`/admin/users/${encodeURIComponent(path)}`, undefined, signal);
  remember(user);
  const lock = user.guesses.find((one) => one.locked);
  root.append(
    element('p', {}, element('a', { href: '#users' }, text('admin.back_to_users'))),
    heading(user.email, statusBadge(user.status), lock && lockBadge(lock, dateTime)),
    ...(me.role === 'admin' ? [deeds(user, me)] : []),
    element('div', { class: 'columns' }, profile(user), factors(user), guesses(user)),
    sessions(user), events(user),
  );
}
