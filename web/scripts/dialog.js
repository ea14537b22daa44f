// Dialogues. The browser keeps the focus inside, gives it back afterwards and closes them on Escape.
//
//   const answer = await openDialog({ title, content: [nodes], actions: (close) => [buttons] });
//       resolves with what close(value) was called with; undefined when it was dismissed
//   if (await confirmDialog({ title, message, confirm: text('…'), danger: true })) …

import { element, icon } from './dom.js';
import { text } from './texts.js';

let dialogs = 0;

/**
 * `content`: nodes, or a function of `close` that makes them. `actions`: a function of `close` that makes buttons.
 * `dismissible: false` for what must not be lost by a slip: only a button ends it.
 */
export function openDialog({ title, content = [], actions = () => [], dismissible = true }) {
  const id = `dialog-${++dialogs}`;
  return new Promise((resolve) => {
    let answer;
    const close = (value) => {
      answer = value;
      dialog.close();
    };
    const buttons = actions(close);
    const dialog = element(
      'dialog', { 'aria-labelledby': id, onclick: (event) => dismissible && event.target === dialog && close(), oncancel: (event) => dismissible || event.preventDefault() },
      element(
        'div', { class: 'body' },
        element(
          'div', { class: 'row apart' },
          element('h2', { id }, title),
          dismissible && element('button', { type: 'button', class: 'quiet small', onclick: () => close() },
            icon('close'), element('span', { class: 'visually-hidden' }, text('common.close'))),
        ),
        typeof content === 'function' ? content(close) : content,
        buttons.length > 0 && element('div', { class: 'actions' }, buttons),
      ),
    );
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(answer);
    });
    document.body.append(dialog);
    dialog.showModal();
    // In this order, wherever they stand: of one selector for all, querySelector gives what comes first in the page.
    (dialog.querySelector('[autofocus]') ?? dialog.querySelector('.body input, .actions button'))?.focus();
  });
}

/** Whether the reader agrees. Cancel comes first and has the focus, so that Enter alone does no harm. */
export async function confirmDialog({ title, message, confirm, danger = false }) {
  return Boolean(await openDialog({
    title,
    content: [element('p', {}, message)],
    actions: (close) => [
      element('button', { type: 'button', onclick: () => close(false) }, text('common.cancel')),
      element('button', { type: 'button', class: danger ? 'danger primary' : 'primary', onclick: () => close(true) }, confirm),
    ],
  }));
}
