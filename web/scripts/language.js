// On every page: the language links in the footer. The choice is kept for a year; it says nothing of anybody.
//
//   carry(fragment)     goes along when the language changes, such as the `token=…` that left the address bar

const YEAR_S = 365 * 24 * 60 * 60;
const { lang } = document.documentElement;
let fragment = '';

export function carry(text) {
  fragment = text;
}

function keep(language) {
  document.cookie = `lang=${language}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax; Secure`;
}

if (new URLSearchParams(location.search).get('lang') === lang) keep(lang);
for (const link of document.querySelectorAll('a[hreflang]')) {
  if (link.hreflang === lang) link.setAttribute('aria-current', 'true');
  link.addEventListener('click', () => {
    keep(link.hreflang);
    const query = new URLSearchParams(location.search);
    query.set('lang', link.hreflang);
    link.href = `?${query}${fragment && `#${fragment}`}`;
  });
}
