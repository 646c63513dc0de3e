import type { OrderQueries } from '@holdfast/ordering';
import { OrderExport } from '../application/order-export.service';
import { ordersCsv } from './order-desk.controller';

const money = (amount: string) => ({ amount, currency: 'GBP' });
const order = (id: string, ...names: string[]) => ({
  ...{ id, number: `20261121-${id}`, customerId: 'ann', status: 'paid', placedAt: '2026-11-21T10:00:00.000Z' },
  items: names.map((name) => ({ sku: 'A1', name, quantity: 2, unitPrice: money('1.50'), subtotal: money('3.00') })),
  ...{ subtotal: money('3.00'), shipping: money('4.99'), shippingMethod: 'standard', total: money('7.99') },
  ...{ tax: { amount: money('1.33'), inclusive: true }, refunded: money('0.00'), shipTo: { country: 'GB' } },
});
const admin = { id: 'admin', role: 'admin' as const };

/** Pages of orders, and how many of them were read. */
function listOf(...pages: ReturnType<typeof order>[][]) {
  const read: (string | undefined)[] = [];
  const list = ({ cursor }: { cursor?: string }) => {
    read.push(cursor);
    const page = Number(cursor ?? 0);
    return Promise.resolve({ items: pages[page], nextCursor: page + 1 < pages.length ? String(page + 1) : null });
  };
  return { read, exports: new OrderExport({ list } as unknown as OrderQueries) };
}

it('writes a row for each line, with the amounts of its order', async () => {
  const { exports } = listOf([order('o1', 'Lantern', 'Mug')], [order('o2', 'Tea, green')]);
  let file = '';
  for await (const part of ordersCsv(exports.pages({}, admin))) file += part;
  const [header, ...rows] = file.split('\r\n');
  expect(header).toMatch(/^number,orderId,placedAt,status,customerId,sku,name,quantity,unitPrice,/);
  expect(rows).toEqual([
    '20261121-o1,o1,2026-11-21T10:00:00.000Z,paid,ann,A1,Lantern,2,1.50,3.00,GBP,3.00,4.99,standard,1.33,true,7.99,0.00,GB',
    '20261121-o1,o1,2026-11-21T10:00:00.000Z,paid,ann,A1,Mug,2,1.50,3.00,GBP,3.00,4.99,standard,1.33,true,7.99,0.00,GB',
    '20261121-o2,o2,2026-11-21T10:00:00.000Z,paid,ann,A1,"Tea, green",2,1.50,3.00,GBP,3.00,4.99,standard,1.33,true,7.99,0.00,GB',
    '',
  ]);
});

it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])(
  'writes %j so that no spreadsheet computes it',
  async (name) => {
    const { exports } = listOf([order('o1', name)]);
    let file = '';
    for await (const part of ordersCsv(exports.pages({}, admin))) file += part;
    expect(file).toContain(`'${name}`);
  },
);

it('reads a page only when the page before it was taken, so that one is in memory', async () => {
  const { read, exports } = listOf([order('o1', 'a')], [order('o2', 'b')], [order('o3', 'c')]);
  const pages = exports.pages({}, admin);
  await pages.next();
  await pages.next();
  expect(read).toEqual([undefined, '1']);
});
