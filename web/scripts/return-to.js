// Where a sign-in leads: `?return_to=URL&aal=2&max_age=300` in the page's address. The service decides whether URL is
// one that it sends people to (GET /auth/return-to); what it refuses counts as not given.
//
//   isOnTheWay             whether the address names a page to go on to
//   isEnough(me)           whether a session, as GET /auth/me tells it, is what the address asks for
//   await goOn()           leaves for the page that was asked for, else for the account page
//   withReturnTo(path)     the path with the same wish: for a link, and for what has to happen first (/account?enrol)

import { call } from './api.js';

const query = new URLSearchParams(location.search);
const wished = query.get('return_to');

export const isOnTheWay = Boolean(wished);

/** A whole number of at least nought; anything else asks nothing, since the page that is gone to checks by itself. */
function numberOf(name) {
  return /^\d{1,9}$/.test(query.get(name) ?? '') ? Number(query.get(name)) : undefined;
}

export function isEnough({ aal, auth_time: proven }) {
  const age = (Date.now() - new Date(proven)) / 1000;
  return aal >= (numberOf('aal') ?? 1) && age <= (numberOf('max_age') ?? Infinity);
}

export function withReturnTo(path) {
  const kept = new URLSearchParams();
  for (const name of ['return_to', 'aal', 'max_age']) if (query.has(name)) kept.set(name, query.get(name));
  return kept.size ? `${path}${path.includes('?') ? '&' : '?'}${kept}` : path;
}

async function target() {
  if (!wished) return '/account';
  try {
    return (await call('GET', `/auth/return-to?${new URLSearchParams({ to: wished })}`)).return_to;
  } catch (problem) {
    if (problem.status !== 400) throw problem;
    return '/account';
  }
}

/** `replace`: Back must not lead to a form that is done with. */
export async function goOn() {
  location.replace(await target());
}
