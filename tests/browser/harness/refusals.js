// The service refuses, as it does when it is overrun or its store is away.

/**
 * Every GET of `path` by the page is refused with { status, code, retryAfter }, in seconds, until the function is called
 * that this resolves with.
 */
export async function refuse(page, path, { status, code, retryAfter }) {
  const those = (url) => url.pathname === path;
  await page.route(those, (route) => route.fulfill({
    status,
    contentType: 'application/problem+json',
    headers: retryAfter ? { 'Retry-After': String(retryAfter) } : {},
    body: JSON.stringify({ type: 'about:blank', title: code, status, code, request_id: 'planted' }),
  }));
  return () => page.unroute(those);
}
