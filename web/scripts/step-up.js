// The step-up dialogue: where the service asks for a fresh proof (403 step_up_required) the owner gives one, and what was
// begun goes on.
//
//   await withStepUp(() => call('DELETE', '/auth/me'));
//       runs the action; where a proof is due asks for one and runs it once more. A second refusal is the action's own:
//       it is thrown, so nothing loops.
//   await stepUp(methods);
//       asks at once, for whoever knows already what is due (`methods` of /auth/step-up/check)
//
// What proved it is told by an event `stepped-up` of the window, its `detail` the method: a recovery code is one less then.
// Both reject with an AbortError when the owner would not: nothing has changed then, and form.js says nothing about it.

import { call } from './api.js';
import { openDialog } from './dialog.js';
import { element, icon } from './dom.js';
import { field, onSubmit, showOutcome } from './form.js';
import { atField } from './refusals.js';
import { text, use } from './texts.js';
import { Passkeys, isSupported } from './webauthn.js';

const passkeys = new Passkeys();

/** By what a session is stepped up: what is asked for, and how that is sent. Keys are the API's names. */
const WAYS = {
  webauthn: {
    submit: 'step_up.passkey_submit',
    fields: () => [element('p', {}, text(isSupported() ? 'step_up.passkey_how' : 'step_up.passkey_unsupported'))],
    prove: (values, signal) => passkeys.stepUp({ signal }),
  },
  totp: {
    submit: 'common.confirm',
    fields: () => [field({
      name: 'code', label: text('step_up.totp_label'), hint: text('step_up.totp_hint'), class: 'one-time-code',
      inputmode: 'numeric', autocomplete: 'one-time-code', maxlength: 10, autofocus: true,
    })],
    prove: ({ code }) => call('POST', '/auth/mfa/totp/verify', { code: code.replace(/\s/g, '') })
      .catch(atField({ mfa_failed: ['code', text('step_up.wrong_code')], code_already_used: ['code', text('common.error_code_already_used')] })),
  },
  recovery_code: {
    submit: 'common.confirm',
    fields: () => [field({
      name: 'code', label: text('common.recovery_code'), hint: text('step_up.recovery_hint'), autocomplete: 'off',
      autocapitalize: 'characters', spellcheck: 'false', maxlength: 60, autofocus: true,
    })],
    prove: ({ code }) => {
      const wrong = ['code', text('step_up.wrong_recovery_code')];
      return call('POST', '/auth/mfa/recovery/verify', { code }).catch(atField({ mfa_failed: wrong, code_already_used: wrong }));
    },
  },
  password: {
    submit: 'common.confirm',
    fields: () => [field({
      name: 'password', label: text('common.password'), type: 'password', autocomplete: 'current-password', autofocus: true,
    })],
    prove: ({ password }) => call('POST', '/auth/step-up/password', { password })
      .catch(atField({ invalid_credentials: ['password', text('step_up.wrong_password')] })),
  },
};

/** The methods that would do, where `refusal` (a Problem or a WebAuthnError) asks for a step-up. */
function waysOf(refusal) {
  return refusal.code === 'step_up_required' ? refusal.problem?.methods ?? refusal.methods : undefined;
}

/** Puts the form of `method` into `place`; `finish` ends the dialogue, `change(methods)` begins it anew with others. */
function showWay(place, method, methods, { finish, change, signal }) {
  const way = WAYS[method];
  const possible = method !== 'webauthn' || isSupported();
  const form = element(
    'form', { method: 'post' }, way.fields(),
    element(
      'div', { class: 'actions' },
      element('button', { type: 'button', onclick: () => finish() }, text('common.cancel')),
      possible && element('button', { type: 'submit', class: 'primary', autofocus: method === 'webauthn' },
        method === 'webauthn' && icon('key'), text(way.submit)),
    ),
  );
  onSubmit(form, async (values) => {
    if (method === 'webauthn') showOutcome(form, '', text('step_up.passkey_waiting'));
    try {
      await way.prove(values, signal);
      dispatchEvent(new CustomEvent('stepped-up', { detail: method }));
      finish({ proven: true });
    } catch (refusal) {
      const others = waysOf(refusal);
      if (refusal.code === 'unauthenticated') finish({ refusal });
      else if (others) change(others, text('step_up.stronger_now'));
      else throw refusal;
    }
  });
  const others = methods.filter((other) => other !== method);
  place.replaceChildren(form, ...others.map((other) => element(
    'button', { type: 'button', class: 'quiet', onclick: () => showWay(place, other, methods, { finish, change, signal }) },
    text(`common.instead_${other}`),
  )));
  form.querySelector('[autofocus]')?.focus();
  return form;
}

async function ask(methods) {
  await use('step_up');
  const waiting = new AbortController();
  const place = element('div', { class: 'stack' });
  const answer = await openDialog({
    title: text('step_up.title'),
    content: (close) => {
      const begin = (known, message) => {
        const first = known.find((method) => method !== 'webauthn' || isSupported()) ?? known[0];
        if (!first) { place.replaceChildren(element('p', { class: 'notice warn' }, text('step_up.no_way'))); return; }
        const form = showWay(place, first, known, { finish: close, change: begin, signal: waiting.signal });
        if (message) showOutcome(form, 'warn', message);
      };
      addEventListener('pagehide', () => close(), { signal: waiting.signal });
      begin(methods.filter((method) => method in WAYS));
      return [element('p', {}, text('step_up.why')), place];
    },
  });
  waiting.abort(); // a passkey that the browser still asks for
  if (answer?.refusal) throw answer.refusal;
  if (!answer?.proven) throw new DOMException('nothing was proven', 'AbortError');
}

let open; // one dialogue, whoever waits for it

/** Asks for a proof by one of `methods`, strongest first; resolves when the session is stepped up. */
export function stepUp(methods) {
  open ??= ask(methods).finally(() => { open = undefined; });
  return open;
}

/** What `action` resolves with. It is run again after a step-up, so it must be what the owner asked for, not half of it. */
export async function withStepUp(action) {
  try {
    return await action();
  } catch (refusal) {
    const methods = waysOf(refusal);
    if (!methods) throw refusal;
    await stepUp(methods);
    return action();
  }
}
