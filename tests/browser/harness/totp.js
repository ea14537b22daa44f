// An authenticator app (RFC 6238) with the usual parameters: SHA-1, 6 digits, 30 seconds.
import { createHmac } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'; // RFC 4648 §6

function decode(base32) {
  const bits = [...base32].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
}

function codeAt(key, step) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', key).update(counter).digest();
  const offset = digest.at(-1) & 0xf;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/**
 * `fresh()` is a code that was not given before: of the step before, then of this one, then of the next, which is as far
 * as the service lets a clock be wrong. `wrong()` is none of them.
 */
export function authenticatorApp(secret) {
  const key = decode(secret.replace(/\s/g, ''));
  let last = 0;
  const now = () => Math.floor(Date.now() / 30_000);
  return {
    fresh() {
      last = Math.max(last + 1, now() - 1);
      return codeAt(key, last);
    },
    wrong() {
      const right = new Set([-2, -1, 0, 1, 2].map((steps) => codeAt(key, now() + steps)));
      return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !right.has(code));
    },
  };
}
