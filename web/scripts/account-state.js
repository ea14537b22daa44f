// What the account page knows of its account, shared by its sections.
//
//   onChange(show)            show(account) runs after every refresh(); account: { me, factors } as GET /auth/me, /auth/mfa
//   await refresh()           asks for both again
//   factor('totp')            that entry of factors.methods, or undefined
//   await act(() => call(…))  what the owner asked for, with a step-up where one is due; see there

import { call, goToSignIn } from './api.js';
import { openDialog } from './dialog.js';
import { byId, element } from './dom.js';
import { withStepUp } from './step-up.js';
import { text } from './texts.js';

export const account = { me: undefined, factors: undefined };
const listeners = [];

export function onChange(show) {
  listeners.push(show);
}

/** Has every section show another state of the account. */
export function update(news) {
  Object.assign(account, news);
  for (const show of listeners) show(account);
}

/** Two requests, of which only that to /auth/mfa counts against the rate limit. */
export async function refresh() {
  const [me, factors] = await Promise.all([call('GET', '/auth/me'), call('GET', '/auth/mfa')]);
  update({ me, factors });
}

export function factor(method) {
  return account.factors.methods.find((one) => one.method === method);
}

/** Whether nothing is open to this account before it has a second factor (403 mfa_enrolment_required). */
export function mustEnrol() {
  return account.factors.required && account.factors.methods.length === 0;
}

async function tellSessionEnded() {
  for (const dialog of document.querySelectorAll('dialog[open]')) dialog.close();
  byId('main').replaceChildren(); // whoever sits here now need not be whom it speaks of
  await openDialog({
    title: text('account.ended'),
    content: [element('p', {}, text('account.ended_why'))],
    actions: (close) => [element('button', { type: 'button', class: 'primary', autofocus: true, onclick: () => close() }, text('common.sign_in'))],
  });
  goToSignIn();
}

let usedCode = false; // by a step-up, so that there is one less than the page says
addEventListener('stepped-up', ({ detail: method }) => { usedCode ||= method === 'recovery_code'; });

/** After what was begun, not beside it: that may give the session another id. */
function countCodesAgain() {
  if (!usedCode) return;
  usedCode = false;
  refresh().catch(() => {}); // a number in a badge: whatever fails here is told where it matters
}

/**
 * What `action` resolves with. Where the session has ended meanwhile that is told, and nothing that waits goes on: the
 * page is being left. Where an account must enrol a second factor by now the page turns to that.
 */
export async function act(action) {
  try {
    return await withStepUp(action);
  } catch (refusal) {
    if (refusal.code === 'mfa_enrolment_required') {
      await refresh();
      throw new DOMException('a second factor is due first', 'AbortError');
    }
    if (refusal.code !== 'unauthenticated') throw refusal;
    await tellSessionEnded();
    return new Promise(() => {});
  } finally {
    countCodesAgain();
  }
}
