// What the pages that mailed links open have in common. The token stands in the fragment, which browsers send nowhere;
// it leaves the address bar, and with it the history, before anything else. Nothing is sent until the reader asks for
// it: a mail scanner that opens the link must not use it up.
//
//   token      null where the link is incomplete

import { carry } from './language.js';

const fragment = location.hash.slice(1);
export const token = new URLSearchParams(fragment).get('token');
history.replaceState(null, '', location.pathname + location.search);
carry(fragment);

// The link was opened in the tab that shows this page already: the browser only changes the fragment.
addEventListener('hashchange', () => location.reload());
