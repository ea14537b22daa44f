// Where a sign-in leads: `?return_to=URL&aal=2&max_age=300&role=staff` in the page's address. The service decides all of
// it: whether URL is one that it sends people to (GET /auth/return-to; what it refuses counts as not given), and whether
// the session is what the rest asks for (GET /auth/verify). The edge in front of that page asks the same: a second opinion
// here would send readers to and fro between the two.
//
//   isOnTheWay               whether the address names a page to go on to
//   await demandEnough()     rejects as the service refuses: unauthenticated, step_up_required, mfa_enrolment_required, forbidden
//   await goOn()             leaves for the page that was asked for, else for the account page
//   wasSentBack()            whether goOn() led there only just now, and here its reader is again
//   withReturnTo(path)       the path with the same wish: for a link, and for what has to happen first (/account?enrol)

import { call } from './api.js';

const REQUIREMENT = ['aal', 'max_age', 'role'];
const LAST = 'gone-on'; // in sessionStorage, so of this tab alone: [return_to, when]
const SOON_MS = 10_000; // an application answers within that, if it sends its reader back

const query = new URLSearchParams(location.search);
const wished = query.get('return_to');

export const isOnTheWay = Boolean(wished);

function partOfQuery(names) {
  return String(new URLSearchParams(names.filter((name) => query.has(name)).map((name) => [name, query.get(name)])));
}

/** What is no requirement asks for nothing but a session, since the page that is gone to checks by itself. */
export async function demandEnough() {
  try {
    await call('GET', `/auth/verify?${partOfQuery(REQUIREMENT)}`);
  } catch (problem) {
    if (problem.code !== 'invalid_request') throw problem;
    await call('GET', '/auth/verify');
  }
}

export function withReturnTo(path) {
  const kept = partOfQuery(['return_to', ...REQUIREMENT]);
  return kept ? `${path}${path.includes('?') ? '&' : '?'}${kept}` : path;
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
  const page = await target();
  sessionStorage.setItem(LAST, JSON.stringify([wished, Date.now()]));
  location.replace(page);
}

/** That page wants what nobody here knows of. Its reader goes on by a press from there, or both would go on for ever. */
export function wasSentBack() {
  const [page, when] = JSON.parse(sessionStorage.getItem(LAST) ?? '[]');
  return page === wished && Math.abs(Date.now() - when) < SOON_MS;
}
