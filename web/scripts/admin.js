// The admin page. What is shown stands in the fragment, so that it can be linked to and the back button works:
//
//   #users  #users?email_prefix=an&role=staff  #users/ID  #audit?event=login.failed  #sign-ins?step=day  #lockouts  #health
//
// A section is a module with `show(view)`: view.root to write to, view.path behind the section's name, view.query
// (URLSearchParams), view.me (GET /auth/me), view.signal that aborts when the reader goes elsewhere.

import { remember } from './admin-parts.js';
import { byId, element } from './dom.js';
import { clearOutcome } from './form.js';
import { carry } from './language.js';
import { offerAgain, signedIn } from './signed-in.js';
import { text, use } from './texts.js';

const SECTIONS = {
  users: () => import('./admin-users.js'),
  audit: () => import('./admin-audit.js'),
  'sign-ins': () => import('./admin-sign-ins.js'),
  lockouts: () => import('./admin-lockouts.js'),
  health: () => import('./admin-health.js'),
};
const FIRST = 'users';

let leaving = new AbortController();

function whereTo() {
  const [address, query] = location.hash.slice(1).split('?');
  const [name, ...path] = address.split('/');
  return { name: Object.hasOwn(SECTIONS, name) ? name : FIRST, path: path.join('/'), query: new URLSearchParams(query) };
}

function markSection(name) {
  for (const link of byId('sections').children) {
    link.removeAttribute('aria-current');
    if (link.hash !== `#${name}`) continue;
    link.setAttribute('aria-current', 'page');
    link.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }
}

/** Who may not look gets told what would let him; anything else is an error of this view alone. */
function tell(problem, root) {
  if (problem.name === 'AbortError') problem = { code: 'step_up_required' }; // he would not prove who he is
  if (problem.code === 'validation_failed') problem = { code: 'not_found' }; // an address that names nothing
  if (problem.code === 'mfa_enrolment_required') {
    root.replaceChildren(notice('warn', text('admin.enrol_title'), text('admin.enrol'), text('admin.to_account')));
  } else if (problem.code === 'forbidden') {
    root.replaceChildren(notice('warn', text('admin.staff_title'), text('admin.staff_only'), text('admin.to_account')));
  } else {
    offerAgain(root, problem, () => render({ focus: true }));
  }
}

function notice(kind, title, words, link) {
  return element('div', { class: `notice ${kind}` }, element('h2', {}, title), element('p', {}, words),
    element('a', { class: 'button', href: '/account' }, link));
}

async function render({ focus } = {}) {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  const { name, path, query } = whereTo();
  const root = byId('view');
  markSection(name);
  carry(location.hash.slice(1));
  clearOutcome(byId('main')); // what was done in another view is of no meaning here
  root.setAttribute('aria-busy', 'true');
  const shown = element('div', { class: 'stack' });
  try {
    const section = await SECTIONS[name]();
    await section.show({ root: shown, path, query, me, signal });
    if (signal.aborted) return;
    root.replaceChildren(shown);
    const heading = root.querySelector('h2');
    document.title = `${heading.textContent} · ${title}`;
    heading.tabIndex = -1;
    if (focus) heading.focus();
    dispatchEvent(new Event('admin:shown'));
  } catch (problem) {
    if (!signal.aborted) tell(problem, root);
  } finally {
    if (!signal.aborted) root.removeAttribute('aria-busy');
  }
}

await use('admin', 'step_up');
const { title } = document;
let me;

async function begin(how) {
  try {
    me = await signedIn();
    remember(me);
  } catch (problem) {
    offerAgain(byId('view'), problem, () => begin({ focus: true }));
    return;
  }
  byId('to-admin').setAttribute('aria-current', 'page');
  if (me.role === 'user') {
    tell({ code: 'forbidden' }, byId('view'));
    byId('view').removeAttribute('aria-busy');
    return;
  }
  byId('sections').hidden = false;
  document.querySelector('.skip').addEventListener('click', (event) => { // the fragment is taken
    event.preventDefault();
    byId('main').focus();
  });
  addEventListener('hashchange', () => render({ focus: true }));
  addEventListener('admin:again', () => render());
  await render(how);
}

await begin();
