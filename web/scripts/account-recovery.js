// Recovery codes: made, shown once, taken away as text, file or print. They are in the page only while the dialogue is
// open and the page is looked at.

import { askInDialog, tellDone } from './account-form.js';
import { account, act, factor, onChange, refresh } from './account-state.js';
import { call } from './api.js';
import { confirmDialog, openDialog } from './dialog.js';
import { byId, element } from './dom.js';
import { onClick, showOutcome } from './form.js';
import { save } from './save.js';
import { date, text } from './texts.js';

/** As a file keeps them: whose, since when, one a line. */
function asText(codes) {
  const head = text('account.codes_file', { site: location.host, email: account.me.email, date: date(new Date()) });
  return `${head}\n\n${codes.join('\n')}\n`;
}

function show(codes) {
  const left = new AbortController();
  const list = element('ol', { class: 'codes' });
  // Out of the page while another one is looked at: a task switcher's picture of it must not have them.
  const paint = () => list.replaceChildren(...(document.hidden ? [] : codes.map((code) => element('li', {}, code))));
  paint();
  document.addEventListener('visibilitychange', paint, { signal: left.signal });
  const tools = element('div', { class: 'row' });
  const tool = (name, act) => {
    const button = element('button', { type: 'button' }, text(name));
    onClick(button, tools, act);
    return button;
  };
  tools.append(
    tool('account.copy', async () => {
      await navigator.clipboard.writeText(codes.join('\n'));
      showOutcome(tools, 'good', text('account.copied'));
    }),
    tool('account.download', () => save('recovery-codes.txt', 'text/plain', asText(codes))),
    tool('account.print', () => print()),
  );
  return openDialog({
    title: text('account.codes_title'),
    dismissible: false,
    content: (close) => {
      addEventListener('pagehide', () => { list.replaceChildren(); close(); }, { signal: left.signal });
      return [
        element('p', { class: 'notice warn' }, text('account.codes_once')),
        element('p', { class: 'only-print' }, text('account.codes_file', { site: location.host, email: account.me.email, date: date(new Date()) })),
        list, tools,
      ];
    },
    actions: (close) => [element('button', { type: 'button', class: 'primary', onclick: () => close() }, text('account.codes_kept'))],
  }).finally(() => {
    left.abort();
    list.replaceChildren();
    codes.length = 0;
  });
}

async function make() {
  const first = !factor('recovery_code');
  const { codes } = await act(() => call('POST', '/auth/mfa/recovery-codes'));
  await show(codes);
  await act(refresh);
  tellDone(byId('recovery'), text(first ? 'account.codes_made' : 'account.codes_made_new'));
}

/** From the button to codes that are kept somewhere; those that there were are worth nothing then. */
export async function makeCodes() {
  const replaces = factor('recovery_code')?.remaining > 0;
  const sure = !replaces || await confirmDialog({
    title: text('account.codes_replace'), message: text('account.codes_replace_what'), confirm: text('account.recovery_make_new'),
  });
  if (sure) await make();
}

/** After the first second factor: without codes a lost device is a lost account. */
export async function offerCodes() {
  if (factor('recovery_code')) return;
  await askInDialog({
    title: text('account.codes_offer'), content: element('p', {}, text('account.codes_offer_why')),
    submit: text('account.recovery_make'), send: async () => true,
  }).then((agreed) => agreed && make());
}

export function showRecovery() {
  onClick(byId('make-codes'), byId('recovery'), makeCodes);
  onChange(() => {
    const codes = factor('recovery_code');
    const possible = Boolean(factor('webauthn') ?? factor('totp'));
    byId('recovery').hidden = false;
    byId('recovery-badge').className = codes?.remaining ? 'badge good' : 'badge';
    byId('recovery-badge').textContent = text(codes ? 'account.codes_left' : 'account.off', { count: codes?.remaining });
    byId('recovery-state').textContent = text(!possible ? 'account.codes_not_yet' : codes ? 'account.codes_since' : 'account.codes_none_yet',
      { date: codes && date(codes.created_at) });
    byId('make-codes').hidden = !possible;
    byId('make-codes').textContent = text(codes ? 'account.recovery_make_new' : 'account.recovery_make');
  });
}
