// Takes the token out of the address bar and sends it only with a new password. Without one it asks where to mail a link.
const status = document.querySelector('#status');
const ask = document.querySelector('#ask');
const set = document.querySelector('#set');
const password = document.querySelector('#password');
const reveal = document.querySelector('#reveal');
const errors = document.querySelector('#errors');
const token = new URLSearchParams(location.hash.slice(1)).get('token');
history.replaceState(null, '', location.pathname);

function post(path, body) {
  return fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
}

function offerLink(text) {
  status.textContent = text;
  set.hidden = true;
  ask.hidden = false;
}

/** What the service says about each field; true when it said something. */
async function showErrors(response) {
  const problem = await response.json();
  const messages = (problem.errors ?? []).map((error) => error.message);
  errors.replaceChildren(...messages.map((message) => {
    const item = document.createElement('li');
    item.textContent = message;
    return item;
  }));
  return messages.length > 0;
}

async function setPassword() {
  errors.replaceChildren();
  const response = await post('/auth/password/reset/confirm', { token, new_password: password.value });
  if (response.ok) {
    set.remove();
    status.textContent = 'Your password is set, and every session was ended. You can sign in now.';
  } else if (response.status === 422 && await showErrors(response)) {
    status.textContent = 'This password was not accepted. The link is still good.';
    password.focus();
  } else if (response.status === 400) {
    set.remove();
    offerLink('This link is unknown, used or has expired. Ask for a new one.');
  } else {
    status.textContent = 'The service is busy. Try again shortly.';
  }
}

async function askForLink() {
  const response = await post('/auth/password/reset/request', { email: ask.elements.email.value });
  if (response.ok) {
    ask.remove();
    status.textContent = 'If this address has an account, a link is on its way.';
  } else {
    status.textContent = response.status === 422
      ? 'This is not an e-mail address.'
      : 'The service is busy. Try again shortly.';
  }
}

/** One submission at a time; a failure to reach the service can be tried again. */
function onSubmit(form, send) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const button = form.querySelector('[type=submit]');
    if (button.disabled) return;
    button.disabled = true;
    send()
      .catch(() => { status.textContent = 'The service could not be reached. Try again.'; })
      .finally(() => { button.disabled = false; });
  });
}

reveal.addEventListener('click', () => {
  const shown = password.type === 'password';
  password.type = shown ? 'text' : 'password';
  reveal.textContent = shown ? 'Hide' : 'Show';
  reveal.setAttribute('aria-pressed', String(shown));
});
onSubmit(set, setPassword);
onSubmit(ask, askForLink);

if (token) {
  status.textContent = 'Choose a new password for your account.';
  set.hidden = false;
} else {
  offerLink('Give your address, and we mail you a link to set a new password.');
}

// The link was opened in the tab that shows this page already: the browser only changes the fragment.
addEventListener('hashchange', () => location.reload());
