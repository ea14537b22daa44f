// Requests to the service's API, as api/openapi.yaml describes it.
//
//   const me = await call('GET', '/auth/me');
//   await call('POST', '/auth/password/change', { current_password, new_password });
//   await call('GET', '/auth/sessions', undefined, { signal });
//
// Rejects with a Problem. Where a proof of work is asked for it is done, and the request sent again with it; `onPuzzle`
// is called before, since it takes a second.

/**
 * A refusal. `code` is one of api/openapi.yaml's, or `unreachable` (status 0). `errors`: [{ field, code, message }];
 * `methods`: those that would do, of step_up_required; `retryAfter`: seconds, or undefined; `detail`: a sentence that says
 * more than the code, in English; `requestId` for support.
 */
export class Problem extends Error {
  constructor(status, problem, headers) {
    super(`${status} ${problem.code}`);
    const wait = headers?.get('Retry-After');
    Object.assign(this, {
      name: 'Problem', status, code: problem.code, title: problem.title, detail: problem.detail, errors: problem.errors ?? [],
      methods: problem.methods ?? [], puzzle: problem.proof_of_work, requestId: problem.request_id,
      retryAfter: wait ? Number(wait) : undefined,
    });
  }
}

const SAFE = ['GET', 'HEAD'];
const COOKIE = `${document.querySelector('meta[name=csrf-cookie]').content}=`;

function csrfCookie() {
  return document.cookie.split('; ').find((one) => one.startsWith(COOKIE))?.slice(COOKIE.length);
}

/** Whether somebody may be signed in here: without a CSRF cookie nobody is, with one GET /auth/me tells. */
export const hasSessionCookie = () => csrfCookie() !== undefined;

/** A fresh token: where the cookie is another sign-in's, or has expired. */
async function csrfToken(body) {
  const path = body?.challenge_id ? '/auth/csrf?for=challenge' : '/auth/csrf';
  return (await send('GET', path)).csrf_token;
}

async function send(method, path, body, token, signal) {
  const headers = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (token) headers['X-CSRF-Token'] = token;
  let response;
  let answer;
  try {
    response = await fetch(path, { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body) });
    answer = await response.json().catch(() => ({ code: 'unavailable' })); // what a proxy in front says instead
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new Problem(0, { code: 'unreachable' });
  }
  if (!response.ok) throw new Problem(response.status, answer, response.headers);
  return answer;
}

/** The JSON of the answer. `signal` (AbortSignal) gives the request up: it then rejects with an AbortError. */
export async function call(method, path, body, { signal, onPuzzle = () => {} } = {}) {
  const token = SAFE.includes(method) ? undefined : csrfCookie();
  try {
    return await send(method, path, body, token, signal);
  } catch (problem) {
    if (problem.code === 'csrf_failed') return send(method, path, body, await csrfToken(body), signal);
    if (problem.code !== 'proof_of_work_required') throw problem;
    onPuzzle();
    const { solve } = await import('./proof-of-work.js');
    return send(method, path, { ...body, proof_of_work: await solve(problem.puzzle) }, token, signal);
  }
}

const ENDED = 'session-ended'; // in sessionStorage, so of this tab alone

/** Leaves for the sign-in page, which comes back here. `ended`: there was a session, and that page says that it is over. */
export function goToSignIn({ ended = false } = {}) {
  if (ended) sessionStorage.setItem(ENDED, 'true');
  location.assign(`/sign-in?${new URLSearchParams({ return_to: location.href })}`);
}

/** Whether the reader was sent to the sign-in page because a session had ended. It is said once. */
export function wasSignedOut() {
  const ended = sessionStorage.getItem(ENDED) !== null;
  sessionStorage.removeItem(ENDED);
  return ended;
}
