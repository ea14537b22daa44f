// Builds and finds nodes. Text only ever goes in as text, so nothing that somebody typed can act on a page.
//
//   element('button', { type: 'button', class: 'primary', onclick: close }, text('common.close'))
//   byId('email')                       the element, or an error that names what the page lacks
//   icon('key')                         a small drawing beside a text; never alone

/**
 * An element. `attributes`: functions named `on…` are listeners, `true` is an attribute without a value, `false`, null
 * and undefined leave it out. `children` are nodes, texts, and lists of them; null, undefined and false are left out.
 */
export function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') node.addEventListener(key.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`this page has no #${id}`);
  return node;
}

/** Shows one of `nodes` (elements that the page has) and hides the others. */
export function showOnly(shown, nodes) {
  for (const node of nodes) node.hidden = node !== shown;
}

const DRAWINGS = {
  key: 'M15.5 8.5h.01M10.2 13.8 3 21v-3l2-2H7v-2h2l1.2-1.2M16 15a6 6 0 1 0-5.8-4.5',
  phone: 'M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM11 18h2',
  mail: 'M4 6h16v12H4zM4 7l8 6 8-6',
  lock: 'M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3',
  list: 'M9 6h11M9 12h11M9 18h11M4.5 6h.01M4.5 12h.01M4.5 18h.01',
  screen: 'M4 5h16v11H4zM9 20h6M12 16v4',
  close: 'M6 6l12 12M18 6 6 18',
  shield: 'M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 12l2 2 4-4',
  warning: 'M12 4 2.5 20h19zM12 10v4M12 17h.01',
};

export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const path = document.createElementNS(svg.namespaceURI, 'path');
  path.setAttribute('d', DRAWINGS[name]);
  const attributes = { class: 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true' };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  svg.append(path);
  return svg;
}
