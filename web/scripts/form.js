// Forms: one submission at a time, mistakes at their fields, outcomes that a screen reader hears.
//
//   onSubmit(form, async (values) => { await call('POST', '/auth/login', values); });
//       values: { name: value } of the form's fields (checkboxes: true or false). What the function throws is told:
//       errors[] of a 422 at the fields of these names, anything else above the buttons, with a living countdown where
//       the service says how long to wait. What it handles itself it must not throw. Of several submit buttons
//       (event.submitter) one with data-without="NAME" needs no value of that field.
//   showOutcome(form, 'good' | 'bad' | 'warn', message, ...nodes)     the same place, by hand; clearOutcome(form)
//   showFieldErrors(form, [{ field, code, message }])                 and the first of them gets the focus
//   field({ name, label, type, value, hint, optional, ...attributes }) a labelled field to put into a form; type
//       'password' comes with Show/Hide. Pages that have theirs in the markup call wireReveals(root).

import { element } from './dom.js';
import { dateTime, duration, explain, explainField, text, time } from './texts.js';

/** Show/Hide buttons, `<button class="quiet" type="button" aria-controls="ID">` in a .password: named after its field. */
export function wireReveals(root = document) {
  for (const button of root.querySelectorAll('.password button')) {
    const input = button.parentElement.querySelector('input');
    const { textContent } = button.closest('.field').querySelector('label');
    const field = element('span', { class: 'visually-hidden' }, `: ${textContent}`);
    const label = (name) => button.replaceChildren(text(name), field);
    label('common.show');
    button.addEventListener('click', () => {
      const shown = input.type === 'password';
      input.type = shown ? 'text' : 'password';
      label(shown ? 'common.hide' : 'common.show');
    });
  }
}

let fields = 0;

export function field({ name, label, type = 'text', value, hint, optional, ...attributes }) {
  const id = `${name}-${++fields}`;
  const described = hint && `${id}-hint`;
  const own = { id, name, type, value, required: !optional, 'aria-describedby': described, ...attributes };
  const input = element('input', type === 'password' ? { autocapitalize: 'off', spellcheck: 'false', ...own } : own);
  const reveal = type === 'password'
    && element('button', { class: 'quiet', type: 'button', 'aria-controls': id });
  const node = element(
    'div', { class: 'field' },
    element('label', { for: id }, label, optional && element('span', { class: 'optional' }, ` (${text('common.optional')})`)),
    reveal ? element('div', { class: 'password' }, input, reveal) : input,
    hint && element('p', { class: 'hint', id: described }, hint),
  );
  if (reveal) wireReveals(node);
  return node;
}

function valuesOf(form) {
  const values = {};
  for (const input of form.elements) {
    if (input.name) values[input.name] = input.type === 'checkbox' ? input.checked : input.value;
  }
  return values;
}

/** What the browser itself finds wrong, in our words and all at once; not in the field named `without`. */
function mistakesIn(form, without) {
  const wrong = [...form.elements].filter(({ name, validity }) => name && name !== without && !validity.valid);
  const codeOf = ({ valueMissing, typeMismatch }) => (
    valueMissing ? 'required' : typeMismatch ? 'invalid_email' : 'invalid_format');
  return wrong.map(({ name, validity }) => ({ field: name, code: codeOf(validity) }));
}

function describe(input, id, on) {
  const ids = new Set((input.getAttribute('aria-describedby') ?? '').split(' ').filter(Boolean));
  if (on) ids.add(id); else ids.delete(id);
  if (ids.size) input.setAttribute('aria-describedby', [...ids].join(' ')); else input.removeAttribute('aria-describedby');
}

function clearFieldError(input) {
  const id = `${input.id}-error`;
  document.getElementById(id)?.remove();
  input.removeAttribute('aria-invalid');
  describe(input, id, false);
}

export function showFieldErrors(form, errors) {
  const lost = [];
  let first;
  for (const error of errors) {
    const input = form.elements[error.field];
    if (!input?.closest('.field')) { lost.push(explainField(error)); continue; }
    clearFieldError(input);
    const id = `${input.id}-error`;
    input.setAttribute('aria-invalid', 'true');
    describe(input, id, true);
    const place = input.closest('.password') ?? input;
    place.after(element('p', { class: 'field-error', id }, element('span', {}, explainField(error))));
    input.addEventListener('input', () => clearFieldError(input), { once: true });
    first ??= input;
  }
  if (lost.length) showOutcome(form, 'bad', lost.join(' '));
  first?.focus();
}

const regions = new WeakMap();

/** The live region of a form, or of what has buttons; there before anything is said in it, or it is not read out. */
function regionOf(form) {
  let region = regions.get(form);
  if (!region) {
    region = form.querySelector(':scope > .outcome'); // where a page says itself what its place is
    if (!region) {
      region = element('div', { class: 'outcome', 'aria-live': 'polite' });
      const buttons = form.querySelector(':scope > .actions, :scope > [type=submit], :scope > button');
      if (buttons) buttons.before(region); else form.append(region);
    }
    regions.set(form, region);
  }
  return region;
}

const countdowns = new WeakMap();

export function clearOutcome(form) {
  clearInterval(countdowns.get(form));
  regionOf(form).replaceChildren();
}

export function showOutcome(form, kind, message, ...nodes) {
  clearInterval(countdowns.get(form));
  regionOf(form).replaceChildren(element('div', { class: `notice ${kind}` }, element('p', {}, message), ...nodes));
}

/** Says until when; what is left runs beside it, for the eye only, since a reader would be told each second. */
function showWait(form, problem, nodes) {
  const until = Date.now() + 1000 * problem.retryAfter;
  const left = element('p', { class: 'hint number', 'aria-hidden': 'true' });
  const when = problem.retryAfter < 12 * 3600 ? time(until) : dateTime(until);
  showOutcome(form, 'warn', `${explain(problem)} ${text('common.try_again_at', { time: when })}`, left, ...nodes);
  const tick = () => {
    const seconds = Math.ceil((until - Date.now()) / 1000);
    left.textContent = text('common.time_left', { duration: duration(Math.max(seconds, 0)) });
    if (seconds <= 0) showOutcome(form, 'good', text('common.try_again_now'));
  };
  tick();
  countdowns.set(form, setInterval(tick, 1000));
}

/** Tells in `form` why something failed, with `nodes` below it. A bug is told too, and goes to the console. */
export function showProblem(form, problem, ...nodes) {
  if (problem.name === 'AbortError') return;
  if (problem.code === undefined) reportError(problem);
  if (problem.code === 'validation_failed' && problem.errors.length) showFieldErrors(form, problem.errors);
  else if (problem.retryAfter) showWait(form, problem, nodes);
  else showOutcome(form, 'bad', explain(problem), ...nodes);
}

export function onSubmit(form, send) {
  form.noValidate = true;
  regionOf(form);
  let busy = false;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (busy) return;
    const mistakes = mistakesIn(form, event.submitter?.dataset.without);
    clearOutcome(form);
    for (const input of form.elements) if (input.name) clearFieldError(input);
    if (mistakes.length) { showFieldErrors(form, mistakes); return; }
    const button = event.submitter ?? form.querySelector('[type=submit]');
    busy = true;
    button?.setAttribute('aria-busy', 'true');
    try {
      await send(valuesOf(form), event);
    } catch (problem) {
      showProblem(form, problem);
    } finally {
      busy = false;
      button?.removeAttribute('aria-busy');
    }
  });
}

/** The same for a button that stands alone: one click at a time, failures told in `form` (any element). */
export function onClick(button, form, act) {
  regionOf(form);
  button.addEventListener('click', async () => {
    if (button.getAttribute('aria-busy')) return;
    clearOutcome(form);
    button.setAttribute('aria-busy', 'true');
    try {
      await act();
    } catch (problem) {
      showProblem(form, problem);
    } finally {
      button.removeAttribute('aria-busy');
    }
  });
}
