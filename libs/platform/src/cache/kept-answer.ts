import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { weakEtagOf } from '../http/if-match';

const BROTLI = {
  params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT },
};
const CODERS = {
  br: (text: string) => promisify(brotliCompress)(text, BROTLI),
  gzip: (text: string) => promisify(gzip)(text),
};

/** Content codings, the better first. */
export const CODINGS = ['br', 'gzip'] as const satisfies (keyof typeof CODERS)[];
export type Coding = (typeof CODINGS)[number];

/** An answer in the memory of this process. What is made of it is made once. */
export class KeptAnswer {
  private tag?: string;
  private readonly coded = new Map<Coding, Promise<Buffer>>();

  constructor(readonly text: string) {}

  get etag(): string {
    return (this.tag ??= weakEtagOf(this.text));
  }

  as(coding: Coding): Promise<Buffer> {
    const bytes = this.coded.get(coding) ?? CODERS[coding](this.text);
    this.coded.set(coding, bytes);
    return bytes;
  }
}
