// On every page behind sign-in: who is signed in, what the header offers, and the way out (ASVS 7.4.4).
//
//   const me = await signedIn();     GET /auth/me; leaves for the sign-in page where nobody is
//   offerAgain(place, problem, act)  in `place`, instead of what could not be loaded: why, and a button that does `act`
//
// Who was on the way elsewhere and had to come here first (`?return_to=`, to set up a second factor) is led on.

import { call, goToSignIn, hasSessionCookie } from './api.js';
import { byId, element } from './dom.js';
import { onClick, showOutcome, showProblem } from './form.js';
import { demandEnough, goOn, isOnTheWay } from './return-to.js';
import { withStepUp } from './step-up.js';
import { text } from './texts.js';

export async function signOut() {
  await call('POST', '/auth/logout').catch((problem) => {
    if (problem.status !== 401) throw problem; // signed out already
  });
  location.assign('/sign-in');
}

byId('sign-out').addEventListener('click', () => {
  signOut().catch(() => location.reload());
});

/** Every proof renews the session, so what it proved is looked at when the reader wants to go on. */
function offerWayOn() {
  const button = element('button', { type: 'button', class: 'primary' }, text('common.go_on'));
  const notice = element(
    'section', { class: 'notice warn on-the-way', 'aria-label': text('common.on_the_way') },
    element('p', {}, text('common.second_factor_first')), button,
  );
  onClick(button, notice, async () => {
    try {
      await withStepUp(demandEnough);
      await goOn();
    } catch (problem) {
      if (problem.code !== 'mfa_enrolment_required') throw problem;
      showOutcome(notice, 'bad', text('common.second_factor_missing'));
    }
  });
  byId('main').before(notice);
}

export async function signedIn() {
  try {
    const me = await call('GET', '/auth/me');
    byId('to-admin').hidden = me.role === 'user';
    if (isOnTheWay) offerWayOn();
    return me;
  } catch (problem) {
    if (problem.status !== 401) throw problem;
    goToSignIn({ ended: hasSessionCookie() });
    return new Promise(() => {}); // the page is being left
  }
}

export function offerAgain(place, problem, act) {
  const again = element('button', { type: 'button' }, text('common.again'));
  const node = element('div', { class: 'stack', role: 'alert' }, element('div', { class: 'row actions' }, again));
  const here = place.contains(document.activeElement);
  onClick(again, node, act);
  showProblem(node, problem);
  place.replaceChildren(node);
  place.removeAttribute('aria-busy');
  if (here) again.focus();
}

// Back and forward must not show an account that was signed out of meanwhile.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});
