import { launchBrowser, newPage } from './harness/browser.js';
const b = await launchBrowser();
const id = '0198c0de-0000-7000-8000-000000000001';
for (const f of process.argv.slice(2)) {
  const { page, context } = await newPage(b, { locale: 'en', viewport: { width: 390, height: 1400 }, colorScheme: 'light' });
  await page.goto(`http://localhost:8931/admin${f}`);
  await page.locator('#view:not([aria-busy])').waitFor(); await page.waitForTimeout(300);
  await page.screenshot({ path: `/tmp/c_mock/${f.slice(1).replace(id, 'one').replace(/\W+/g, '-')}.png` });
  await context.close();
}
await b.close();
