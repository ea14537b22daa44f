// Passkeys for pages: turns the JSON of this service into calls of navigator.credentials and back. No dependencies; for
// the service's own pages and those of FRONTEND_ORIGIN. docs/passkeys.md shows each flow.

const SENTENCES = {
  cancelled: 'No passkey was used. Try again, or choose another way.',
  timeout: 'That took too long. Try again.',
  already_registered: 'This device or security key has a passkey for your account already.',
  unsupported: 'This browser or security key cannot do that. Try another, or choose another way.',
  security: 'Passkeys for this service do not work on this page.',
  authenticator: 'The device or security key failed. Try again.',
  unreachable: 'The service could not be reached. Try again.',
  challenge_expired: 'That took too long. Try again.',
  mfa_failed: 'This passkey was not accepted. Try another, or choose another way.',
  invalid_request: 'This passkey was not accepted.',
};

/** What the browser's exceptions mean (WebAuthn §5.1.3, §5.1.4). NotAllowedError does not say whether time was up. */
const CODES = {
  NotAllowedError: 'cancelled', AbortError: 'cancelled',
  NotSupportedError: 'unsupported', ConstraintError: 'unsupported',
  UnknownError: 'authenticator', NotReadableError: 'authenticator',
  InvalidStateError: 'already_registered', SecurityError: 'security',
};

/**
 * Why a call failed. `message` is a sentence for people. `code` is the service's (api/openapi.yaml) or one of
 * `cancelled`, `timeout`, `already_registered`, `unsupported`, `security`, `authenticator`, `unreachable`. `problem` is
 * the service's answer, where there was one: with `step_up_required`, `problem.methods` are those that would do.
 */
export class WebAuthnError extends Error {
  constructor(code, { cause, problem } = {}) {
    super(SENTENCES[code] ?? problem?.errors?.[0].message ?? problem?.title ?? 'Something went wrong.', { cause });
    Object.assign(this, { name: 'WebAuthnError', code, problem });
  }
}

/** Whether this page can use passkeys. Where it cannot, every ceremony fails with `unsupported`. */
export const isSupported = () => typeof PublicKeyCredential === 'function' && Boolean(navigator.credentials);

/** Whether passkeys can be offered by the autofill of `<input autocomplete="username webauthn">`. */
export async function canAutofill() {
  return isSupported() && Boolean(await PublicKeyCredential.isConditionalMediationAvailable?.());
}

const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
const withBytes = (entity) => ({ ...entity, id: toBytes(entity.id) });

function toBase64Url(buffer) {
  const text = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('');
  return btoa(text).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
}

/** The options of navigator.credentials.create() or get() in a page's form. */
function fromJson(method, json) {
  const parse = method === 'create' ? 'parseCreationOptionsFromJSON' : 'parseRequestOptionsFromJSON';
  if (PublicKeyCredential[parse]) return PublicKeyCredential[parse](json);
  const options = { ...json, challenge: toBytes(json.challenge) };
  if (json.user) options.user = withBytes(json.user);
  for (const list of ['excludeCredentials', 'allowCredentials']) options[list] = json[list]?.map(withBytes) ?? [];
  return options;
}

/** RegistrationResponseJSON or AuthenticationResponseJSON (WebAuthn §5.1). */
function toJson(credential) {
  try {
    if (credential.toJSON) return credential.toJSON();
  } catch {
    // A password manager's own object in place of the browser's: its method does not work on that.
  }
  const { id, type, response: given } = credential;
  const response = { transports: given.getTransports?.() };
  for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
    if (given[name]) response[name] = toBase64Url(given[name]);
  }
  return { id, rawId: id, type, response, clientExtensionResults: credential.getClientExtensionResults() };
}

/** Calls navigator.credentials at once; says in this module's words why it would not. */
async function ask(method, json, options) {
  const began = performance.now();
  try {
    return toJson(await navigator.credentials[method]({ ...options, publicKey: fromJson(method, json) }));
  } catch (cause) {
    const code = options.signal?.aborted ? 'cancelled' : CODES[cause.name];
    if (!code) throw cause;
    const late = cause.name === 'NotAllowedError' && performance.now() - began >= json.timeout;
    throw new WebAuthnError(late ? 'timeout' : code, { cause });
  }
}

// A page has room for one request, so they follow one another. That of autofill may wait for as long as the page is
// open: it gives way to those that show a dialog, and comes back unless one succeeded.
let queue = Promise.resolve();
let autofill = null; // the call that may ask; its `request` is an AbortController

function enqueue(run) {
  const result = queue.then(run);
  queue = result.catch(() => {});
  return result;
}

async function inTurn(ceremony) {
  if (!isSupported()) throw new WebAuthnError('unsupported');
  autofill?.request.abort();
  return enqueue(() => ceremony().then((result) => {
    autofill = null;
    return result;
  }));
}

const LOGIN = '/auth/webauthn/login';
const STEP_UP = '/auth/step-up/webauthn';
const OF_CHALLENGE = /^\/auth\/webauthn\/(login|signup)\b/; // whose CSRF token is the challenge's

/**
 * The passkey flows of one service. `baseUrl` is its PUBLIC_URL, by default where this module was loaded from. Each
 * `signal` (AbortSignal) ends what waits for the user, with `cancelled`.
 */
export class Passkeys {
  #base;
  #used = new Set();

  constructor({ baseUrl = new URL(import.meta.url).origin } = {}) {
    this.#base = baseUrl.replace(/\/$/, '');
  }

  /** Adds a passkey to the account that is signed in; returns it as GET /auth/webauthn/credentials lists it. */
  register({ name, end_other_sessions, signal } = {}) {
    const wishes = { name, end_other_sessions };
    return inTurn(async () => (await this.#create('/auth/webauthn/register', {}, wishes, signal)).credential);
  }

  /** Asks for an account without a password; the mail that follows activates it. Needs PASSWORDLESS_SIGNUP. */
  signUp({ email, name, credential_name, signal }) {
    return inTurn(() => this.#create('/auth/webauthn/signup', { email, name }, { credential_name }, signal));
  }

  /** Signs in without a password: with one of the passkeys of `email`, or with any that the browser knows. */
  signIn({ email, remember_browser, signal } = {}) {
    const wishes = { remember_browser };
    return inTurn(async () => this.#prove(LOGIN, await this.#start(LOGIN, { email }), wishes, { signal }));
  }

  /** Ends a sign-in that a password began: `login` is what /auth/login answered. May be called again when it failed. */
  finishSignIn(login, { remember_browser, signal } = {}) {
    return inTurn(async () => {
      const fresh = login.webauthn && !this.#used.has(login.challenge_id);
      this.#used.add(login.challenge_id);
      const challenge = fresh ? login.webauthn : await this.#start(LOGIN, { challenge_id: login.challenge_id });
      return this.#prove(LOGIN, challenge, { remember_browser }, { signal });
    });
  }

  /** Proves again who is signed in, for what answers `step_up_required`. */
  stepUp({ signal } = {}) {
    return inTurn(async () => this.#prove(STEP_UP, await this.#start(STEP_UP, {}), {}, { signal }));
  }

  /**
   * Offers passkeys in the autofill of a `username webauthn` field; ends when somebody has signed in with one. Abort
   * `signal` when somebody signs in otherwise. A later call, or a dialog that succeeds, ends it with `cancelled`.
   */
  async signInWithAutofill({ signal } = {}) {
    if (!(await canAutofill())) throw new WebAuthnError('unsupported');
    autofill?.request.abort();
    const call = (autofill = {});
    // One signal, by hand: AbortSignal.any() is younger than browsers that offer passkeys in autofill.
    signal?.addEventListener('abort', () => call.request.abort(), { once: true });
    do {
      if (autofill !== call || signal?.aborted) throw new WebAuthnError('cancelled');
      call.request = new AbortController();
    } while (!(await enqueue(() => this.#offer(call))));
  }

  /**
   * Tells the browser which passkeys the account has and what its owner is called, so that password managers drop and
   * rename theirs (WebAuthn §5.1.10). For after a sign-in, a removal and a change of name or address; returns whether it
   * could. `listed` is what GET /auth/webauthn/credentials answers, where the page has asked already.
   */
  async syncCredentials({ listed } = {}) {
    if (!globalThis.PublicKeyCredential?.signalAllAcceptedCredentials) return false;
    const { rp_id, user, accepted_credential_ids: ids } = listed ?? await this.#send('GET', '/auth/webauthn/credentials');
    if (!user.id) return true; // who never had a passkey
    const of = { rpId: rp_id, userId: user.id };
    await PublicKeyCredential.signalAllAcceptedCredentials({ ...of, allAcceptedCredentialIds: ids });
    await PublicKeyCredential.signalCurrentUserDetails({ ...of, name: user.name, displayName: user.display_name });
    return true;
  }

  #start(path, body) {
    return this.#send('POST', `${path}/start`, body, !OF_CHALLENGE.test(path) || 'challenge_id' in body);
  }

  async #create(path, about, wishes, signal) {
    const { challenge_id, publicKey } = await this.#start(path, about);
    const credential = await ask('create', publicKey, { signal });
    try {
      return await this.#send('POST', `${path}/finish`, { ...wishes, challenge_id, credential }, true);
    } catch (error) {
      const unknown = { rpId: publicKey.rp.id, credentialId: credential.id }; // which nothing need keep
      if (error.problem?.status < 500) await PublicKeyCredential.signalUnknownCredential?.(unknown).catch(() => {});
      throw error;
    }
  }

  async #prove(path, { challenge_id, publicKey }, wishes, options) {
    const credential = await ask('get', publicKey, options);
    await this.#send('POST', `${path}/finish`, { ...wishes, challenge_id, credential }, true);
  }

  /** Whether somebody signed in before it had to give way or the challenge grew old. */
  async #offer(call) {
    const { request } = call;
    if (autofill !== call || request.signal.aborted) return false;
    try {
      const challenge = await this.#start(LOGIN, {});
      setTimeout(() => request.abort(), 0.9 * challenge.publicKey.timeout);
      await this.#prove(LOGIN, challenge, {}, { signal: request.signal, mediation: 'conditional' });
      return true;
    } catch (error) {
      if (error.code === 'challenge_expired' || (error.code === 'cancelled' && request.signal.aborted)) return false;
      throw error;
    }
  }

  /** The JSON of the answer. With `guarded` the CSRF token goes along. */
  async #send(method, path, body, guarded) {
    let answer = await this.#fetch(method, path, body, guarded && (await this.#token(path)));
    // A sign-in that was begun here or in another tab has replaced the cookie.
    if (answer.code === 'csrf_failed') answer = await this.#fetch(method, path, body, await this.#token(path, true));
    if (answer.code) throw new WebAuthnError(answer.code, { problem: answer });
    return answer;
  }

  async #fetch(method, path, body, token) {
    const headers = { ...(body && { 'Content-Type': 'application/json' }), ...(token && { 'X-CSRF-Token': token }) };
    try {
      const options = { method, headers, credentials: 'include', body: body && JSON.stringify(body) };
      return await (await fetch(this.#base + path, options)).json();
    } catch (cause) {
      throw new WebAuthnError('unreachable', { cause });
    }
  }

  /** From the cookie that the last answer left, which a page of another origin cannot see; else asked for. */
  async #token(path, fresh = this.#base !== location.origin) {
    const cookie = document.cookie.split('; ').find((one) => one.startsWith('csrf_token='));
    if (cookie && !fresh) return cookie.slice('csrf_token='.length);
    return (await this.#fetch('GET', `/auth/csrf${OF_CHALLENGE.test(path) ? '?for=challenge' : ''}`)).csrf_token;
  }
}
