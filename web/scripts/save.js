// A file for the reader, made in the page: save('my-account.json', 'application/json', text).

import { element } from './dom.js';

export function save(name, type, content) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  element('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000); // the browser reads it after the click
}
