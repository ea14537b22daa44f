// The account page: which section is shown, and who may see what. Each section has a script of its own, which asks for
// what it shows when it is opened: a visit of the page costs one request that counts against the rate limit.

import { showData } from './account-data.js';
import { showApp } from './account-app.js';
import { showOverview } from './account-overview.js';
import { openPasskeys } from './account-passkeys.js';
import { showPassword } from './account-password.js';
import { showProfile } from './account-profile.js';
import { showRecovery } from './account-recovery.js';
import { openSessions } from './account-sessions.js';
import { account, act, mustEnrol, onChange, update } from './account-state.js';
import { call } from './api.js';
import { byId, element, showOnly } from './dom.js';
import { clearOutcome, wireReveals } from './form.js';
import { carry } from './language.js';
import { offerAgain, signedIn } from './signed-in.js';
import { text, use } from './texts.js';

const title = document.title;
const sections = [...document.querySelectorAll('main > section')];
const links = [...byId('sections').querySelectorAll('a')];
const opened = { security: openPasskeys, sessions: openSessions };

/** The section that the address names, the first where it names none; #main is where the link to the content leads. */
function named() {
  return location.hash ? sections.find(({ id }) => id === location.hash.slice(1)) : sections[0];
}

function show(section, { focus = false } = {}) {
  showOnly(section, sections);
  for (const link of links) {
    if (link.hash !== `#${section.id}`) { link.removeAttribute('aria-current'); continue; }
    link.setAttribute('aria-current', 'page');
    link.scrollIntoView({ block: 'nearest', inline: 'center' }); // on a phone they stand in a row that scrolls
  }
  if (section.id !== 'overview') clearOutcome(sections[0]);
  carry(section.id); // where the page in another language opens
  const heading = section.querySelector('h2');
  document.title = section.id === 'overview' ? title : `${heading.textContent} · ${title}`;
  if (focus) {
    heading.focus({ preventScroll: true });
    scrollTo({ top: 0 });
  }
  opened[section.id]?.();
}

/** Where a second factor is due first, the page offers only that, and says why. */
function confine() {
  const due = mustEnrol();
  byId('sections').hidden = due;
  for (const part of ['recovery', 'password-form']) if (due) byId(part).hidden = true;
  document.getElementById('due')?.remove();
  if (!due) return;
  show(byId('security'));
  byId('security').querySelector('h2').after(element(
    'div', { id: 'due', class: 'notice warn' },
    element('h3', {}, text('account.due')), element('p', {}, text('account.due_why')),
  ));
}

await use('account');
byId('to-account').setAttribute('aria-current', 'page');
wireReveals();
for (const prepare of [showOverview, showProfile, showPassword, showApp, showRecovery, showData]) prepare();
onChange(confine);

let me;

/** No section opens before both are known: each of them speaks of either. */
async function load(how) {
  const factors = call('GET', '/auth/mfa'); // beside /auth/me, not after it
  factors.catch(() => {});
  try {
    me ??= await signedIn();
    await act(async () => update({ me, factors: await factors }));
    if (!mustEnrol()) show(named() ?? sections[0], how);
  } catch (problem) {
    byId('sections').hidden = true;
    offerAgain(byId('protection'), problem, () => load({ focus: true }));
  }
}

await load();
addEventListener('hashchange', () => {
  const section = named();
  if (section && account.factors && !mustEnrol()) show(section, { focus: true });
});
