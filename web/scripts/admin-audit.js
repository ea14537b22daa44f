// The audit log: filters that stand in the address, pages, all of it as a file, and what is added while one looks.

import { entryTable } from './admin-entries.js';
import { goTo, heading, nothing, pages, read, select, showAgain, unlessRefused } from './admin-parts.js';
import { follow } from './admin-tail.js';
import { Problem } from './api.js';
import { element } from './dom.js';
import { field, onClick, onSubmit, showProblem } from './form.js';
import { save } from './save.js';
import { number, text } from './texts.js';

const KEPT_ROWS = 500; // of what came while one looked
const CATCH_UP_PAGES = 10;
const TELL_EVERY = 20_000; // milliseconds: a screen reader is not told of each entry
const TIMES = ['from', 'to'];
const LOG = '/admin/audit-logs';

/** RFC 3339 to what an <input type="datetime-local"> takes, and back; it knows no zone but the reader's own. */
function toLocal(time) {
  const at = new Date(time);
  return Number.isNaN(at.valueOf()) ? '' : new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function fromLocal(text) {
  return text && new Date(text).toISOString().replace('.000', '');
}

function filterField(query, name, label, more = {}) {
  const value = query.get(name) ?? '';
  return field({ name, label, value: TIMES.includes(name) ? toLocal(value) : value, required: false, autocomplete: 'off', spellcheck: 'false', ...more });
}

function filters(query) {
  const rare = [...TIMES, 'ip', 'actor', 'subject', 'session', 'request_id'];
  const form = element('form', { class: 'filters', role: 'search' },
    filterField(query, 'event', text('admin.event'), { placeholder: 'login.failed', autocapitalize: 'off' }),
    select({
      name: 'outcome', label: text('admin.outcome'), value: query.get('outcome') ?? '',
      choices: [['', text('admin.any')], ['success', text('admin.success')], ['failure', text('admin.failure')]],
    }),
    element('div', { class: 'actions' },
      element('button', { type: 'submit', class: 'primary' }, text('admin.filter')),
      String(query) !== '' && element('a', { class: 'button quiet', href: '#audit' }, text('admin.no_filter'))),
    element('details', { open: rare.some((name) => query.get(name)) }, element('summary', {}, text('admin.more_filters')),
      element('div', { class: 'more' },
        filterField(query, 'from', text('admin.from'), { type: 'datetime-local' }),
        filterField(query, 'to', text('admin.to'), { type: 'datetime-local' }), filterField(query, 'ip', text('admin.ip')),
        filterField(query, 'actor', text('admin.actor_id')), filterField(query, 'subject', text('admin.subject_id')),
        filterField(query, 'session', text('admin.session_id')), filterField(query, 'request_id', text('admin.request_id')))));
  onSubmit(form, async (values) => {
    goTo('audit', { ...values, from: fromLocal(values.from), to: fromLocal(values.to) });
  });
  return form;
}

/** All that the filters let through, as a file of JSON lines. One that was cut off on its way is none: that rejects. */
async function saveAll(query) {
  const response = await fetch(String(query) ? `${LOG}?${query}` : LOG, { headers: { Accept: 'application/x-ndjson' } });
  if (!response.ok) throw new Problem(response.status, await response.json(), response.headers);
  save('audit-log.jsonl', 'application/x-ndjson', await response.blob());
}

/** What was added since `newest` (an id) led the list, newest first; `whole`: whether that is all of it. */
async function addedSince(newest, query, signal) {
  const entries = [];
  const asked = new URLSearchParams(query);
  for (let page = 0; page < CATCH_UP_PAGES; ++page) {
    const answer = await read(LOG, asked, signal);
    const known = answer.entries.findIndex(({ id }) => id === newest);
    entries.push(...(known < 0 ? answer.entries : answer.entries.slice(0, known)));
    if (known >= 0 || !answer.next_cursor) return { entries, whole: true };
    asked.set('cursor', answer.next_cursor);
  }
  return { entries, whole: false };
}

/**
 * What says how the following goes: to the eye at once, in a live region of its own only when it turns, and now and then
 * how much came. A busy log would never let a screen reader finish.
 */
function stateOf() {
  const seen = element('span', { class: 'following' });
  const heard = element('span', { class: 'visually-hidden', role: 'status' });
  let telling;
  return {
    nodes: [seen, heard],
    turn: (kind, words) => {
      clearTimeout(telling);
      telling = undefined;
      seen.className = `following ${kind}`;
      seen.textContent = words;
      heard.textContent = kind === 'on' ? text('admin.following') : words;
    },
    count: (came) => {
      seen.textContent = text('admin.following_count', { count: number(came) });
      telling ??= setTimeout(() => {
        telling = undefined;
        heard.textContent = seen.textContent;
      }, TELL_EVERY);
    },
  };
}

/** The button that follows the log, and what it says meanwhile. `query` is all that filters the list, which `newest` leads. */
function tailOf({ query, list, newest, region, leaving, onCame }) {
  const streamed = new URLSearchParams([...query].filter(([name]) => !TIMES.includes(name))); // the stream knows no times
  const begins = Date.parse(query.get('from'));
  const state = stateOf();
  const button = element('button', { type: 'button' }, text('admin.follow'));
  const seen = {};
  let stop;
  let came = 0;
  let caughtUp = false;
  const take = (entries) => {
    came += list.prepend(entries);
    if (came > 0) onCame();
  };
  const onEntry = (entry) => {
    if (Date.parse(entry.at) < begins) return;
    take([entry]);
    state.count(came);
  };
  const onGap = (entries) => list.gap(entries === null ? text('admin.gap_unknown') : text('admin.gap', { count: number(entries) }));
  const onState = (now) => {
    if (now !== 'following') { state.turn('waits', text('admin.seeking')); return; }
    state.turn('on', text('admin.following_count', { count: number(came) }));
    if (caughtUp) return;
    caughtUp = true; // with what was added between the list and the first look at the stream
    addedSince(newest, query, leaving).then(({ entries, whole }) => {
      if (!whole) onGap(null);
      take(entries.reverse());
      if (stop) state.count(came);
    }, (problem) => {
      onGap(null);
      showProblem(region, problem);
    });
  };
  const pause = () => {
    stop?.abort();
    stop = undefined;
    button.textContent = text('admin.follow');
    state.turn('', came > 0 ? text('admin.paused') : '');
  };
  const begin = () => {
    stop = new AbortController();
    const { signal } = stop;
    button.textContent = text('admin.pause');
    state.turn('waits', text('common.one_moment'));
    follow({ query: streamed, signal, seen, onEntry, onGap, onState }).catch((problem) => {
      pause();
      showProblem(region, problem);
    });
  };
  button.addEventListener('click', () => (stop ? pause() : begin()));
  leaving.addEventListener('abort', () => stop?.abort());
  return [...state.nodes, button];
}

export async function show({ root, query, signal }) {
  let more = [];
  let newest;
  const list = entryTable({
    caption: text('admin.audit'),
    most: KEPT_ROWS,
    onCut: () => more[0].replaceChildren(element('p', { class: 'notice' }, text('admin.cut')),
      element('button', { type: 'button', onclick: showAgain }, text('admin.from_newest'))),
  });
  const none = nothing(text('admin.no_entries'));
  const append = (entries, first) => {
    list.append(entries);
    if (first) newest = entries[0]?.id;
    none.hidden = !first || entries.length > 0;
  };
  const form = filters(query);
  more = await unlessRefused(form, pages({ path: LOG, query, name: 'entries', signal, append }));
  const download = element('button', { type: 'button', class: 'quiet' }, text('admin.save_lines'));
  onClick(download, form, () => saveAll(query));
  const tail = query.get('to') // what comes now would not belong to it
    ? [element('span', { class: 'quiet-text' }, text('admin.follow_not'))]
    : tailOf({ query, list, newest, region: form, leaving: signal, onCame: () => { none.hidden = true; } });
  const tools = more.length ? [...tail, download] : [];
  root.append(heading(text('admin.audit'), ...tools), form, ...more.length ? [none, list.node, ...more] : []);
}
