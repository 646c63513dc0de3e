import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseOnlineRetail, pence, pounds, WALK_IN } from './online-retail';

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';

/** A few lines in the sample's form; time and country are the same in all. */
const parseLines = (...lines: string[]) =>
  parseOnlineRetail([HEADER, ...lines.map((line) => line.replace('@', '12-01-2010 08:26') + ',Norway')].join('\r\n'));

describe('the sample', () => {
  const { products, invoices, skipped, tidied } = parseOnlineRetail(
    readFileSync(join(__dirname, '../../data/online-retail.csv')),
  );
  const ofKind = (kind: string) => invoices.filter((invoice) => invoice.kind === kind);
  const product = (sku: string) => products.find((candidate) => candidate.sku === sku);

  it('keeps or counts each of its 2,139 lines', () => {
    const kept = invoices.flatMap(({ lines }) => lines);
    expect(kept.length + skipped.length).toBe(2139);
    expect(skipped).toHaveLength(14);
  });

  it('has 92 sales, 5 cancellations and a correction that concern 1,077 products', () => {
    expect(products).toHaveLength(1077);
    expect(['sale', 'cancellation', 'correction'].map((kind) => ofKind(kind).length)).toEqual([92, 5, 1]);
    expect(new Set(invoices.map(({ customer }) => customer)).size).toBe(76);
  });

  it('asks for 19,370 units and 39,566.54 pounds', () => {
    const lines = ofKind('sale').flatMap((sale) => sale.lines);
    expect(lines.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(19_370);
    expect(pounds(lines.reduce((sum, line) => sum + line.unitPrice * BigInt(line.quantity), 0n))).toBe('39566.54');
    expect(products.reduce((sum, { demand }) => sum + demand, 0)).toBe(19_370);
  });

  it('leaves out six lines that are not goods and eight corrections of products that nobody sells', () => {
    const without = (reason: string) => skipped.filter((line) => line.reason === reason).map(({ sku }) => sku);
    expect(without('not goods').sort()).toEqual(['C2', 'D', 'DOT', 'POST', 'POST', 'POST']);
    expect(without('correction of a product without name and price').sort()).toEqual(
      ['20950', '21134', '22145', '37461', '37509', '84670', '85044', '85226A'], // prettier-ignore
    );
  });

  it('counts what it put right', () => {
    expect(tidied).toEqual({
      blanksInNames: 482,
      skusInLowerCase: 0,
      productsWithSeveralNames: 1,
      productsWithSeveralPrices: 293,
      skusRepeatedInAnInvoice: 80,
      linesWithoutCustomer: 529,
    });
  });

  it('keeps the invoice of 526 goods in one piece', () => {
    expect(invoices.find(({ number }) => number === '536544')).toMatchObject({ customer: WALK_IN });
    expect(Math.max(...invoices.map(({ lines }) => lines.length))).toBe(526);
  });

  it('sells under the most frequent name at the most frequent price', () => {
    expect(product('85123A')).toEqual({
      sku: '85123A',
      name: 'WHITE HANGING HEART T-LIGHT HOLDER',
      price: 255n,
      demand: 177,
      largestSale: 64,
    });
    expect(product('35004C')?.name).toBe('SET OF 3 COLOURED FLYING DUCKS');
    expect(product('22632')?.name).toBe('HAND WARMER RED RETROSPOT');
  });
});

describe('reading the sample', () => {
  it('takes the first of equally frequent prices and names', () => {
    const { products } = parseLines(
      '1,10001,FIRST,1,@,2.1,17850',
      '2,10001,SECOND,1,@,3,17850',
      '3,10001,SECOND,1,@,3,17850',
      '4,10001,FIRST,1,@,2.10,17850',
    );
    expect(products).toEqual([{ sku: '10001', name: 'FIRST', price: 210n, demand: 4, largestSale: 1 }]);
  });

  it('reads a code in another case as the same product', () => {
    const { products, tidied } = parseLines('1,10001a,CUP,1,@,1,17850', '2,10001A,CUP,2,@,1,17850');
    expect(products).toMatchObject([{ sku: '10001A', demand: 3, largestSale: 2 }]);
    expect(tidied.skusInLowerCase).toBe(1);
  });

  it('lets one invoice name a product twice', () => {
    const { products, invoices } = parseLines('1,10001,CUP,1,@,1,17850', '1,10001,CUP,2,@,1,17850');
    expect(invoices).toHaveLength(1);
    expect(invoices[0].lines.map(({ quantity }) => quantity)).toEqual([1, 2]);
    expect(products).toMatchObject([{ demand: 3, largestSale: 3 }]);
  });

  it('separates what is given back and what is corrected from what is sold', () => {
    const { products, invoices } = parseLines(
      'C1,10001,CUP,-2,@,1,17850',
      '2,10001,,-5,@,0,',
      '3,10001,CUP,1,@,0,17850',
    );
    expect(invoices.map(({ kind, lines }) => [kind, lines[0].quantity])).toEqual([
      ['cancellation', 2],
      ['correction', -5],
      ['sale', 1],
    ]);
    expect(products).toMatchObject([{ name: 'CUP', demand: 1 }]);
  });

  it('reads month before day, and sorts by time', () => {
    const { invoices } = parseOnlineRetail(
      `${HEADER}\n2,10001,CUP,1,12-02-2010 08:26,1,17850,Norway\n1,10001,CUP,1,12-01-2010 09:00,1,17850,Norway\n`,
    );
    expect(invoices.map(({ at }) => at.toISOString())).toEqual([
      '2010-12-01T09:00:00.000Z',
      '2010-12-02T08:26:00.000Z',
    ]);
  });

  it.each([
    ['a sale of nothing', '1,10001,CUP,0,@,1,17850', 'a sale of 0 units'],
    ['a sale of less than nothing', '1,10001,CUP,-1,@,1,17850', 'a sale of -1 units'],
    ['half a unit', '1,10001,CUP,1.5,@,1,17850', 'a sale of 1.5 units'],
    ['a cancellation that takes', 'C1,10001,CUP,1,@,1,17850', 'a cancellation of 1 units'],
    ['a negative price', '1,10001,CUP,1,@,-1,17850', '"-1" is not a price'],
    ['a price of three decimals', '1,10001,CUP,1,@,1.005,17850', '"1.005" is not a price'],
    ['another form of time', '1,10001,CUP,1,2010-12-01 08:26,1,17850', 'is not a time'],
    ['a thirteenth month', '1,10001,CUP,1,13-01-2010 08:26,1,17850', 'is not a time'],
    ['a line that lacks a column', '1,10001,CUP,1,@,17850', 'Invalid Record Length'],
    ['a product without a name', '1,10001, ,1,@,1,17850', 'has no name'],
  ])('stops at %s', (_, line, complaint) => {
    expect(() => parseLines(line)).toThrow(complaint);
  });
});

describe('money', () => {
  it.each([
    ['18', 1800n, '18.00'],
    ['2.1', 210n, '2.10'],
    ['0.05', 5n, '0.05'],
    ['0', 0n, '0.00'],
  ])('reads %s as %s pence, which are %s', (text, amount, written) => {
    expect(pence(text)).toBe(amount);
    expect(pounds(amount)).toBe(written);
  });
});
