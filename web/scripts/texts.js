// The texts of the page's language, from web/texts; pages name the same ones as {{sign_in.title}}.
//
//   await use('account');                        loads a table; `common` is there already
//   text('common.try_again_at', { time })          the text, its {places} filled in
//   explain(error)                               a sentence for people: of a Problem, a WebAuthnError, or a lost network
//   date(t) dateTime(t) time(t) ago(t) number(n) of a Date or RFC 3339 text; ago: "3 minutes ago"
//   duration(seconds)                            "4 minutes", "20 seconds": as long as a wait is at most

export const language = document.documentElement.lang;

const tables = new Map();

/** Loads the tables of these names. A page does it once, before it writes, and names them in modulepreload links. */
export async function use(...names) {
  await Promise.all(names.map(async (name) => {
    tables.set(name, (await import(`../texts/${language}/${name}.js`)).default);
  }));
}

function find(key) {
  const [name, rest] = key.split('.');
  return tables.get(name)?.[rest];
}

export function text(key, places = {}) {
  const found = find(key);
  if (found === undefined) throw new Error(`no text ${key}`);
  return found.replace(/\{(\w+)\}/g, (_, place) => places[place]);
}

/**
 * What went wrong, by its code; the service's own words where the pages have none. An answer says no more here than the
 * API said: an unknown address and a wrong password are one sentence.
 */
export function explain(error) {
  const own = error.name === 'WebAuthnError' ? find(`common.passkey_${error.code}`) : undefined;
  return own ?? find(`common.error_${error.code}`) ?? error.detail ?? error.title ?? text('common.error_internal');
}

/** What is wrong with a field: `{ field, code, message }` of errors[]. */
export function explainField({ field, code, message }) {
  const subject = /password/.test(field) ? 'password' : field;
  return find(`common.field_${subject}_${code}`) ?? find(`common.field_${code}`) ?? message;
}

const format = (kind, options) => {
  const format = new Intl[kind](language, options);
  return (value) => format.format(typeof value === 'string' ? new Date(value) : value);
};
export const date = format('DateTimeFormat', { dateStyle: 'long' });
export const dateTime = format('DateTimeFormat', { dateStyle: 'medium', timeStyle: 'short' });
export const time = format('DateTimeFormat', { timeStyle: 'short' });
export const number = format('NumberFormat', {});

const UNITS = [['year', 31536000], ['month', 2592000], ['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]];
const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });

export function ago(value) {
  const seconds = (new Date(value) - Date.now()) / 1000;
  if (Math.abs(seconds) < 45) return text('common.just_now');
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size);
  return relative.format(Math.round(seconds / size), unit);
}

export function duration(seconds) {
  const [unit, size] = UNITS.find(([unit, size]) => unit !== 'month' && seconds >= 2 * size) ?? UNITS.at(-1);
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(Math.ceil(seconds / size));
}

await use('common');
