// On every page behind sign-in: who is signed in, what the header offers, and the way out (ASVS 7.4.4).
//
//   const me = await signedIn();     GET /auth/me; leaves for the sign-in page where nobody is
//
// Who was on the way elsewhere and had to come here first (`?return_to=`, to set up a second factor) is led on.

import { call, goToSignIn } from './api.js';
import { byId, element } from './dom.js';
import { onClick, showOutcome } from './form.js';
import { goOn, isEnough, isOnTheWay } from './return-to.js';
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
    if (isEnough(await call('GET', '/auth/me'))) await goOn();
    else showOutcome(notice, 'bad', text('common.second_factor_missing'));
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
    goToSignIn();
    return new Promise(() => {}); // the page is being left
  }
}

// Back and forward must not show an account that was signed out of meanwhile.
addEventListener('pageshow', (event) => {
  if (event.persisted) location.reload();
});
