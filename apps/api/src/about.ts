import type { About } from '@holdfast/http';

/** The service in its OpenAPI document and on its front page. */
export const ABOUT: About = {
  title: 'Holdfast',
  summary:
    'Orders and inventory for mobile clients: an order answered 201 has its stock, and no unit is ever sold twice.',
  description:
    'Orders and inventory for mobile clients. **An order answered 201 has its stock, and no unit is ever sold twice.**\n\n' +
    'To try it: `POST /v1/auth/token`, copy the `accessToken` into *Authorize*, place an order. Every error is an RFC 9457 ' +
    '`application/problem+json`: switch on its `code`. Retry safely with an `Idempotency-Key`.',
  swaggerOptions: { responseInterceptor: withSample },
};

interface Fetched {
  url: string;
  text?: string;
}

/** Runs in the browser: names a product of this shop where the document's examples name none that exists. */
async function withSample(response: Fetched): Promise<Fetched> {
  if (!response.url.endsWith('/openapi.json')) return response;
  const answer = await fetch('/v1/products?limit=1');
  const { items } = (answer.ok ? await answer.json() : { items: [] }) as { items: { id: string }[] };
  if (items[0]) response.text = response.text?.replaceAll('01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44', items[0].id);
  return response;
}
