export interface WebhookAnswer {
  status: number;
  /** As the subscriber gave it. */
  retryAfter?: string;
}

/** Reaches subscribers, and only those in the public internet (unless the settings say otherwise). */
export abstract class WebhookClient {
  /** Throws UrlRefused for one that will not be called, as far as can be told now. */
  abstract check(url: string): Promise<void>;
  /** Follows no redirect. Throws when there is no answer in time, or the address is one that is not called. */
  abstract post(url: string, headers: Record<string, string>, body: string): Promise<WebhookAnswer>;
}
