import COMMON_PASSWORDS from '@zxcvbn-ts/language-common/src/passwords.json';
import { faultsOf, fold, isLookalike } from './account-rules';

const codes = (...given: Parameters<typeof faultsOf>) =>
  faultsOf(...given).map(({ field, code }) => `${field}: ${code}`);

describe('a username', () => {
  it.each([
    'ann',
    'u1',
    'opplynewuser',
    'customer-17850',
    'opply_test',
    '  Ann  ',
    'Ａｎｎ',
    'Зоя',
    '李小龍',
    'a.b+c',
    'a'.repeat(64),
  ])('may be %j', (username) => expect(codes({ username })).toEqual([]));

  it.each([
    ['', 'min-length'],
    [' a ', 'min-length'],
    ['a'.repeat(65), 'max-length'],
    ['ann@example.com', 'is-username'],
    ['ann lee', 'is-username'],
    ['-ann', 'is-username'],
    ["ann'; DROP TABLE customers", 'is-username'],
    ['ann\0', 'invisible-character'],
    ['ann\n', 'invisible-character'],
    ['an\u200bn', 'invisible-character'],
    ['\ufeffann', 'invisible-character'],
    ['ann\u202e', 'invisible-character'],
    ['ann\u3164', 'invisible-character'],
    ['ann\ud800', 'invisible-character'],
  ])('may not be %j: %s', (username, code) => expect(codes({ username })).toContain(`username: ${code}`));
});

describe('an e-mail address', () => {
  it.each([
    'newuser@opply.com',
    'Ann@X.com',
    'a+b.c@sub.example.co.uk',
    'ann@bücher.example',
    `${'a'.repeat(64)}@example.com`,
  ])('may be %j', (email) => expect(codes({ email })).toEqual([]));

  it.each([
    ['', 'is-email'],
    ['ann', 'is-email'],
    ['ann@localhost', 'is-email'],
    ['ann@@example.com', 'is-email'],
    ['a nn@example.com', 'is-email'],
    ['.ann@example.com', 'is-email'],
    ['ann@example..com', 'is-email'],
    ['<ann@example.com>', 'is-email'],
    [`${'a'.repeat(65)}@example.com`, 'is-email'],
    [`ann@${'a'.repeat(254)}.com`, 'max-length'],
    ['ann@example.com\u200b', 'invisible-character'],
    ['ann@exam\0ple.com', 'invisible-character'],
  ])('may not be %j: %s', (email, code) => expect(codes({ email })).toContain(`email: ${code}`));
});

describe('two names are one', () => {
  it.each([
    ['Ann@X.com', 'ann@x.COM'],
    [' ann ', 'ANN'],
    ['Ａｎｎ', 'ann'],
    ['straße', 'STRASSE'],
    ['STRAẞE', 'strasse'],
    ['ΟΔΟΣ', 'οδοσ'],
    ['Å', '\u212b'],
    ['café', 'cafe\u0301'],
  ])('when they are %j and %j', (one, other) => expect(fold(one)).toBe(fold(other)));

  it('in every casing of every letter there is, however often they are folded', () => {
    const everyCharacter = Array.from({ length: 0x11_0000 }, (_, point) => String.fromCodePoint(point));
    const apart = everyCharacter
      .filter((character) => /[\p{L}\p{M}\p{N}]/u.test(character))
      .filter((character) => {
        const name = `a${character}b`;
        return [name.toLowerCase(), name.toUpperCase(), fold(name)].some((other) => fold(other) !== fold(name));
      });
    expect(apart).toEqual([]);
  });
});

describe('readers may take one name for another', () => {
  it.each([
    ['admin', 'аdmin', 'Cyrillic а'],
    ['admin', 'аԁmіn', 'Cyrillic а, ԁ, і'],
    ['ADMIN', 'АDМІN', 'Cyrillic capitals'],
    ['admin', 'ΑDΜΙΝ', 'Greek capitals'],
    ['vova', 'νονα', 'Greek ν, ο, α'],
    ['Alice', 'AIice', 'capital I for l'],
    ['alice', 'ALlCE', 'l for capital I'],
    ['bill', 'bi11', 'digit one for l'],
    ['root', 'r00t', 'zero for o'],
    ['modern', 'modem', 'm for rn'],
    ['scope', 'ѕсоре', 'all Cyrillic'],
    ['Straße', 'STRASSE', 'case folding'],
  ])('%s and %s: %s', (one, other) => {
    expect([isLookalike(one, other), isLookalike(other, one)]).toEqual([true, true]);
  });

  it.each([
    ['admin', 'admin2'],
    ['anna', 'anne'],
    ['admin', 'ádmin'],
    ['u1', 'u2'],
    ['Зоя', 'Zoya'],
    ['李小龍', '李小龙'],
    ['root', 'roots'],
  ])('but not %s and %s', (one, other) => expect(isLookalike(one, other)).toBe(false));

  it('whatever the case of one of them', () => {
    for (const name of ['Operator', 'BILLING', 'miriam', 'Ольга', 'Ωmega'])
      for (const other of [name.toLowerCase(), name.toUpperCase(), fold(name)])
        expect([other, isLookalike(name, other)]).toEqual([other, true]);
  });
});

describe('a password', () => {
  const ann = { username: 'opplynewuser', email: 'newuser@opply.com' };

  it.each(['opply123', 'test@1234', 'correct horse battery', 'x7'.repeat(128), 'пароль-для-ани', '  12345678  '])(
    'may be %j',
    (password) => expect(codes({ ...ann, password })).toEqual([]),
  );

  it.each([
    ['opply12', 'min-length'],
    ['x7'.repeat(128) + 'x', 'max-length'],
    ['12345678', 'all-digits'],
    ['٠١٢٣٤٥٦٧٨', 'all-digits'],
    ['password', 'common-password'],
    ['PassWord', 'common-password'],
    ['qwertyuiop', 'common-password'],
    ['opplynewuser', 'like-username'],
    ['OpplyNewUser1', 'like-username'],
    ['0pplynewuser', 'like-username'],
    ['newuser7', 'like-username'],
    ['newuser@opply.com', 'like-username'],
    ['good\0enough', 'is-unicode'],
    ['good\ud800enough', 'is-unicode'],
  ])('may not be %j: %s', (password, code) => expect(codes({ ...ann, password })).toContain(`password: ${code}`));

  it('may not be like a name that the account has already', () => {
    expect(codes({ password: 'annabelle1' }, { username: 'annabelle', email: 'a@example.com' })).toEqual([
      'password: like-username',
    ]);
    expect(
      codes({ password: 'annabelle1', username: 'zoe' }, { username: 'annabelle', email: 'a@example.com' }),
    ).toEqual([]);
  });

  it('may not be any common one that the other rules would let pass', () => {
    const common = COMMON_PASSWORDS.filter((password) => password.length >= 8 && !/^\d+$/.test(password));
    expect(common.length).toBeGreaterThan(10_000);
    expect(common.filter((password) => !codes({ password }).includes('password: common-password'))).toEqual([]);
  });
});

it('names every fault at once', () => {
  expect(codes({ username: 'a', email: 'nowhere', password: '1234567' })).toEqual([
    'username: min-length',
    'email: is-email',
    'password: min-length',
    'password: all-digits',
  ]);
});

it('refuses enormous input in no time', () => {
  const started = process.cpuUsage();
  for (const enormous of [`${'a'.repeat(100_000)}!`, 'a.'.repeat(50_000), '@'.repeat(100_000), 'a@'.repeat(50_000)])
    expect(faultsOf({ username: enormous, email: enormous, password: enormous }).length).toBeGreaterThan(2);
  const { user, system } = process.cpuUsage(started);
  expect(user + system).toBeLessThan(1_000_000); // Microseconds of this process, however busy the machine is.
});
