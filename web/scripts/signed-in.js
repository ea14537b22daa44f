// On every page behind sign-in: who is signed in, what the header offers, and the way out (ASVS 7.4.4).
//
//   const me = await signedIn();     GET /auth/me; leaves for the sign-in page where nobody is

import { call, goToSignIn } from './api.js';
import { byId } from './dom.js';

export async function signOut() {
  await call('POST', '/auth/logout').catch((problem) => {
    if (problem.status !== 401) throw problem; // signed out already
  });
  location.assign(`/sign-in?lang=${document.documentElement.lang}`); // the language went with the cookies
}

byId('sign-out').addEventListener('click', () => {
  signOut().catch(() => location.reload());
});

export async function signedIn() {
  try {
    const me = await call('GET', '/auth/me');
    byId('to-admin').hidden = me.role === 'user';
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
