// Solves the puzzle that a sign-in is answered with while passwords are tried out over many accounts
// (403 proof_of_work_required; see /docs). For pages of this service and for other front ends:
//
//   import { withProofOfWork } from '/assets/proof-of-work.js';
//   const response = await withProofOfWork((proof) => postJson('/auth/login', { email, password, ...proof }));
//
// A part of it is solved by a number whose SHA-256, after `challenge:part:`, begins with `bits` zeros. With a SHA-256 of
// its own this takes a tenth of what crypto.subtle takes, which goes through a promise for each try.

const ROUND = Int32Array.of(
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
);
const START = Int32Array.of(
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
);
const BLOCK = 64;
const words = new Int32Array(64);

/** One block of `bytes` on top of `state`, in place (FIPS 180-4 §6.2.2). */
function compress(state, bytes, offset) {
  for (let i = 0; i < 16; ++i) {
    const at = offset + 4 * i;
    words[i] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
  }
  for (let i = 16; i < 64; ++i) {
    const x = words[i - 15];
    const y = words[i - 2];
    const small0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const small1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[i] = (words[i - 16] + small0 + words[i - 7] + small1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; ++i) {
    const big1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const first = (h + big1 + ((e & f) ^ (~e & g)) + ROUND[i] + words[i]) | 0;
    const big0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const second = (big0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  state[0] = (state[0] + a) | 0;
  state[1] = (state[1] + b) | 0;
  state[2] = (state[2] + c) | 0;
  state[3] = (state[3] + d) | 0;
  state[4] = (state[4] + e) | 0;
  state[5] = (state[5] + f) | 0;
  state[6] = (state[6] + g) | 0;
  state[7] = (state[7] + h) | 0;
}

/** Tries numbers after a text that stays the same: its whole blocks are hashed once. */
class Trial {
  #fixed = START.slice();
  #state = new Int32Array(8);
  #tail = new Uint8Array(2 * BLOCK);
  #from;
  #before;

  constructor(text) {
    const bytes = new TextEncoder().encode(text);
    this.#before = bytes.length;
    let offset = 0;
    for (; offset + BLOCK <= bytes.length; offset += BLOCK) compress(this.#fixed, bytes, offset);
    this.#tail.set(bytes.subarray(offset));
    this.#from = bytes.length - offset;
  }

  /** The first 32 bits of the digest, unsigned. */
  firstWord(number) {
    const digits = String(number);
    const tail = this.#tail;
    let end = this.#from;
    for (let i = 0; i < digits.length; ++i) tail[end++] = digits.charCodeAt(i);
    const used = end + 9 <= BLOCK ? BLOCK : 2 * BLOCK;
    tail[end] = 0x80;
    tail.fill(0, end + 1, used);
    const bits = 8 * (this.#before + digits.length);
    tail[used - 2] = bits >>> 8;
    tail[used - 1] = bits & 0xff;
    this.#state.set(this.#fixed);
    for (let offset = 0; offset < used; offset += BLOCK) compress(this.#state, tail, offset);
    return this.#state[0] >>> 0;
  }
}

function solvePart(challenge, part, bits) {
  const trial = new Trial(`${challenge}:${part}:`);
  const limit = 2 ** (32 - bits);
  let number = 0;
  while (trial.firstWord(number) >= limit) ++number;
  return number;
}

/** The solution of `{ challenge, parts, bits }`, here and now: a second of no other work. */
export function solveHere({ challenge, parts, bits }) {
  return { challenge, numbers: Array.from({ length: parts }, (_, part) => solvePart(challenge, part, bits)) };
}

/** The same in a worker, while the page goes on. Where another origin's page may not start one, in the page itself. */
export async function solve(puzzle) {
  let worker;
  try {
    worker = new Worker(import.meta.url, { type: 'module' });
  } catch {
    return solveHere(puzzle);
  }
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = () => reject(new Error('the puzzle could not be solved'));
      worker.postMessage(puzzle);
    });
  } finally {
    worker.terminate();
  }
}

/** Calls `send({})`; where the Response asks for work, does it and calls `send({ proof_of_work })` once more. */
export async function withProofOfWork(send) {
  const response = await send({});
  if (response.status !== 403) return response;
  const problem = await response.clone().json().catch(() => ({}));
  if (problem.code !== 'proof_of_work_required') return response;
  return send({ proof_of_work: await solve(problem.proof_of_work) });
}

// This file is its own worker.
if (typeof WorkerGlobalScope !== 'undefined' && globalThis instanceof WorkerGlobalScope) {
  globalThis.onmessage = ({ data }) => globalThis.postMessage(solveHere(data));
}
