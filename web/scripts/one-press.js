// Pages whose mailed link is used by one press: they have #status, #confirm and #next.
//
//   offer(ask, use)   says what the button does, which then does `use`; or that the link has no token
//   end(message)      nothing is left to press but the way on, `next`

import { byId } from './dom.js';
import { onClick } from './form.js';
import { token } from './mailed-link.js';
import { text } from './texts.js';

export function end(message, next = byId('next')) {
  byId('status').textContent = message;
  byId('confirm').remove();
  next.hidden = false;
}

export function offer(ask, use) {
  if (!token) { end(text('common.link_incomplete')); return; }
  const confirm = byId('confirm');
  byId('status').textContent = ask;
  confirm.hidden = false;
  onClick(confirm, confirm.parentElement, use);
}
