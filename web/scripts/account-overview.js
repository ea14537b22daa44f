// The first thing that an owner sees: how well the account is protected, and the next best step.

import { setUpApp } from './account-app.js';
import { keepFocus, moment } from './account-form.js';
import { addPasskey } from './account-passkeys.js';
import { makeCodes } from './account-recovery.js';
import { factor, onChange } from './account-state.js';
import { byId, element, icon } from './dom.js';
import { onClick } from './form.js';
import { language, text } from './texts.js';
import { isSupported } from './webauthn.js';

const FEW_CODES = 3; // fewer than these are as good as none when a device is lost

const STEPS = {
  passkey: [addPasskey, 'account.passkey_add'], app: [setUpApp, 'account.app_set_up'], codes: [makeCodes, 'account.recovery_make'],
};

/** [kind, verdict, next step]: kinds are those of .seal, verdicts and steps are names of texts. */
function judge(account) {
  const passkeys = factor('webauthn')?.credentials ?? 0;
  const app = Boolean(factor('totp'));
  const codes = factor('recovery_code')?.remaining ?? 0;
  if (!passkeys && !app) return [account.factors.required ? 'bad' : 'warn', 'weak', isSupported() ? 'passkey' : 'app'];
  if (codes < FEW_CODES && passkeys < 2) return ['warn', 'lockable', 'codes'];
  if (!passkeys) return ['good', 'good', isSupported() ? 'passkey' : undefined];
  return ['good', 'best', undefined];
}

function way(name, there, state) {
  return element(
    'li', {},
    element('span', { class: there ? 'mark there' : 'mark', 'aria-hidden': 'true' }, there ? '✓' : ''),
    element('div', {}, element('strong', {}, text(name)), element('p', { class: 'hint' }, state)),
  );
}

function ways(account) {
  const passkeys = factor('webauthn')?.credentials ?? 0;
  const codes = factor('recovery_code')?.remaining ?? 0;
  return element(
    'ul', { class: 'ways' },
    way('common.password', account.factors.has_password, text(account.factors.has_password ? 'account.is_set' : 'account.password_off')),
    way('account.passkeys', passkeys > 0, passkeys ? text(passkeys === 1 ? 'account.passkeys_one' : 'account.passkeys_many', { count: passkeys }) : text('account.is_not_set')),
    way('common.authenticator_app', Boolean(factor('totp')), text(factor('totp') ? 'account.is_set' : 'account.is_not_set')),
    way('common.recovery_codes', codes >= FEW_CODES, codes ? text(codes === 1 ? 'account.codes_one' : 'account.codes_many', { count: codes }) : text('account.codes_none')),
  );
}

function nextStep(step) {
  const [take, name] = STEPS[step];
  const button = element('button', { type: 'button', class: 'primary' }, text(name));
  const node = element('div', { class: 'next-step' }, element('p', {}, text(`account.next_${step}`)), button);
  onClick(button, node, () => take().finally(() => keepFocus(byId('overview-heading'))));
  return node;
}

const METHODS = { pwd: 'account.by_password', otp: 'account.by_code', hwk: 'account.by_passkey', swk: 'account.by_passkey' }; // RFC 8176

function signIn({ auth_time: at, amr }) {
  const names = [...new Set(amr.filter((one) => one in METHODS).map((one) => text(METHODS[one])))];
  const factorNamed = amr.some((one) => one in METHODS && one !== 'pwd');
  if (amr.includes('mfa') && !factorNamed) names.push(text('account.by_recovery_code')); // RFC 8176 has no name for one
  return [
    element('dt', {}, text('account.signed_in')), element('dd', {}, moment(at)),
    element('dt', {}, text('account.proven_by')), element('dd', {}, new Intl.ListFormat(language).format(names)),
  ];
}

export function showOverview() {
  onChange((account) => {
    const [kind, verdict, step] = judge(account);
    byId('protection').replaceChildren(
      element(
        'div', { class: 'verdict' },
        element('span', { class: `seal ${kind}` }, icon(kind === 'good' ? 'shield' : 'warning')),
        element('div', { class: 'stack close' },
          element('h3', {}, text(`account.verdict_${verdict}`)), element('p', {}, text(`account.verdict_${verdict}_why`))),
      ),
      ways(account),
      step ? nextStep(step) : '',
    );
    byId('protection').removeAttribute('aria-busy');
    byId('this-sign-in').hidden = false;
    byId('this-sign-in-facts').replaceChildren(...signIn(account.me));
  });
}
