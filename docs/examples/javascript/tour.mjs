// node tour.mjs http://localhost:8000 ada@example.org: signs up, in and out, against a service in development.
import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { Client } from './secureauth.mjs';
import { checkToken } from './token-check.mjs';

const [site, email] = process.argv.slice(2);
const password = 'correct horse battery';
const client = new Client(site);

// Of the newest mail; the development mailbox stands in for the inbox.
async function mailedToken() {
  for (let tries = 0; tries < 50; tries += 1, await sleep(100)) {
    const { messages } = await client.call('GET', '/dev/mailbox/messages');
    for (const mail of messages.filter(({ to }) => to === email)) {
      const found = mail.text.match(/#token=([\w-]+)/);
      if (found) return found[1];
    }
  }
  throw new Error('no mail came');
}

// The code that an authenticator app shows now (RFC 6238).
function totp(secret, stepsAhead = 0) {
  const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'));
  const key = Buffer.from(bits.join('').match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + stepsAhead));
  const mac = createHmac('sha1', key).update(counter).digest();
  const number = mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff;
  return String(number % 1000000).padStart(6, '0');
}

async function showMe() {
  const { aal, amr } = await client.call('GET', '/auth/me');
  console.log(`signed in: aal ${aal} by ${amr.join(' ')}`);
}

const showRefusal = ({ status, code }) => console.log(`refused: ${status} ${code}`);

await client.call('POST', '/auth/register', { email, password });
await client.call('POST', '/auth/verify-email', { token: await mailedToken() });
console.log('verified');

await client.call('POST', '/auth/login', { email, password: 'not the password' }).catch(showRefusal);

await client.call('POST', '/auth/login', { email, password });
await showMe();

const { secret } = await client.call('POST', '/auth/mfa/totp/setup');
await client.call('POST', '/auth/mfa/totp/verify', { code: totp(secret) });
await showMe();

const half = await client.call('POST', '/auth/login', { email, password });
console.log(`second factor due: ${half.methods[0]}`);
// A code works once: this is the next one, which a clock that is a little ahead would show.
await client.call('POST', '/auth/mfa/totp/verify', { challenge_id: half.challenge_id, code: totp(secret, 1) });
await showMe();

const { token } = await client.call('POST', '/auth/token', { audience: 'api' });
const claims = checkToken(token, await client.call('GET', '/.well-known/jwks.json'), { issuer: site, audience: 'api' });
console.log(`token: aal ${claims.aal} by ${claims.amr.join(' ')}`);

client.cookies.set('csrf_token', 'of another time'); // call() fetches a good one
await client.call('POST', '/auth/logout');
// The same answer when a session was idle for too long: sign in again.
await client.call('GET', '/auth/me').catch(showRefusal);
