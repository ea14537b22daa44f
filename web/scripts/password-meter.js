// Says while somebody types whether the service would take a new password, and why not. The service decides
// (POST /auth/password/check); nothing is kept of what is asked.
//
//   watchPassword(input, () => ({ email, name }))     in `input`'s .field, whose data-shortest is {{password_min_length}};
//                                                     the function gives whose password it is, as far as the page knows

import { call } from './api.js';
import { element } from './dom.js';
import { explainField, text } from './texts.js';

const PAUSE_MS = 350; // after the last key

/**
 * What to say of an answer: [parts of four, sentence, whether form.js says the same at the field when it is sent]. A
 * refused password never shows more than two parts.
 */
function verdict({ acceptable, score, pattern, errors }) {
  if (acceptable) return [...(score >= 4 ? [4, text('common.meter_strong')] : [3, text('common.meter_good')]), false];
  const reasons = errors.map((error) => (
    error.code === 'too_weak' ? text(`common.pattern_${pattern}`) : explainField({ field: 'password', ...error })));
  const alike = errors.every(({ code }) => code !== 'too_weak');
  return [Math.min(score, 1) + 1, text('common.meter_refused', { reason: reasons.join(' ') }), alike];
}

export function watchPassword(input, owner = () => ({})) {
  const sentence = element('p', { 'aria-live': 'polite', id: `${input.id}-meter` });
  const parts = element('div', { class: 'parts', 'aria-hidden': 'true' }, [1, 2, 3, 4].map(() => element('i')));
  const meter = element('div', { class: 'meter' }, parts, sentence);
  input.closest('.field').append(meter);
  const shortest = Number(input.dataset.shortest); // code points, PASSWORD_MIN_LENGTH

  let timer;
  let request = new AbortController();

  const show = (filled, words, alike = false) => {
    meter.dataset.parts = filled;
    meter.classList.toggle('alike', alike);
    sentence.textContent = words;
  };

  const ask = async () => {
    request = new AbortController();
    const { signal } = request;
    try {
      const answer = await call('POST', '/auth/password/check', { password: input.value, ...owner() }, { signal });
      show(...verdict(answer));
    } catch (problem) {
      if (!signal.aborted) show(0, text('common.meter_unknown'));
    }
  };

  const changed = () => {
    clearTimeout(timer);
    request.abort();
    const length = [...input.value.normalize('NFC')].length;
    if (length === 0) show(0, '');
    else if (length < shortest) show(1, text('common.meter_length_left', { count: shortest - length }));
    else timer = setTimeout(ask, PAUSE_MS);
  };
  input.addEventListener('input', changed);
  return { again: changed };
}
