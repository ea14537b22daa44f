// Chromium's virtual authenticators (WebAuthn §11), by its DevTools protocol.

const KINDS = {
  // what a phone or laptop has: keeps passkeys and knows its owner
  platform: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
  // a security key that keeps passkeys and has a PIN
  key: { protocol: 'ctap2', transport: 'usb', hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
  // a security key without a PIN; such a one keeps nothing
  unverifying: { protocol: 'ctap2', transport: 'usb', hasResidentKey: false, hasUserVerification: false },
  // a security key that keeps nothing: its credentials are found by their ids only
  forgetful: { protocol: 'ctap2', transport: 'usb', hasResidentKey: false, hasUserVerification: true, isUserVerified: true },
  // a security key of the time before passkeys
  u2f: { protocol: 'u2f', transport: 'usb', hasResidentKey: false, hasUserVerification: false },
};

/** Gives a page virtual authenticators and no others; the function it returns plugs one in. */
export async function virtualAuthenticators(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');

  /** Its owner touches it whenever a request begins, unless `automaticPresenceSimulation` is false. */
  return async (kind, more = {}) => {
    const options = { automaticPresenceSimulation: true, ...KINDS[kind], ...more };
    const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', { options });
    const send = (command, parameters) => devtools.send(`WebAuthn.${command}`, { authenticatorId, ...parameters });
    return {
      credentials: async () => (await send('getCredentials')).credentials,
      addCredential: (credential) => send('addCredential', { credential }),
      clear: () => send('clearCredentials'),
      setTouched: (enabled) => send('setAutomaticPresenceSimulation', { enabled }),
      setUserVerified: (isUserVerified) => send('setUserVerified', { isUserVerified }),
      unplug: () => send('removeVirtualAuthenticator'),
    };
  };
}
