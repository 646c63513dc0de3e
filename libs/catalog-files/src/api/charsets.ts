import type { Decoder } from '@holdfast/http';
import iconv from 'iconv-lite';

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined; // the caller refuses the body
  }
}

function decodeUtf16(bytes: Buffer, encoding: 'utf-16le' | 'utf-16be'): string | undefined {
  const text = iconv.decode(bytes, encoding);
  return bytes.length % 2 === 0 && text.isWellFormed() ? text : undefined;
}

/** Bytes that windows-1252 leaves undefined become U+FFFD. */
function decodeWindows1252(bytes: Buffer): string | undefined {
  const text = iconv.decode(bytes, 'windows-1252');
  return text.includes('\uFFFD') ? undefined : text;
}

const isUtf16LittleEndian = (bytes: Buffer): boolean => bytes[0] === 0xff && bytes[1] === 0xfe;
const isUtf16BigEndian = (bytes: Buffer): boolean => bytes[0] === 0xfe && bytes[1] === 0xff;

/** A byte order mark decides between UTF-8 and UTF-16; without a mark the text is UTF-8. */
function decodeByMark(bytes: Buffer): string | undefined {
  if (isUtf16LittleEndian(bytes)) return decodeUtf16(bytes, 'utf-16le');
  if (isUtf16BigEndian(bytes)) return decodeUtf16(bytes, 'utf-16be');
  return decodeUtf8(bytes);
}

/** Without a mark, the zero byte of the first ASCII character decides; every CSV file has one. */
function decodeAnyUtf16(bytes: Buffer): string | undefined {
  const isBigEndian = isUtf16BigEndian(bytes) || (!isUtf16LittleEndian(bytes) && bytes.indexOf(0) % 2 === 0);
  return decodeUtf16(bytes, isBigEndian ? 'utf-16be' : 'utf-16le');
}

const DECODERS = new Map<string, Decoder>([
  ...['utf-8', 'utf8', 'us-ascii'].map((name) => [name, decodeUtf8] as const),
  ...['utf-16', 'utf16'].map((name) => [name, decodeAnyUtf16] as const),
  ['utf-16le', (bytes) => decodeUtf16(bytes, 'utf-16le')],
  ['utf-16be', (bytes) => decodeUtf16(bytes, 'utf-16be')],
  // As browsers do, since files that claim ISO 8859-1 contain the euro sign of windows-1252.
  ...['windows-1252', 'cp1252', 'iso-8859-1', 'latin1'].map((name) => [name, decodeWindows1252] as const),
]);

export const decoderOf = (charset: string | undefined): Decoder | undefined =>
  charset === undefined ? decodeByMark : DECODERS.get(charset);
