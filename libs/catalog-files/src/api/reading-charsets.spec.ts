import { decoderOf } from './charsets';

const TEXT = 'Café, 12,50 €, “Ωμέγα”';
const WESTERN = 'Café, 12,50 €, “fine”…';
const MARK = '\uFEFF';

const utf8 = (text: string) => Buffer.from(text);
const utf16le = (text: string) => Buffer.from(text, 'utf16le');
const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();
/** é, €, “ and ” and … as Windows writes them. */
const windows1252 = Buffer.from([
  ...Buffer.from('Caf'),
  ...[0xe9],
  ...Buffer.from(', 12,50 '),
  ...[0x80],
  ...Buffer.from(', '),
  ...[0x93],
  ...Buffer.from('fine'),
  ...[0x94, 0x85],
]);

describe('reading charsets', () => {
  it.each<[string, string | undefined, Buffer, string]>([
    ['UTF-8 without a charset', undefined, utf8(TEXT), TEXT],
    ['UTF-8 with a mark', undefined, utf8(MARK + TEXT), TEXT],
    ['UTF-8 that is named', 'utf-8', utf8(MARK + TEXT), TEXT],
    ['ASCII', 'us-ascii', utf8('sku,name'), 'sku,name'],
    ['UTF-16 LE by its mark', undefined, utf16le(MARK + TEXT), TEXT],
    ['UTF-16 BE by its mark', undefined, utf16be(MARK + TEXT), TEXT],
    ['UTF-16 with the LE mark', 'utf-16', utf16le(MARK + TEXT), TEXT],
    ['UTF-16 with the BE mark', 'utf-16', utf16be(MARK + TEXT), TEXT],
    ['UTF-16 BE without a mark', 'utf-16', utf16be(TEXT), TEXT],
    ['UTF-16 LE without a mark', 'utf-16', utf16le(`Ω${TEXT}`), `Ω${TEXT}`],
    ['UTF-16 LE that is named', 'utf-16le', utf16le(TEXT), TEXT],
    ['UTF-16 LE that is named and marked', 'utf-16le', utf16le(MARK + TEXT), TEXT],
    ['UTF-16 BE that is named', 'utf-16be', utf16be(TEXT), TEXT],
    ['windows-1252, euro sign included', 'windows-1252', windows1252, WESTERN],
    ['ISO 8859-1 that is windows-1252', 'iso-8859-1', windows1252, WESTERN],
    ['nothing', undefined, Buffer.alloc(0), ''],
  ])('reads %s', (_name, charset, bytes, text) => {
    expect(decoderOf(charset)!(bytes)).toBe(text);
  });

  it.each<[string, string | undefined, Buffer]>([
    ['windows-1252 without a charset', undefined, windows1252],
    ['windows-1252 that claims to be UTF-8', 'utf-8', windows1252],
    ['half a UTF-16 character', 'utf-16le', utf16le(TEXT).subarray(0, 7)],
    ['a lone surrogate', undefined, Buffer.from([0xff, 0xfe, 0x00, 0xd8, 0x41, 0x00])],
    ['a byte that windows-1252 leaves undefined', 'windows-1252', Buffer.from([0x41, 0x81])],
  ])('refuses %s', (_name, charset, bytes) => {
    expect(decoderOf(charset)!(bytes)).toBeUndefined();
  });

  it.each(['utf-7', 'iso-8859-15', 'shift_jis', '', 'constructor'])('knows no charset %j', (charset) => {
    expect(decoderOf(charset)).toBeUndefined();
  });
});
