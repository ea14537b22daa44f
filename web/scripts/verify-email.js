// Takes the token out of the address bar and sends it only when the reader asks: a mail scanner that opens the link
// must not use it up.
const status = document.querySelector('#status');
const confirm = document.querySelector('#confirm');
const token = new URLSearchParams(location.hash.slice(1)).get('token');
history.replaceState(null, '', location.pathname);

async function verify() {
  confirm.disabled = true;
  const response = await fetch('/auth/verify-email', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  if (response.status === 429) {
    confirm.disabled = false;
    status.textContent = 'Too many tries. Wait a minute and try again: the link is still good.';
    return;
  }
  confirm.hidden = true;
  const problem = response.ok ? {} : await response.json();
  status.textContent = response.ok
    ? 'Your e-mail address is confirmed. You can sign in now.'
    : problem.detail ?? 'This link is unknown, used or has expired. Ask for a new one.';
}

if (token) {
  status.textContent = 'Press the button to confirm that this mailbox is yours.';
  confirm.hidden = false;
  confirm.addEventListener('click', () => {
    verify().catch(() => {
      confirm.disabled = false;
      status.textContent = 'The service could not be reached. Try again.';
    });
  });
} else {
  status.textContent = 'This link is incomplete. Open it again from the mail.';
}

// The link was opened in the tab that shows this page already: the browser only changes the fragment.
addEventListener('hashchange', () => location.reload());
