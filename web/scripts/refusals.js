// A refusal that is about one field of a form, where the service's code does not say which. form.js tells it there.
//
//   throw wrongField('typed', text('…'));
//   await call('POST', '/auth/step-up/password', { password }).catch(atField({ invalid_credentials: ['password', text('…')] }));

import { Problem } from './api.js';

export function wrongField(field, message) {
  return new Problem(422, { code: 'validation_failed', errors: [{ field, code: 'wrong', message }] });
}

/** For a catch: what has one of these codes is thrown as what is wrong with [field, message], all else as it came. */
export function atField(codes) {
  return (refusal) => {
    throw Object.hasOwn(codes, refusal.code) ? wrongField(...codes[refusal.code]) : refusal;
  };
}
