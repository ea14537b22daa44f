// What most test files have in front of them: one service, and one browser that visits it.
import { after } from 'node:test';
import { launchBrowser } from './browser.js';
import { startService } from './service.js';

/** Both, for all tests of a file and with these settings; they end after the last one. */
export async function startSite(settings = {}) {
  const service = await startService(settings);
  let browser;
  after(async () => {
    await browser?.close();
    await service.stop();
  });
  browser = await launchBrowser();
  return { service, browser };
}
