// On every page: the language links in the footer keep what the address says, and what it no longer says.
//
//   carry(fragment)     goes along when the language changes, such as the `token=…` that left the address bar

let fragment = '';

export function carry(text) {
  fragment = text;
}

for (const link of document.querySelectorAll('a[hreflang]')) {
  if (link.hreflang === document.documentElement.lang) link.setAttribute('aria-current', 'true');
  link.addEventListener('click', () => {
    const query = new URLSearchParams(location.search);
    query.set('lang', link.hreflang);
    link.href = `?${query}${fragment && `#${fragment}`}`;
  });
}
