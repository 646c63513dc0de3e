import { weakEtagOf } from '../http/if-match';

/** An answer in the memory of this process. */
export class KeptAnswer {
  private tag?: string;

  constructor(readonly text: string) {}

  /** Made once. */
  get etag(): string {
    return (this.tag ??= weakEtagOf(this.text));
  }
}
