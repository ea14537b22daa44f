// /docs: Swagger UI (docs/adr/0023-api-docs.md) over /openapi.json. What is tried out there is sent by whoever is signed
// in, as any front end sends it: the browser adds the cookies, this script the CSRF token.

import SwaggerUI from '../viewer/swagger-ui.js';
import { call, hasSessionCookie } from './api.js';

const SAFE = ['GET', 'HEAD', 'OPTIONS'];

/** Of this session, or of the sign-in or sign-up that the body goes on with. */
async function csrfToken(body) {
  const pending = typeof body === 'string' && body.includes('"challenge_id"');
  const response = await fetch(pending ? '/auth/csrf?for=challenge' : '/auth/csrf');
  return response.ok ? (await response.json()).csrf_token : undefined;
}

async function withCsrfToken(request) {
  if (request.loadSpec || SAFE.includes(request.method)) return request;
  const token = await csrfToken(request.body);
  if (token) request.headers['X-CSRF-Token'] = token;
  return request;
}

const who = document.getElementById('who');
const toSignIn = [who.href, who.textContent];

/** The header names whoever is signed in, and leads to the account: it is in that name that requests go out. */
async function tellWho() {
  const me = hasSessionCookie() ? await call('GET', '/auth/me').catch(() => undefined) : undefined;
  [who.href, who.textContent] = me ? ['/account', me.email] : toSignIn;
}

/** A sign-in or its end may just have been tried out. */
function tellWhoNow(response) {
  tellWho();
  return response;
}

/**
 * Leaves out what means nothing here, keys to type in (cookies are the browser's), and has no links within buttons, which
 * nobody can use by keyboard (WCAG 2.2, 4.1.2).
 */
const adapted = {
  wrapComponents: {
    authorizeBtn: () => () => null,
    authorizeOperationBtn: () => () => null,
    DeepLink: (_, { React }) => ({ text }) => React.createElement('span', {}, text),
  },
};

/** What the viewer leaves without a name for screen readers, and tables that it calls landmarks. */
const MENDED = [
  ['select.examples-select-element', 'aria-label', () => 'Example'],
  ['textarea.body-param__text', 'aria-label', () => 'Request body'],
  ['.parameters select', 'aria-label', (element) => element.closest('tr').dataset.paramName],
  ['table.responses-table', 'role', () => 'table'],
];

function mend() {
  for (const [selector, attribute, value] of MENDED) {
    for (const element of viewer.querySelectorAll(selector)) element.setAttribute(attribute, value(element));
  }
}

const viewer = document.getElementById('viewer');
new MutationObserver(mend).observe(viewer, { childList: true, subtree: true });

/** Links to the chapters of the description and to the groups of operations. */
function listContents() {
  const chapters = viewer.querySelectorAll('.info h2, .opblock-tag');
  document.getElementById('contents').replaceChildren(...[...chapters].map((chapter, index) => {
    chapter.id ||= `chapter-${index + 1}`;
    const link = document.createElement('a');
    link.href = `#${chapter.id}`;
    link.textContent = chapter.dataset.tag ?? chapter.textContent;
    const item = document.createElement('li');
    item.append(link);
    return item;
  }));
}

// The viewer has a dark form of its own, chosen by a class.
const dark = matchMedia('(prefers-color-scheme: dark)');
const followTheme = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', followTheme);
followTheme();

tellWho();
SwaggerUI({
  url: '/openapi.json',
  dom_id: '#viewer',
  plugins: [adapted],
  requestInterceptor: withCsrfToken,
  responseInterceptor: tellWhoNow,
  onComplete: listContents,
  validatorUrl: null, // asks nobody whether the document is valid
  queryConfigEnabled: false, // the address of the page names no other document
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  requestSnippetsEnabled: true,
  showExtensions: true,
  tryItOutEnabled: true,
});
