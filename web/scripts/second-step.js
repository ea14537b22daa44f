// The second half of a sign-in that a password began: one of the methods that /auth/login offers, the strongest first.
//
//   secondStep(login, passkeys, { signedIn, expired })
//       shows #second; `signedIn({ remaining })` when it is done, `expired(problem)` when the challenge is worth nothing

import { call } from './api.js';
import { byId, element } from './dom.js';
import { onClick, onSubmit, clearOutcome } from './form.js';
import { text } from './texts.js';

const METHODS = ['webauthn', 'totp', 'recovery_code'];
const panels = Object.fromEntries(METHODS.map((method) => [method, byId(`by-${method}`)]));

let step; // { login, passkeys, signedIn, expired } of the sign-in that is under way

function choose(method) {
  for (const [name, panel] of Object.entries(panels)) panel.hidden = name !== method;
  byId('second-lead').textContent = text(`sign_in.lead_${method}`);
  // A recovery code shows that something was lost: not the moment to trust a browser.
  byId('remember').hidden = byId('remember').dataset.days === '0' || method === 'recovery_code';
  byId('other-ways').replaceChildren(...step.login.methods.filter((other) => other !== method).map((other) => (
    element('button', { type: 'button', class: 'quiet', onclick: () => choose(other) }, text(`common.instead_${other}`)))));
  clearOutcome(panels[method]);
  (panels[method].querySelector('input') ?? panels[method].querySelector('button')).focus();
}

const remember = () => ({ remember_browser: !byId('remember').hidden && byId('remember-browser').checked });

/** Five wrong codes, five minutes, or another sign-in in this browser: only the password leads on from there. */
async function attempt(prove) {
  try {
    step.signedIn(await prove());
  } catch (problem) {
    if (problem.code !== 'challenge_expired') throw problem;
    step.expired(problem);
  }
}

function wire() {
  byId('remember-text').textContent = text('sign_in.remember_browser', { days: byId('remember').dataset.days });
  onClick(byId('second-passkey'), panels.webauthn, () => attempt(async () => {
    await step.passkeys.finishSignIn(step.login, remember());
    return {};
  }));
  for (const [method, path] of [['totp', '/auth/mfa/totp/verify'], ['recovery_code', '/auth/mfa/recovery/verify']]) {
    onSubmit(panels[method], ({ code }) => attempt(async () => {
      const about = method === 'totp' ? { code: code.replaceAll(' ', ''), ...remember() } : { code };
      try {
        return await call('POST', path, { ...about, challenge_id: step.login.challenge_id });
      } catch (problem) {
        panels[method].elements.code.select();
        throw problem;
      }
    }));
  }
}

export function secondStep(login, passkeys, { signedIn, expired }) {
  if (!step) wire();
  step = { login, passkeys, signedIn, expired };
  for (const panel of Object.values(panels)) if (panel.tagName === 'FORM') panel.reset();
  choose(METHODS.find((method) => login.methods.includes(method)));
}
