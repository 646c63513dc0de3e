import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../home';
import { parseOnlineRetail, pounds, type Product, type Sample } from './online-retail';
import { showProgress } from './progress';
import { type Account, inParallel, ShopClient, UnexpectedAnswer } from './shop-client';

const IN_FLIGHT = 8;
const DAYS_OF_STOCK = 10;
const SCARCE_EVERY = 20;

export function readSample(): Sample {
  return parseOnlineRetail(readFileSync(join(ROOT, 'libs/testbed/data/online-retail.csv')));
}

/**
 * Puts the sample's products on sale, those that are not there yet, and returns every product's id by its SKU. A load
 * that was interrupted goes on where it stopped; one that is complete costs a look at the catalogue.
 */
export async function loadShop(shop: { baseUrl: string; admin: Account }): Promise<Map<string, string>> {
  const admin = new ShopClient(shop.baseUrl, shop.admin);
  const bySku = [...readSample().products].sort((a, b) => (a.sku < b.sku ? -1 : 1));
  const listed = await idsBySku(admin);
  const offers = bySku.map(offerOf).filter(({ sku }) => !listed.has(sku));
  if (offers.length === 0) return listed;

  const progress = showProgress('Putting products on sale', offers.length);
  await inParallel(offers, IN_FLIGHT, async (offer) => {
    const answer = await admin.post('/v1/products', offer);
    // The SKU is taken: another demo loads at the same time, or an answer was lost.
    if (!answer.ok && answer.problem.code !== 'sku-taken') throw new UnexpectedAnswer(`Offering ${offer.sku}`, answer);
    progress.advance();
  });
  progress.end();
  return idsBySku(admin);
}

async function idsBySku(admin: ShopClient): Promise<Map<string, string>> {
  const products = await admin.list<{ id: string; sku: string }>('/v1/products', { inStock: 'false' });
  return new Map(products.map(({ id, sku }) => [sku, id]));
}

/** Enough of most for ten such days. Of every twentieth too little for one, though enough for any single sale. */
function offerOf({ sku, name, price, demand, largestSale }: Product, position: number) {
  const scarce = position % SCARCE_EVERY === SCARCE_EVERY - 1;
  const stock = scarce ? Math.max(Math.floor(demand / 2), largestSale) : demand * DAYS_OF_STOCK;
  return { sku, name, price: { amount: pounds(price), currency: 'GBP' }, stock, active: true };
}
