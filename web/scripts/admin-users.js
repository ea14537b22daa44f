// Accounts by their addresses, and one of them.

import { goTo, heading, nothing, pages, remember, row, select, table, unlessRefused, when } from './admin-parts.js';
import { show as showUser } from './admin-user.js';
import { ROLES, STATUSES, methodOf, roleBadge, statusBadge } from './admin-words.js';
import { element } from './dom.js';
import { field, onSubmit } from './form.js';
import { text } from './texts.js';

function columns() {
  return [[text('common.email'), 'wild'], [text('common.name'), 'wild'], [text('admin.role')], [text('admin.status')], [text('admin.methods')],
    [text('admin.created'), 'keep']];
}

function userRow(user) {
  remember(user);
  return row(columns(), [
    element('a', { href: `#users/${encodeURIComponent(user.id)}` }, user.email),
    user.name,
    roleBadge(user.role),
    statusBadge(user.status),
    user.methods.map(methodOf).join(', ') || null,
    when(user.created_at),
  ]);
}

function filters(query) {
  const any = ['', text('admin.any')];
  const form = element('form', { class: 'filters', role: 'search' },
    field({
      name: 'email_prefix', label: text('admin.email_begins'), value: query.get('email_prefix') ?? '', required: false,
      autocomplete: 'off', spellcheck: 'false', autocapitalize: 'off',
    }),
    select({ name: 'role', label: text('admin.role'), value: query.get('role') ?? '', choices: [any, ...Object.entries(ROLES)] }),
    select({ name: 'status', label: text('admin.status'), value: query.get('status') ?? '', choices: [any, ...Object.entries(STATUSES)] }),
    element('div', { class: 'actions' }, element('button', { type: 'submit', class: 'primary' }, text('admin.search'))));
  onSubmit(form, async (values) => goTo('users', values));
  return form;
}

export async function show(view) {
  if (view.path) {
    await showUser(view);
    return;
  }
  const { root, query, signal } = view;
  const list = table({ caption: text('admin.users'), columns: columns() });
  const none = nothing(text('admin.no_users'));
  const append = (users, first) => {
    list.body.append(...users.map(userRow));
    none.hidden = !first || users.length > 0;
    list.node.hidden = first && users.length === 0;
  };
  const form = filters(query);
  const more = await unlessRefused(form, pages({ path: '/admin/users', query, name: 'users', signal, append }));
  root.append(heading(text('admin.users')), form, ...more.length ? [none, list.node, ...more] : []);
}
