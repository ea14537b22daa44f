// Who was locked out of late, and is perhaps still.

import { carryOut } from './admin-deeds.js';
import { call } from './api.js';
import { exactly, heading, nothing, pages, remember, row, table } from './admin-parts.js';
import { lockBadge, methodOf } from './admin-words.js';
import { element } from './dom.js';
import { onClick } from './form.js';
import { dateTime, number, text } from './texts.js';

function columns(mayUnlock) {
  const all = [[text('admin.time'), 'keep'], [text('admin.account'), 'wild'], [text('admin.by')], [text('admin.ip')], [text('admin.wrong'), 'number'],
    [text('admin.standing'), 'keep']];
  return mayUnlock ? [...all, [text('admin.deed')]] : all;
}

function whose({ user, address, subject_id: subject }) {
  if (user) {
    remember(user);
    return element('a', { href: `#users/${encodeURIComponent(user.id)}` }, user.email);
  }
  if (address) return [text('admin.no_account'), ' ', element('span', { class: 'code-text', title: address }, `…${address.slice(-6)}`)];
  return subject && element('span', { class: 'code-text' }, subject);
}

function unlockButton({ user }, region) {
  const button = element('button', { type: 'button', class: 'small' }, text('admin.unlock'));
  onClick(button, region, () => carryOut({
    label: text('admin.unlock'), message: text('admin.unlock_asks', { email: user.email }), done: text('admin.unlocked'),
    send: () => call('POST', `/admin/users/${user.id}/unlock`),
  }));
  return button;
}

export async function show({ root, me, signal }) {
  const mayUnlock = me.role === 'admin';
  const head = columns(mayUnlock);
  const list = table({ caption: text('admin.lockouts'), columns: head });
  const none = nothing(text('admin.no_lockouts'));
  const append = (lockouts, first) => {
    list.body.append(...lockouts.map((one) => row(head, [
      exactly(one.at), whose(one),
      [methodOf(one.method), one.known_browser && ` · ${text('admin.from_known')}`],
      one.ip, one.failed_in_a_row === null ? null : number(one.failed_in_a_row), lockBadge(one, dateTime),
      ...(mayUnlock ? [one.locked && one.user && one.user.id !== me.id ? unlockButton(one, root) : null] : []),
    ])));
    none.hidden = !first || lockouts.length > 0;
    list.node.hidden = first && lockouts.length === 0;
  };
  const more = await pages({ path: '/admin/lockouts', name: 'lockouts', signal, append });
  root.append(heading(text('admin.lockouts')), element('p', { class: 'hint' }, text('admin.lockouts_hint')), none, list.node, more);
}
