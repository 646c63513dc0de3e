import { COMMON_PASSWORDS } from './common-passwords';

/** What is wrong with a value that somebody chose. */
export interface Fault {
  field: 'username' | 'email' | 'password';
  code: string;
  detail: string;
}

export interface Names {
  username: string;
  email: string;
}

export interface AccountDetails extends Names {
  password: string;
}

interface Rule {
  code: string;
  detail: string;
  isBroken(text: string, names: Partial<Names>): boolean;
}

/** As it is kept and shown: without blanks around it, in Unicode's compatibility form. */
export const clean = (name: string): string => name.trim().normalize('NFKC');

/**
 * As it is compared: `Ann`, `ANN` and full-width `Ａｎｎ` are one name. There and back again is how JavaScript comes
 * nearest to Unicode's case folding (ẞ, ß and ss are one, and the two small sigmas).
 */
export const fold = (name: string): string => clean(name).toLowerCase().toUpperCase().toLowerCase().normalize('NFKC');

/** What a reader cannot see, and so cannot tell two names by: control, format, unassigned and blank-looking characters. */
const INVISIBLE = /[\p{C}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800]/u;

/** No `@`: log-in takes either, and one customer's username must not be another's e-mail address. */
const USERNAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._+-]*$/u;

const EMAIL = /^[^\s@.,:;()<>[\]\\"]+(?:\.[^\s@.,:;()<>[\]\\"]+)*@(?:[\p{L}\p{M}\p{N}-]+\.)+[\p{L}\p{M}\p{N}-]+$/u;

const MAX_PASSWORD = 256;
/** Of two texts, the share that they have in common in the same order; from here on one is nearly the other. */
const NEARLY = 0.75;

const lengthOf = (text: string): number => [...text].length;

const visible: Rule = {
  code: 'invisible-character',
  detail: 'must not contain control characters or others that cannot be seen',
  isBroken: (text) => INVISIBLE.test(text),
};

const RULES: Record<Fault['field'], Rule[]> = {
  username: [
    { code: 'min-length', detail: 'must have at least 2 characters', isBroken: (text) => lengthOf(clean(text)) < 2 },
    { code: 'max-length', detail: 'must have at most 64 characters', isBroken: (text) => lengthOf(clean(text)) > 64 },
    visible,
    {
      code: 'is-username',
      detail: 'must begin with a letter or digit and have only letters, digits and . _ + -',
      isBroken: (text) => !USERNAME.test(clean(text)),
    },
  ],
  email: [
    { code: 'max-length', detail: 'must have at most 254 characters', isBroken: (text) => lengthOf(clean(text)) > 254 },
    visible,
    {
      code: 'is-email',
      detail: 'must be an e-mail address',
      isBroken: (text) => !EMAIL.test(clean(text)) || localPart(clean(text)).length > 64,
    },
  ],
  password: [
    { code: 'min-length', detail: 'must have at least 8 characters', isBroken: (text) => lengthOf(text) < 8 },
    {
      code: 'max-length',
      detail: `must have at most ${MAX_PASSWORD} characters`,
      isBroken: (text) => lengthOf(text) > MAX_PASSWORD,
    },
    {
      code: 'is-unicode',
      detail: 'must be Unicode text without U+0000',
      isBroken: (text) => !text.isWellFormed() || text.includes('\0'),
    },
    { code: 'all-digits', detail: 'must not be digits only', isBroken: (text) => /^\p{Nd}+$/u.test(text) },
    {
      code: 'common-password',
      detail: 'must not be one of the most common passwords',
      isBroken: (text) => COMMON_PASSWORDS.has(fold(text)),
    },
    {
      code: 'like-username',
      detail: 'must not be nearly the username or the e-mail address',
      isBroken: (text, { username = '', email = '' }) =>
        [username, email, localPart(email)].some((name) => likeness(fold(text), fold(name)) >= NEARLY),
    },
  ],
};

/** The rules that the given values break. `known` are the names the account has already, which a new password must not be. */
export function faultsOf(given: Partial<AccountDetails>, known: Partial<Names> = {}): Fault[] {
  const names = { ...known, ...given };
  return (['username', 'email', 'password'] as const).flatMap((field) => {
    const text = given[field];
    if (text === undefined) return [];
    const broken = RULES[field].filter((rule) => rule.isBroken(text, names));
    return broken.map(({ code, detail }) => ({ field, code, detail: `${field} ${detail}` }));
  });
}

const localPart = (email: string): string => email.slice(0, Math.max(0, email.lastIndexOf('@')));

/** From 0 (nothing in common) to 1 (equal): twice their longest common subsequence, by their lengths. */
function likeness(one: string, other: string): number {
  // Refused by length anyway; only its cost is at stake, which is the product of both lengths.
  if (one.length > 2 * MAX_PASSWORD || other.length > 2 * MAX_PASSWORD) return 0;
  let common = new Array<number>(other.length + 1).fill(0);
  for (const character of one) {
    const next = [0];
    for (let i = 0; i < other.length; i++)
      next.push(character === other[i] ? common[i] + 1 : Math.max(common[i + 1], next[i]));
    common = next;
  }
  return (2 * common.at(-1)!) / (one.length + other.length);
}
