// What the sections of the admin page are made of.
//
//   await read('/admin/users', query, signal)      GET, with a step-up first where the session proved too little
//   heading(text, ...nodes)                        the section's h2, and what stands beside it
//   table({ caption, columns, rows })              columns: [[title, class?]]; rows: of what row() made
//   row(columns, cells, attributes)                cells: nodes or texts, one a column
//   pages({ path, query, name, signal, append })   the first page, and a button for each one behind it
//   await unlessRefused(form, list)                [what the list came to], or [] and the mistakes told in the form
//   goTo(section, values)                          the fragment of a section, empty values left out
//   badge(kind, text)  when(time)  exactly(time)  browserOf(userAgent)  select(...)
//   idLink(id)  remember({ id, email })  forget({ id })      an account named by its address, where that is known

import { call } from './api.js';
import { deviceOf } from './device.js';
import { element } from './dom.js';
import { onClick, showProblem } from './form.js';
import { withStepUp } from './step-up.js';
import { ago, dateTime, language, text } from './texts.js';

const toTheSecond = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' });

export function read(path, query, signal) {
  const given = new URLSearchParams([...(query ?? [])].filter(([, value]) => value !== ''));
  const address = String(given) ? `${path}?${given}` : path;
  return withStepUp(() => call('GET', address, undefined, { signal }));
}

export function heading(title, ...nodes) {
  return element('div', { class: 'toolbar' }, element('h2', {}, title), nodes.length > 0 && element('div', { class: 'row' }, nodes));
}

/** The roles are said again, for a browser forgets them where a style sheet shows rows as cards. */
export function table({ caption, columns, rows = [] }) {
  const head = element('tr', { role: 'row' },
    columns.map(([title, kind]) => element('th', { scope: 'col', role: 'columnheader', class: kind }, title)));
  const body = element('tbody', { role: 'rowgroup' }, rows);
  const node = element('div', { class: 'table dense' },
    element('table', { role: 'table' }, element('caption', { class: 'visually-hidden' }, caption),
      element('thead', { role: 'rowgroup' }, head), body));
  return { node, body };
}

export function row(columns, cells, attributes = {}) {
  return element('tr', { role: 'row', ...attributes }, cells.map((cell, i) => {
    const [title, kind = ''] = columns[i];
    const none = cell === null || cell === undefined || cell === '';
    return element('td', { role: 'cell', class: none ? `${kind} none` : kind, 'data-label': title }, element('div', {}, none ? '–' : cell));
  }));
}

/** The list, or, where its filters mean nothing, what is wrong at the fields of `form`. */
export async function unlessRefused(form, list) {
  try {
    return [await list];
  } catch (problem) {
    if (problem.code !== 'validation_failed') throw problem;
    showProblem(form, problem);
    return [];
  }
}

/** Resolves when the first page is there. `append` gets the items of each, and whether it is the first. */
export async function pages({ path, query, name, signal, append }) {
  const region = element('div', { class: 'stack pages' });
  const more = element('button', { type: 'button' }, text('common.more'));
  const take = async (cursor) => {
    const asked = new URLSearchParams(query);
    if (cursor) asked.set('cursor', cursor);
    const page = await read(path, asked, signal);
    append(page[name], !cursor);
    more.dataset.cursor = page.next_cursor ?? '';
    more.hidden = !page.next_cursor;
  };
  onClick(more, region, () => take(more.dataset.cursor));
  await take();
  region.append(more);
  return region;
}

export function goTo(section, values) {
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value));
  const fragment = String(query) ? `#${section}?${query}` : `#${section}`;
  if (location.hash === fragment) showAgain(); else location.hash = fragment;
}

export function badge(kind, words) {
  return element('span', { class: `badge ${kind}` }, words);
}

export function when(time) {
  return element('time', { datetime: time, title: dateTime(time) }, ago(time));
}

export function exactly(time) {
  return element('time', { datetime: time, title: time }, toTheSecond.format(new Date(time)));
}

/** A browser by its short name; all that it said shows under the pointer, and where the thing itself is opened. */
export function browserOf(userAgent) {
  return userAgent && element('span', { class: 'clip', title: userAgent }, deviceOf(userAgent).name);
}

const addresses = new Map(); // of accounts that this page was told of, by id

export function remember({ id, email }) {
  addresses.set(id, email);
}

/** Of an account that is deleted nothing is kept, here neither. */
export function forget({ id }) {
  addresses.delete(id);
}

/** An account, by its address where one view or another has shown it, else by the end of its id. */
export function idLink(id) {
  const email = addresses.get(id);
  return element('a', { href: `#users/${encodeURIComponent(id)}`, class: email ? 'clip' : 'code-text', title: id }, email ?? `…${id.slice(-8)}`);
}

/** A labelled choice: `choices` are [value, text]; the first one is what stands for any. */
export function select({ name, label, value, choices }) {
  const id = `choose-${name}`;
  return element('div', { class: 'field' }, element('label', { for: id }, label),
    element('select', { id, name }, choices.map(([one, words]) => element('option', { value: one, selected: one === value }, words))));
}

export function nothing(words) {
  return element('p', { class: 'quiet-text' }, words);
}

/** Shows the section anew, as it is now. */
export function showAgain() {
  dispatchEvent(new Event('admin:again'));
}
