// Checks the tokens of POST /auth/token without asking the service. Node 18 and newer, without packages.
import { createPublicKey, verify } from 'node:crypto';

const decoded = (text) => JSON.parse(Buffer.from(text, 'base64url'));

// Its claims; throws. `keySet` is that of /.well-known/jwks.json: keep it for five minutes, and fetch it again when a token
// names a key that is not in it.
export function checkToken(token, keySet, { issuer, audience }) {
  const [header, claims, signature] = token.split('.');
  const said = decoded(header);
  if (said.alg !== 'EdDSA' || said.typ !== 'session+jwt') throw new Error('not a token of this service'); // RFC 8725 §3.1
  const jwk = keySet.keys.find((key) => key.kid === said.kid && key.crv === 'Ed25519');
  if (!jwk) throw new Error('signed with an unknown key');
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  if (!verify(null, Buffer.from(`${header}.${claims}`), key, Buffer.from(signature, 'base64url'))) throw new Error('forged');
  const found = decoded(claims);
  if (found.iss !== issuer || found.aud !== audience || found.exp <= Date.now() / 1000) {
    throw new Error('of another service, for another service, or over');
  }
  return found;
}
