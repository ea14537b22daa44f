// A client of SecureAuthService for Node 18 and newer, without packages. In a browser cookies keep themselves: there it is
// fetch(path, { method, headers, body, credentials: 'include' }), with X-CSRF-Token from the csrf_token cookie.

// An answer that refuses (RFC 9457). `code` is of the contract's closed list: decide by it, not by the title.
export class Problem extends Error {
  constructor(status, body, retryAfter) {
    super(body.title);
    Object.assign(this, { status, code: body.code, body, retryAfter: Number(retryAfter) || null }); // seconds, of 429 and 503
  }
}

// One browser's worth of cookies.
export class Client {
  cookies = new Map();

  constructor(site) {
    this.site = site;
  }

  // The answer's JSON; throws Problem. A CSRF token that is no longer good is fetched anew, once.
  async call(method, path, body) {
    try {
      return await this.#once(method, path, body);
    } catch (problem) {
      if (problem.code !== 'csrf_failed') throw problem;
    }
    await this.#once('GET', '/auth/csrf');
    return this.#once(method, path, body);
  }

  async #once(method, path, body) {
    const headers = { Accept: 'application/json', Cookie: [...this.cookies].map((pair) => pair.join('=')).join('; ') };
    if (body) headers['Content-Type'] = 'application/json';
    if (method !== 'GET') headers['X-CSRF-Token'] = this.cookies.get('csrf_token') ?? '';
    const reply = await fetch(this.site + path, { method, headers, body: body && JSON.stringify(body) });
    for (const line of reply.headers.getSetCookie()) this.#keep(line);
    const answer = await reply.json();
    if (!reply.ok) throw new Problem(reply.status, answer, reply.headers.get('Retry-After'));
    return answer;
  }

  #keep(line) {
    const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
    if (/;\s*max-age=0/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
