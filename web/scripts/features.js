// What the pages need of a browser (docs/security.md, ASVS 3.7.5). Where something is missing they say so, and offer
// no form: nobody signs in half-protected. In the JavaScript of old browsers, which run it as a plain script.
(function () {
  var wanted = [
    'noModule' in HTMLScriptElement.prototype, // modules
    typeof HTMLDialogElement === 'function',
    typeof AbortController === 'function',
    typeof BigInt === 'function',
    'replaceAll' in String.prototype,
    'at' in Array.prototype, // and with it the syntax of the modules, await at their top above all
    'hasOwn' in Object,
    typeof Intl === 'object' && 'RelativeTimeFormat' in Intl,
    Boolean(window.crypto && crypto.subtle), // only in a secure context: https, or this machine itself
  ];
  if (wanted.indexOf(false) < 0) return;

  function tell() {
    document.documentElement.className += ' unusable';
    document.getElementById('old-browser').hidden = false;
  }
  if (document.getElementById('old-browser')) tell();
  else document.addEventListener('DOMContentLoaded', tell);
})();
