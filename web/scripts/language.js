// On every page: the language links in the footer. The choice is kept for a year; it says nothing of anybody.
//
//   carry(fragment)     goes along when the language changes, such as the `token=…` that left the address bar

const YEAR_S = 365 * 24 * 60 * 60;
let fragment = '';

export function carry(text) {
  fragment = text;
}

for (const link of document.querySelectorAll('a[hreflang]')) {
  if (link.hreflang === document.documentElement.lang) link.setAttribute('aria-current', 'true');
  link.addEventListener('click', () => {
    document.cookie = `lang=${link.hreflang}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax; Secure`;
    const query = new URLSearchParams(location.search);
    query.set('lang', link.hreflang);
    link.href = `?${query}${fragment && `#${fragment}`}`;
  });
}
