// How the service is. It does not refresh by itself: that would keep a session alive that nobody uses.

import { badge, exactly, heading, read, showAgain, when } from './admin-parts.js';
import { element } from './dom.js';
import { duration, number, text } from './texts.js';

const KINDS = { ok: 'good', degraded: 'warn', failing: 'bad', not_configured: '' };
const WORDS = {
  ok: text('admin.ok'), degraded: text('admin.degraded'), failing: text('admin.failing'), not_configured: text('admin.not_configured'),
};
const status = (name, words = WORDS) => badge(KINDS[name], words[name]);
const count = (value) => (value === null ? '–' : number(value));

function card(title, part, pairs, words = WORDS) {
  const told = pairs.filter(([, value]) => value !== null && value !== undefined);
  return element('section', { class: 'card tight' },
    element('div', { class: 'row apart' }, element('h3', {}, title), part.status && status(part.status, words)),
    element('dl', { class: 'facts' }, part.since && [element('dt', {}, text('admin.since')), element('dd', {}, exactly(part.since))],
      told.map(([name, value]) => [element('dt', {}, name), element('dd', { class: 'number' }, value)])));
}

function receivers(audit) {
  return audit.receivers.map((one) => [one.name, [status(one.status), ' ', text('admin.behind', { count: number(one.behind) })]]);
}

export async function show({ root, signal }) {
  const health = await read('/admin/health', undefined, signal);
  const { record_store: store, redis, mail, audit, hashing } = health;
  const again = element('button', { type: 'button', onclick: showAgain }, text('admin.refresh'));
  root.append(
    heading(text('admin.health'), status(health.status), again),
    element('div', { class: 'columns' },
      card(text('admin.instance'), {}, [
        [text('admin.version'), health.version], [text('admin.started'), exactly(health.started_at)],
        [text('admin.uptime'), duration(health.uptime_seconds)],
      ]),
      card(text('admin.record_store'), store, [
        [text('admin.kind'), store.kind === 'sqlite' ? 'SQLite' : 'PostgreSQL'],
        [text('admin.schema'), store.schema && element('span', { class: 'code-text' }, store.schema)],
      ]),
      card('Redis', redis, []),
      card(text('admin.mail'), mail, [
        [text('admin.queued'), count(mail.queued)], [text('admin.oldest'), mail.queued_since && when(mail.queued_since)],
        [text('admin.given_up'), count(mail.given_up)],
      ], { ...WORDS, not_configured: text('admin.mail_kept') }), // without a mail server, what is queued is read there
      card(text('admin.audit'), audit, [
        [text('admin.sealed'), audit.sealed === null ? null : number(audit.sealed)], [text('admin.sealed_at'), audit.sealed_at && when(audit.sealed_at)],
        [text('admin.waiting'), count(audit.waiting)], [text('admin.oldest'), audit.waiting_since && when(audit.waiting_since)],
        ...receivers(audit),
      ]),
      card(text('admin.hashing'), {}, [
        [text('admin.threads'), number(hashing.threads)], [text('admin.jobs'), number(hashing.jobs)],
        [text('admin.typical'), text('admin.milliseconds', { count: number(Math.round(hashing.typical_ms)) })],
      ])));
}
