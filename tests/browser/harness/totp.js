// An authenticator app (RFC 6238): SHA-1, six digits, thirty seconds, which is what the service sets up by default.
import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const PERIOD_MS = 30_000;
const ROOM_MS = 5_000; // that a page may take to send a code

function bytesOf(base32) {
  const bits = [...base32].map((character) => ALPHABET.indexOf(character).toString(2).padStart(5, '0')).join('');
  return Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
}

/** The code of the time step that `time` (milliseconds) is in. */
export function totp(secret, time = Date.now()) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(time / PERIOD_MS)));
  const digest = createHmac('sha1', bytesOf(secret)).update(counter).digest();
  const offset = digest.at(-1) & 0xf;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/**
 * Codes that the service has not seen: it takes those of the steps before and after the present one, each once. The
 * first three come at once; then somebody would have to wait.
 */
export function codesOf(secret) {
  let last = 0;
  return async () => {
    let now = Math.floor(Date.now() / PERIOD_MS);
    const left = (now + 1) * PERIOD_MS - Date.now();
    if (last + 1 < now && left < ROOM_MS) { // a code of the step before ends with the present one
      await sleep(left);
      now += 1;
    }
    const step = Math.max(last + 1, now - 1);
    if (step > now + 1) await sleep((step - now - 1) * PERIOD_MS);
    last = step;
    return totp(secret, step * PERIOD_MS);
  };
}
