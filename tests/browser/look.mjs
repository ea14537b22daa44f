import { launchBrowser, newPage } from './harness/browser.js';
import { checkPage } from './harness/page_check.js';
const b = await launchBrowser();
for (const [path, name] of [['/sign-in','x-sign-in'],['/sign-up','x-sign-up'],['/reset-password','x-reset'],['/verify-email#token=AAAA','x-verify'],['/dev/mailbox','x-mailbox']]) {
  const { page, context, complaints } = await newPage(b, {locale: process.argv[2] ?? 'en'});
  await page.goto('http://localhost:8123' + path); await page.waitForTimeout(700);
  await checkPage(page, name).catch((e) => console.log(name, e.message));
  console.log(name, complaints); await context.close();
}
await b.close();
