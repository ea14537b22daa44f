// Where the account is signed in: which device, from which address, since when; and out of there.

import { keepFocus, moment } from './account-form.js';
import { act } from './account-state.js';
import { call } from './api.js';
import { deviceOf } from './device.js';
import { byId, element, icon } from './dom.js';
import { onClick, showOutcome, showProblem } from './form.js';
import { signOut } from './signed-in.js';
import { text } from './texts.js';

const card = byId('session-card');
const list = byId('session-list');
let next; // cursor of the page behind what is shown

function row(session) {
  const { name, kind } = deviceOf(session.user_agent);
  const id = `session-${session.id}`;
  const end = element('button', { type: 'button', class: 'quiet small danger', 'aria-describedby': id }, text('common.sign_out'));
  const node = element(
    'li', {},
    element(
      'div', { class: 'thing' }, icon(kind),
      element(
        'div', {},
        element('p', { class: 'name' }, element('span', { id, title: session.user_agent }, name),
          session.current && element('span', { class: 'badge good' }, text('account.this_device'))),
        element(
          'p', { class: 'hint' },
          element('span', {}, text('account.from_address', { address: session.ip })),
          element('span', {}, `${text('account.signed_in')} `, moment(session.created_at)),
          element('span', {}, `${text('common.last_used')} `, moment(session.last_used_at)),
        ),
      ),
    ),
    end,
  );
  onClick(end, card, async () => {
    if (session.current) { await signOut(); return; }
    await act(() => call('DELETE', `/auth/sessions/${session.id}`)).catch((problem) => {
      if (problem.code !== 'not_found') throw problem; // it has ended by itself: what was wanted
    });
    await load();
    keepFocus(byId('sessions-heading'));
    showOutcome(card, 'good', text('account.session_ended', { device: name }));
  });
  return node;
}

function shows(page) {
  next = page.next_cursor;
  byId('more-sessions').hidden = !next;
  list.append(...page.sessions.map(row));
  byId('end-others').hidden = list.childElementCount < 2;
}

async function load() {
  const page = await act(() => call('GET', '/auth/sessions?limit=20'));
  page.sessions.sort((one, other) => other.current - one.current); // this one first, the others as they came
  list.replaceChildren();
  shows(page);
}

/** When the section is opened. */
export async function openSessions() {
  await load().catch((problem) => {
    list.querySelector('.skeleton')?.remove();
    showProblem(card, problem);
  });
}

onClick(byId('more-sessions'), card, async () => {
  shows(await act(() => call('GET', `/auth/sessions?${new URLSearchParams({ limit: 20, cursor: next })}`)));
});

onClick(byId('end-others'), card, async () => {
  await act(() => call('POST', '/auth/sessions/revoke-others'));
  await load();
  keepFocus(byId('sessions-heading'));
  showOutcome(card, 'good', text('account.sessions_ended'));
});
