// What a User-Agent says, in plain words. It is what a browser claims: good for an owner who knows his devices, no proof.
//
//   deviceOf(navigator.userAgent)      { name: 'Firefox on Windows', kind: 'screen' | 'phone' }

import { text } from './texts.js';

// The first that fits: others claim to be Chrome and Safari too.
const BROWSERS = [
  [/\b(Edg|EdgA|EdgiOS)\//, 'Edge'], [/\b(OPR|OPT|Opera)\b/, 'Opera'], [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(Vivaldi)\//, 'Vivaldi'], [/\b(Firefox|FxiOS)\//, 'Firefox'], [/\b(HeadlessChrome|Chrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bVersion\/.*\bSafari\//, 'Safari'],
];
const SYSTEMS = [
  [/\biPhone\b/, 'iPhone', 'phone'], [/\biPad\b/, 'iPad', 'phone'], [/\bAndroid\b/, 'Android', 'phone'],
  [/\bWindows\b/, 'Windows', 'screen'], [/\bMac OS X\b|\bMacintosh\b/, 'Mac', 'screen'], [/\bCrOS\b/, 'ChromeOS', 'screen'],
  [/\bLinux\b/, 'Linux', 'screen'],
];

export function deviceOf(userAgent) {
  const browser = BROWSERS.find(([pattern]) => pattern.test(userAgent))?.[1];
  const [, system, kind] = SYSTEMS.find(([pattern]) => pattern.test(userAgent)) ?? [undefined, undefined, 'screen'];
  if (browser && system) return { name: text('common.device', { browser, system }), kind };
  const product = userAgent.match(/^[\w.-]+/)?.[0]; // a program: curl/8.5.0
  return { name: browser ?? system ?? product ?? text('common.device_unknown'), kind };
}
