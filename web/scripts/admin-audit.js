// The audit log: filters that stand in the address, pages, all of it as a file, and what is added while one looks.

import { entryTable } from './admin-entries.js';
import { goTo, heading, nothing, pages, read, select, unlessRefused } from './admin-parts.js';
import { follow } from './admin-tail.js';
import { Problem } from './api.js';
import { element } from './dom.js';
import { field, onClick, onSubmit, showProblem } from './form.js';
import { save } from './save.js';
import { number, text } from './texts.js';

const KEPT_ROWS = 500; // of what came while one looked; older ones leave at the bottom
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
      String(query) && element('a', { class: 'button quiet', href: '#audit' }, text('admin.no_filter'))),
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

/** The button that follows the log, and what it says meanwhile. */
function tailOf({ query, list, region, catchUp, leaving }) {
  const state = element('span', { class: 'following', role: 'status' });
  const button = element('button', { type: 'button', 'aria-pressed': 'false' }, text('admin.follow'));
  const seen = {};
  let stop;
  let came = 0;
  let caughtUp = false;
  const say = (kind, words) => {
    state.className = `following ${kind}`;
    state.textContent = words;
  };
  const tell = () => say('on', text('admin.following_count', { count: number(came) }));
  const onEntry = (entry) => {
    came += list.prepend([entry]);
    tell();
  };
  const onGap = (entries) => list.gap(entries === null ? text('admin.gap_unknown') : text('admin.gap', { count: number(entries) }));
  const onState = (now) => {
    if (now !== 'following') { say('waits', text('admin.seeking')); return; }
    tell();
    if (caughtUp) return;
    caughtUp = true; // with what was added between the list and the first look at the stream
    catchUp().then((entries) => { came += list.prepend(entries.reverse()); tell(); }, (problem) => showProblem(region, problem));
  };
  const pause = () => {
    stop?.abort();
    stop = undefined;
    button.textContent = text('admin.follow');
    button.setAttribute('aria-pressed', 'false');
    say('', came > 0 ? text('admin.paused') : '');
  };
  const begin = () => {
    stop = new AbortController();
    const { signal } = stop;
    button.textContent = text('admin.pause');
    button.setAttribute('aria-pressed', 'true');
    say('waits', text('common.one_moment'));
    follow({ query, signal, seen, onEntry, onGap, onState }).catch((problem) => {
      pause();
      showProblem(region, problem);
    });
  };
  button.addEventListener('click', () => (stop ? pause() : begin()));
  leaving.addEventListener('abort', () => stop?.abort());
  return [state, button];
}

export async function show({ root, query, signal }) {
  const list = entryTable({ caption: text('admin.audit'), most: KEPT_ROWS });
  const none = nothing(text('admin.no_entries'));
  const append = (entries, first) => {
    list.append(entries);
    none.hidden = !first || entries.length > 0;
  };
  const form = filters(query);
  const more = await unlessRefused(form, pages({ path: LOG, query, name: 'entries', signal, append }));
  const timeless = new URLSearchParams([...query].filter(([name]) => !TIMES.includes(name)));
  const download = element('button', { type: 'button', class: 'quiet' }, text('admin.save_lines'));
  onClick(download, form, () => saveAll(query));
  const catchUp = async () => (await read(LOG, query, signal)).entries;
  const tools = more.length ? [...tailOf({ query: timeless, list, region: form, catchUp, leaving: signal }), download] : [];
  root.append(heading(text('admin.audit'), ...tools), form, ...more.length ? [none, list.node, ...more] : []);
}
