// Sign-ins over time, as a chart and as the table that it is drawn from.

import { chart } from './admin-chart.js';
import { goTo, heading, read, row, table } from './admin-parts.js';
import { element } from './dom.js';
import { language, number, text } from './texts.js';

const HOUR = 3_600_000;
const WINDOWS = { day: { step: 'hour', length: 24 * HOUR }, week: { step: 'hour', length: 7 * 24 * HOUR }, month: { step: 'day', length: 30 * 24 * HOUR }, year: { step: 'day', length: 365 * 24 * HOUR } };
const KINDS = ['succeeded', 'failed', 'challenged', 'locked'];

// Steps are of UTC: a day is told by that one's date, an hour by the reader's own clock.
const hour = new Intl.DateTimeFormat(language, { weekday: 'short', hour: 'numeric', minute: '2-digit' });
const day = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', timeZone: 'UTC' });

function choices(shown) {
  const words = { day: text('admin.window_day'), week: text('admin.window_week'), month: text('admin.window_month'), year: text('admin.window_year') };
  return element('div', { class: 'row', role: 'group', 'aria-label': text('admin.window') }, Object.keys(WINDOWS).map((name) => element(
    'button', { type: 'button', class: name === shown ? 'small primary' : 'small', 'aria-pressed': String(name === shown), onclick: () => goTo('sign-ins', { window: name }) },
    words[name])));
}

function totals(points, words) {
  return element('dl', { class: 'totals' }, KINDS.map((kind) => element('div', {}, element('dt', {}, words[kind]),
    element('dd', {}, number(points.reduce((sum, point) => sum + point[kind], 0))))));
}

function numbers(points, words, at) {
  const columns = [[text('admin.time'), 'keep'], ...KINDS.map((kind) => [words[kind], 'number'])];
  const rows = [...points].reverse().map((point) => row(columns, [at(point), ...KINDS.map((kind) => number(point[kind]))]));
  return element('details', {}, element('summary', {}, text('admin.as_table')), table({ caption: text('admin.sign_ins'), columns, rows }).node);
}

export async function show({ root, query, signal }) {
  const name = Object.hasOwn(WINDOWS, query.get('window')) ? query.get('window') : 'day';
  const { step, length } = WINDOWS[name];
  const from = new Date(Date.now() - length + (step === 'day' ? 24 * HOUR : HOUR)).toISOString();
  const { points } = await read('/admin/statistics/sign-ins', new URLSearchParams({ step, from }), signal);
  const words = {
    succeeded: text('admin.succeeded'), failed: text('admin.failed'), challenged: text('admin.challenged'), locked: text('admin.lockouts'),
  };
  const at = (point) => (step === 'day' ? day : hour).format(new Date(point.at));
  const titleOf = (point) => `${at(point)}: ${KINDS.map((kind) => `${words[kind]} ${number(point[kind])}`).join(', ')}`;
  const legend = ['succeeded', 'failed', 'locked'].map((kind) => element('li', { class: kind }, words[kind]));
  root.append(
    heading(text('admin.sign_ins'), choices(name)),
    totals(points, words),
    element('div', { class: 'card tight' }, chart(points, { label: text('admin.chart_label'), titleOf, tickOf: at }), element('ul', { class: 'legend' }, legend)),
    element('p', { class: 'hint' }, text('admin.sign_ins_hint')),
    numbers(points, words, at));
}
