import { launchBrowser, newPage } from './harness/browser.js';
import { checkPage } from './harness/page_check.js';
const b = await launchBrowser();
const lang = process.argv[2] ?? 'en';
const list = process.argv.slice(3);
const id = '0198c0de-0000-7000-8000-000000000001';
for (const f of list.length ? list : ['#users', `#users/${id}`, '#audit', '#sign-ins', '#sign-ins?window=month', '#lockouts', '#health']) {
  const { page, context, complaints } = await newPage(b, { locale: lang });
  await page.goto(`http://localhost:8931/admin${f}`);
  await page.locator('#view:not([aria-busy])').waitFor().catch((e) => console.log(f, String(e).slice(0, 300)));
  await page.waitForTimeout(300);
  await checkPage(page, `mock-${f.slice(1).replace(id, 'one').replace(/\W+/g, '-')}-${lang}`).catch((e) => console.log(f, e.message.slice(0, 2500)));
  if (complaints.length) console.log(f, complaints);
  await context.close();
}
await b.close();
