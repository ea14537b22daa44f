// Takes the token out of the address bar and sends it only when the reader asks: a mail scanner that opens the link
// must change nothing. With `?undo` it takes a change back.
const WAYS = {
  confirm: {
    path: '/auth/email/change/confirm',
    ask: 'Press the button to use this address for your account.',
    label: 'Confirm',
    done: 'Your e-mail address is changed, and every session was ended. Sign in with the new address.',
  },
  undo: {
    path: '/auth/email/change/undo',
    ask: 'Press the button to bring your old address back. It ends every session, and you will set a new password.',
    label: 'Undo the change',
    done: 'Your old address is back, and every session was ended. Set a new password to sign in again.',
  },
};

const status = document.querySelector('#status');
const confirm = document.querySelector('#confirm');
const reset = document.querySelector('#reset');
const undo = new URLSearchParams(location.search).has('undo');
const way = undo ? WAYS.undo : WAYS.confirm;
const token = new URLSearchParams(location.hash.slice(1)).get('token');
history.replaceState(null, '', location.pathname + location.search);

async function send() {
  confirm.disabled = true;
  const response = await fetch(way.path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  if (response.status === 429) {
    confirm.disabled = false;
    status.textContent = 'Too many tries. Wait a minute and try again: the link is still good.';
    return;
  }
  if (!response.ok && response.status !== 400) throw new Error(`answered ${response.status}`);
  confirm.hidden = true;
  status.textContent = response.ok ? way.done : 'This link is unknown, used or has expired.';
  reset.hidden = !(response.ok && undo);
}

if (token) {
  status.textContent = way.ask;
  confirm.textContent = way.label;
  confirm.hidden = false;
  confirm.addEventListener('click', () => {
    send().catch(() => {
      confirm.disabled = false;
      status.textContent = 'The service could not be reached. Try again.';
    });
  });
} else {
  status.textContent = 'This link is incomplete. Open it again from the mail.';
}

// The link was opened in the tab that shows this page already: the browser only changes the fragment.
addEventListener('hashchange', () => location.reload());
