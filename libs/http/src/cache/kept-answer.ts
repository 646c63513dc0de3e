import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { weakEtagOf } from './if-match';

const BROTLI = {
  params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT },
};
const [brotli, zip] = [promisify(brotliCompress), promisify(gzip)];
const CODERS = {
  br: (text: string) => brotli(text, BROTLI),
  gzip: (text: string) => zip(text),
};

/** The type of answers that are not kept, too. */
export const JSON_TYPE = 'application/json; charset=utf-8';

/** Content codings, the best first. */
export const CODINGS = ['br', 'gzip'] as const satisfies (keyof typeof CODERS)[];
export type Coding = (typeof CODINGS)[number];

/** An answer in the memory of this process. Its entity tag and compressed forms are made once. */
export class KeptAnswer {
  private tag?: string;
  private readonly coded = new Map<Coding, Promise<Buffer>>();

  constructor(
    readonly text: string,
    readonly type = JSON_TYPE,
  ) {}

  get etag(): string {
    return (this.tag ??= weakEtagOf(this.text));
  }

  as(coding: Coding): Promise<Buffer> {
    const known = this.coded.get(coding);
    if (known) return known;
    const bytes = CODERS[coding](this.text);
    this.coded.set(coding, bytes);
    bytes.catch(() => this.coded.delete(coding));
    return bytes;
  }
}
