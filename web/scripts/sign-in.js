// The sign-in page: a password and what it leads to, a passkey by its button or the form's autofill, and the way on.

import { call, hasSessionCookie, wasSignedOut } from './api.js';
import { byId, element, icon, showOnly } from './dom.js';
import { clearOutcome, onClick, onSubmit, showOutcome, showProblem, wireReveals } from './form.js';
import { demandEnough, goOn, wasSentBack, withReturnTo } from './return-to.js';
import { secondStep } from './second-step.js';
import { explain, text, use } from './texts.js';
import { Passkeys, canAutofill, isSupported } from './webauthn.js';

await use('sign_in');

const form = byId('password-form');
const sections = ['first', 'second', 'refused', 'again'].map(byId);
const passkeys = new Passkeys();
let autofill = new AbortController();

function show(id) {
  showOnly(byId(id), sections);
  byId(id).querySelector('h1[tabindex]')?.focus();
}

// --- on from here ---

/** Signed in: goes where the reader was going, by way of what is still due. `unasked`: nobody pressed anything. */
async function enter({ unasked = false } = {}) {
  autofill.abort();
  try {
    await demandEnough();
    if (unasked && wasSentBack()) await pause('sent_back', goOn);
    else await goOn();
  } catch (problem) {
    if (problem.code === 'mfa_enrolment_required') location.replace(withReturnTo('/account?enrol'));
    else if (problem.code === 'forbidden') await pause('forbidden');
    else if (problem.code === 'step_up_required') await askAgain();
    else throw problem;
  }
}

/** Signed in, but not on from here by itself: says why. `act`: what the button does; there is none without. */
async function pause(kind, act) {
  const { email } = await call('GET', '/auth/me');
  tell(text(`sign_in.${kind}_title`), text(`sign_in.${kind}_text`, { email }), act);
}

function tell(title, words, act) {
  byId('again-title').textContent = title;
  byId('again-text').textContent = words;
  byId('again-go').hidden = !act;
  further = act;
  show('again');
}
let further;

/** The step-up dialogue comes at once; who closes it finds the button. */
async function askAgain() {
  const prove = async () => {
    const { withStepUp } = await import('./step-up.js');
    await withStepUp(demandEnough);
    await goOn();
  };
  await pause('again', prove);
  prove().catch((problem) => showProblem(byId('again'), problem));
}

// --- what the right password may lead to instead ---

/** `send` is what the button does; it is said as done whatever the address is to the service. */
function refuse(kind, email, send) {
  byId('refused-title').textContent = text(`sign_in.${kind}_title`);
  byId('refused-text').textContent = text(`sign_in.${kind}_text`, { email });
  byId('refused-action').textContent = text(`sign_in.${kind}_action`);
  byId('to-mailbox').hidden = byId('to-mailbox').dataset.shown !== 'true';
  clearOutcome(byId('refused'));
  resend = async () => {
    await send();
    showOutcome(byId('refused'), 'good', text('sign_in.mail_sent', { email }));
  };
  show('refused');
}
let resend;

const REFUSALS = {
  email_not_verified: (email) => refuse('unverified', email, () => call('POST', '/auth/verify-email/resend', { email })),
  password_change_required: (email) => refuse('must_change', email, () => call('POST', '/auth/password/reset/request', { email })),
};

// --- the first step ---

async function signInWithPassword({ email, password }) {
  try {
    const login = await call('POST', '/auth/login', { email, password }, {
      onPuzzle: () => showOutcome(form, 'warn', text('sign_in.working')),
    });
    autofill.abort();
    byId('password').value = '';
    if (!login.mfa_required) { await enter(); return; }
    show('second');
    secondStep(login, passkeys, {
      signedIn: ({ remaining }) => (remaining <= 3 ? tellCodesLeft(remaining) : enter().catch(report)),
      expired: startAgain,
    });
  } catch (problem) {
    if (problem.code === 'account_locked') { // for guesses at a password: docs/security.md, "Guessing passwords"
      showProblem(form, problem, element('p', {}, text('sign_in.locked_ways')));
      return;
    }
    if (REFUSALS[problem.code]) REFUSALS[problem.code](email);
    else throw problem;
    byId('password').value = '';
  }
}

function tellCodesLeft(count) {
  tell(text('sign_in.codes_left_title'), count ? text('sign_in.codes_left', { count }) : text('sign_in.codes_left_none'), enter);
}

function report(problem) {
  show('first');
  showProblem(form, problem);
}

/** `problem`: why, where it was not the reader's own wish. */
function startAgain(problem) {
  show('first');
  clearOutcome(form);
  byId(byId('email').value ? 'password' : 'email').focus();
  if (problem) showOutcome(form, 'warn', explain(problem));
  offerAutofill();
}

/** With an address, where one is typed: a security key that keeps nothing is found by it only. */
async function signInWithPasskey() {
  const { value, validity } = byId('email');
  await passkeys.signIn(value && validity.valid ? { email: value } : {});
  await enter();
}

/** Passkeys among the suggestions of the address field, where the browser has some. Its end needs no word. */
async function offerAutofill() {
  if (!(await canAutofill())) return;
  autofill.abort();
  autofill = new AbortController();
  passkeys.signInWithAutofill({ signal: autofill.signal }).then(() => enter()).catch((problem) => {
    if (!['cancelled', 'unsupported'].includes(problem.code)) report(problem);
  });
}

onSubmit(form, signInWithPassword);
wireReveals();
byId('passkey').prepend(icon('key'));
byId('passkey').hidden = !isSupported();
document.querySelector('.or').hidden = !isSupported();
onClick(byId('passkey'), form, signInWithPasskey);
onClick(byId('refused-action'), byId('refused'), () => resend());
onClick(byId('again-go'), byId('again'), () => further());
byId('back').addEventListener('click', () => startAgain());
byId('start-again').addEventListener('click', () => startAgain());
byId('sign-out').addEventListener('click', async () => {
  await call('POST', '/auth/logout').catch(() => {});
  startAgain();
});
byId('to-sign-up').href = withReturnTo('/sign-up');

/** Whoever is signed in already needs no form. */
async function arrive() {
  if (wasSignedOut()) showOutcome(form, 'warn', text('sign_in.signed_out'));
  if (hasSessionCookie()) {
    try {
      await enter({ unasked: true });
      return;
    } catch (problem) {
      if (problem.status !== 401) report(problem);
    }
  }
  await offerAutofill();
}
await arrive();
