// Shows the development mailbox. Text only ever goes in as text, so nothing in a message can act on this page.
const list = document.querySelector('#messages');
const status = document.querySelector('#status');

function element(name, text, className) {
  const node = document.createElement(name);
  node.textContent = text;
  if (className) node.className = className;
  return node;
}

/** The message's text as nodes, its http(s) links clickable. */
function linked(text) {
  const body = document.createElement('pre');
  for (const piece of text.split(/(https?:\/\/\S+)/)) {
    if (/^https?:\/\//.test(piece)) {
      const link = element('a', piece);
      link.href = piece;
      body.append(link);
    } else {
      body.append(piece);
    }
  }
  return body;
}

async function show() {
  const response = await fetch('/dev/mailbox/messages');
  const { messages } = await response.json();
  status.textContent = messages.length === 0 ? 'No mail yet.' : '';
  list.replaceChildren(...messages.map((message) => {
    const item = document.createElement('li');
    item.append(
      element('h2', message.subject),
      element('p', `to ${message.to}, ${new Date(message.sent_at).toLocaleString()}`, 'note'),
      linked(message.text),
    );
    return item;
  }));
}

try {
  await show();
} catch {
  status.textContent = 'The mailbox could not be loaded.';
}
