// An authenticator app: set up with a QR code, confirmed by a code of it, removed.

import { askInDialog, endsOthers, keepFocus, moment, tellDone } from './account-form.js';
import { offerCodes } from './account-recovery.js';
import { act, factor, onChange, refresh } from './account-state.js';
import { call } from './api.js';
import { byId, element } from './dom.js';
import { field, onClick, showOutcome } from './form.js';
import { atField } from './refusals.js';
import { text } from './texts.js';

const SVG = 'http://www.w3.org/2000/svg';

/** The service's SVG, drawn anew: the page lets no data: address in and parses no markup. */
function pictureOf(svg) {
  const [, side] = svg.match(/viewBox="0 0 (\d+)/);
  const [, drawn] = svg.match(/<path d="([^"]+)"/);
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', drawn);
  const picture = document.createElementNS(SVG, 'svg');
  for (const [name, value] of Object.entries({ viewBox: `0 0 ${side} ${side}`, role: 'img', 'aria-label': text('account.app_picture') })) {
    picture.setAttribute(name, value);
  }
  picture.append(path);
  return element('div', { class: 'picture' }, picture);
}

function secretOf({ secret, provisioning_uri: uri }) {
  const copy = element('button', { type: 'button', class: 'small' }, text('account.copy'));
  const node = element(
    'div', { class: 'stack close' },
    element('p', {}, text('account.app_by_hand')),
    element('p', { class: 'code' }, secret.match(/.{4}/g).join(' ')),
    element('div', { class: 'row' }, copy, matchMedia('(pointer: coarse)').matches && element('a', { class: 'button small', href: uri }, text('account.app_open_here'))),
  );
  onClick(copy, node, async () => {
    await navigator.clipboard.writeText(secret);
    showOutcome(node, 'good', text('account.copied'));
  });
  return node;
}

async function confirm(setup, { code, end_other_sessions }) {
  return act(() => call('POST', '/auth/mfa/totp/verify', { code: code.replace(/\s/g, ''), end_other_sessions })).catch((refusal) => {
    const late = Date.now() > new Date(setup.expires_at); // then no code confirms it any more
    const wrong = ['code', text(late ? 'account.app_late' : 'account.app_wrong')];
    return atField({ mfa_failed: wrong, code_already_used: wrong })(refusal);
  });
}

/** From the button to a confirmed app; offers recovery codes to an account that has none. */
export async function setUpApp() {
  const setup = await act(() => call('POST', '/auth/mfa/totp/setup'));
  const confirmed = await askInDialog({
    title: text('account.app_set_up'),
    content: [
      element('p', {}, text('account.app_scan')),
      element('div', { class: 'scan' }, pictureOf(setup.qr_svg), secretOf(setup)),
    ],
    fields: [
      field({
        name: 'code', label: text('account.app_code', { digits: setup.digits }), class: 'one-time-code', inputmode: 'numeric',
        autocomplete: 'one-time-code', maxlength: 10,
      }),
      endsOthers(),
    ],
    submit: text('common.confirm'),
    send: (values) => confirm(setup, values),
  });
  if (!confirmed) return;
  await act(refresh);
  keepFocus(byId('app-actions').firstElementChild);
  tellDone(byId('app'), text('account.app_added'));
  await offerCodes();
}

async function remove() {
  const removed = await askInDialog({
    title: text('account.app_remove'),
    content: element('p', {}, text('account.app_remove_what')),
    fields: endsOthers(),
    submit: text('account.remove'),
    danger: true,
    conflict: text('account.factor_demanded'),
    send: (values) => act(() => call('POST', '/auth/mfa/totp/disable', values)),
  });
  if (!removed) return;
  await act(refresh);
  keepFocus(byId('app-actions').firstElementChild);
  showOutcome(byId('app'), 'good', text('account.app_removed'));
}

function action(name, act, kind) {
  const button = element('button', { type: 'button', class: kind }, text(name));
  onClick(button, byId('app'), act);
  return button;
}

export function showApp() {
  onChange(() => {
    const app = factor('totp');
    byId('app-badge').className = app ? 'badge good' : 'badge';
    byId('app-badge').textContent = text(app ? 'account.on' : 'account.off');
    byId('app-state').replaceChildren(...(app ? [`${text('common.last_used')} `, moment(app.last_used_at)] : []));
    byId('app-state').hidden = !app;
    byId('app-actions').replaceChildren(...(app
      ? [action('account.app_replace', setUpApp), action('account.remove', remove, 'danger')]
      : [action('account.app_set_up', setUpApp, 'primary')]));
  });
}
