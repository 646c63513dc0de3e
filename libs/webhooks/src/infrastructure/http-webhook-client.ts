import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { Injectable } from '@nestjs/common';
import { requestContext, traced } from '@holdfast/platform';
import { WebhooksSettings } from '../webhooks.settings';
import { UrlRefused } from '../domain/webhooks.errors';
import { type WebhookAnswer, WebhookClient } from '../domain/webhook-client';
import { isPublicAddress } from './public-address';

/** Bytes of an answer's body that are read, and dropped, before the connection is closed. */
const LARGEST_ANSWER = 65_536;

/**
 * Calls subscribers over HTTPS at public addresses. Each connection looks the name up and connects to the addresses
 * that were checked, so that DNS rebinding gains nothing. Connections are not reused; redirects and proxies are not
 * followed.
 *
 * WEBHOOK_TARGETS=any allows HTTP and any address, for development and for subscribers in a private network.
 */
@Injectable()
export class HttpWebhookClient extends WebhookClient {
  constructor(private readonly settings: WebhooksSettings) {
    super();
  }

  async ensureCallable(text: string): Promise<void> {
    const url = new URL(text);
    const refusal = this.refusalOf(url);
    if (refusal) throw new UrlRefused(refusal);
    if (this.mayCallAnyAddress) return;
    const addresses = await this.resolve(hostOf(url)).catch(() => {
      throw new UrlRefused('has a host name that cannot be found');
    });
    if (!areAllPublic(addresses)) throw new UrlRefused('leads to an address that is not public');
  }

  post(text: string, headers: Record<string, string>, body: string): Promise<WebhookAnswer> {
    return traced('CLIENT', 'POST webhook', { 'server.address': new URL(text).hostname }, () => {
      const { traceparent } = requestContext.getStore() ?? {};
      return this.send(text, { ...headers, ...(traceparent && { traceparent }) }, body);
    });
  }

  private async send(text: string, headers: Record<string, string>, body: string): Promise<WebhookAnswer> {
    const url = new URL(text);
    const refusal = this.refusalOf(url);
    if (refusal) throw new Error(`not called: the URL ${refusal}`);
    const timeout = AbortSignal.timeout(this.settings.WEBHOOK_TIMEOUT);
    try {
      return await new Promise<WebhookAnswer>((resolve, reject) => {
        const request = url.protocol === 'https:' ? requestHttps : requestHttp;
        request(url, {
          method: 'POST',
          headers: { ...headers, 'content-length': Buffer.byteLength(body) },
          agent: false,
          lookup: this.checkedLookup,
          signal: timeout,
        })
          .on('response', (response) => {
            discard(response);
            resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] });
          })
          .on('error', reject)
          .end(body);
      });
    } catch (error) {
      if (timeout.aborted) throw new Error(`no answer within ${this.settings.WEBHOOK_TIMEOUT} ms`);
      throw error;
    }
  }

  /** All addresses of a host name. Tests override it. */
  protected resolve(host: string): Promise<LookupAddress[]> {
    return lookup(host, { all: true, verbatim: true });
  }

  private get mayCallAnyAddress(): boolean {
    return this.settings.WEBHOOK_TARGETS === 'any';
  }

  /** The reason to refuse a URL as it is written. An address in a URL is connected to without any lookup. */
  private refusalOf(url: URL): string | undefined {
    if (url.username || url.password) return 'carries a user name or a password';
    if (this.mayCallAnyAddress) return undefined;
    if (url.protocol !== 'https:') return 'is not https';
    if (isIP(hostOf(url)) && !isPublicAddress(hostOf(url))) return 'leads to an address that is not public';
    return undefined;
  }

  private readonly checkedLookup: LookupFunction = (host, options, callback) => {
    this.resolve(host).then(
      (addresses) => {
        if (!this.mayCallAnyAddress && !areAllPublic(addresses))
          return callback(new Error('not called: the host name leads to an address that is not public'), '');
        const [first] = addresses;
        if (options.all) callback(null, addresses);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, ''),
    );
  };
}

/** One private address among several is enough to refuse, because the connection may use any of them. */
const areAllPublic = (addresses: LookupAddress[]): boolean =>
  addresses.length > 0 && addresses.every(({ address }) => isPublicAddress(address));

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

function discard(response: IncomingMessage): void {
  let size = 0;
  response.on('error', () => undefined); // only the status matters
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > LARGEST_ANSWER) response.destroy();
  });
}
