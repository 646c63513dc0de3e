export interface WebhookAnswer {
  status: number;
  /** The header's text, unparsed. */
  retryAfter?: string;
}

/** Calls subscribers. Only public addresses are called, unless WEBHOOK_TARGETS=any. */
export abstract class WebhookClient {
  /** Throws UrlRefused for a URL that calls would refuse now. */
  abstract ensureCallable(url: string): Promise<void>;
  /** Follows no redirect. Throws on a timeout, a failed connection and a refused address. */
  abstract post(url: string, headers: Record<string, string>, body: string): Promise<WebhookAnswer>;
}
