// Entries of the audit log as a table; each opens to all that it says.
//
//   const list = entryTable({ caption, most, onCut });   list.append(entries), list.prepend(entries), list.gap(words)
//       of what is prepended `most` stay beside all that was appended. For each one more the last row goes: the list
//       then ends earlier than it did, so nothing can be appended any more, and onCut() tells that, once

import { browserOf, exactly, idLink, row, table } from './admin-parts.js';
import { outcomeBadge } from './admin-words.js';
import { openDialog } from './dialog.js';
import { element } from './dom.js';
import { text } from './texts.js';

function columns() {
  return [[text('admin.time'), 'keep'], [text('admin.event'), 'keep'], [text('admin.outcome')], [text('admin.actor'), 'keep'],
    [text('admin.subject'), 'keep'], [text('admin.ip')], [text('admin.browser'), 'minor']]; // minor: left out where there is little room; the entry opens to it
}

/** What an entry says, member by member, with the names that the API and docs/audit.md have for them. */
function openEntry(entry) {
  const { details, ...members } = entry;
  const pairs = [...Object.entries(members), ...Object.entries(details).map(([name, value]) => [`details.${name}`, value])];
  const shown = pairs.filter(([, value]) => value !== null && value !== '').map(([name, value]) => [
    element('dt', { class: 'code-text' }, name),
    element('dd', {}, ['actor_id', 'subject_id'].includes(name)
      ? element('a', { href: `#users/${encodeURIComponent(value)}`, onclick: (event) => event.target.closest('dialog').close() }, value)
      : typeof value === 'object' ? JSON.stringify(value) : String(value)),
  ]);
  return openDialog({
    title: entry.event,
    content: [element('dl', { class: 'facts' }, shown)],
    actions: (close) => [element('button', { type: 'button', onclick: () => close() }, text('common.close'))],
  });
}

function entryRow(entry, attributes) {
  const opens = element('button', { type: 'button', class: 'quiet cell-button', onclick: () => openEntry(entry) }, entry.event);
  return row(columns(), [
    exactly(entry.at), opens, outcomeBadge(entry.outcome),
    entry.actor_id && idLink(entry.actor_id), entry.subject_id && idLink(entry.subject_id), entry.ip, browserOf(entry.user_agent),
  ], attributes);
}

export function entryTable({ caption, most = Infinity, onCut = () => {} }) {
  const { node, body } = table({ caption, columns: columns() });
  const seen = new Set();
  let room = most;
  let cut = false;
  const unseen = (entries) => entries.filter(({ id }) => !seen.has(id) && seen.add(id));
  return {
    node,
    append: (entries) => {
      if (cut) return; // asked for before; it would follow on what is not there any more
      const fresh = unseen(entries);
      room += fresh.length;
      body.append(...fresh.map((entry) => entryRow(entry)));
    },
    /** Newest last, as they came; each that is new goes to the top. Answers how many were. */
    prepend: (entries) => {
      const fresh = unseen(entries);
      for (const entry of fresh) body.prepend(entryRow(entry, { class: 'came' }));
      if (body.children.length > room && !cut) {
        cut = true;
        onCut();
      }
      while (body.children.length > room) body.lastElementChild.remove();
      return fresh.length;
    },
    gap: (words) => body.prepend(element('tr', { role: 'row', class: 'gap' },
      element('td', { role: 'cell', colspan: columns().length }, words))),
  };
}
