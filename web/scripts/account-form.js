// A form in a dialogue, and how the account page shows times.
//
//   const answer = await askInDialog({ title, content, fields, submit, danger, conflict, send });
//       { value } of what send(values, signal) resolved with; undefined where it was dismissed: `signal` is aborted then
//   const ends = endsOthers();      a ticked box named end_other_sessions
//   moment(time)                    "3 minutes ago", and when exactly
//   tellDone(card, message)         that something went well: in the card, or on the overview where that led to it
//   keepFocus(node)                 for after a list was made anew, and what had the focus with it

import { openDialog } from './dialog.js';
import { byId, element } from './dom.js';
import { onSubmit, showOutcome } from './form.js';
import { ago, dateTime, text } from './texts.js';

/** `conflict`: what a 409 means here, in words. What else `send` throws is told as form.js tells it. */
export async function askInDialog({ title, content = [], fields = [], submit, danger, conflict, send }) {
  const dismissed = new AbortController();
  const answer = await openDialog({
    title,
    content: (close) => {
      const form = element(
        'form', { method: 'post' }, content, fields,
        element(
          'div', { class: 'actions' },
          element('button', { type: 'button', onclick: () => close() }, text('common.cancel')),
          element('button', { type: 'submit', class: danger ? 'primary danger' : 'primary' }, submit),
        ),
      );
      addEventListener('pagehide', () => close(), { signal: dismissed.signal }); // what it shows must not stay in a kept page
      onSubmit(form, async (values) => {
        try {
          close({ value: await send(values, dismissed.signal) });
        } catch (problem) {
          if (problem.code !== 'conflict' || !conflict) throw problem;
          showOutcome(form, 'bad', conflict);
        }
      });
      return form;
    },
  });
  dismissed.abort();
  return answer;
}

/** Others are signed out unless the owner says otherwise: whoever else is in must not stay. */
export function endsOthers() {
  return element(
    'label', { class: 'check' },
    element('input', { type: 'checkbox', name: 'end_other_sessions', checked: true }),
    element('span', {}, text('account.end_others_too')),
  );
}

export function moment(time) {
  return element('time', { datetime: time, title: dateTime(time) }, text('account.moment', { ago: ago(time), exactly: dateTime(time) }));
}

export function tellDone(card, message) {
  const inSight = !card.closest('section').hidden;
  showOutcome(inSight ? card : byId('overview'), 'good', message);
}

export function keepFocus(node) {
  if (document.activeElement === document.body) node.focus({ preventScroll: true });
}
