import { columnMapOf, readProducts } from './product-csv';

const terms = { currency: 'GBP', categoryId: '01930a2e-7c4f-7d31-9a52-3c5b7e0f1a44' };

/** Each row as `sku name price stock active`, or the codes against it. */
async function read(csv: string, map: string[] = []): Promise<string[]> {
  const rows = await readProducts(csv, columnMapOf(map));
  return rows.map((row) => {
    const entered = row.forNew({ ...terms, categoryId: row.category && terms.categoryId });
    if ('errors' in entered) return entered.errors.map(({ column, code }) => `${column}: ${code}`).join(' ');
    const { sku, name, price, stock, active, images } = entered.command;
    const urls = images?.map(({ url }) => url.replace('https://shop.example/', ''));
    return [sku, name, price.amount, price.currency, stock, active, urls?.join('+')]
      .filter((value) => value !== undefined)
      .join(' ');
  });
}

const CUP = ['C Cup 2.50 GBP 7'];

describe('reading files of spreadsheets', () => {
  it.each<[string, string, string[]]>([
    ['commas', 'sku,name,price,stock\nC,Cup,2.50,7\n', CUP],
    ['semicolons', 'sku;name;price;stock\nC;Cup;2.50;7\n', CUP],
    ['tabs', 'sku\tname\tprice\tstock\nC\tCup\t2.50\t7\n', CUP],
    ['a sep= line', 'sep=;\r\nsku;name;price;stock\r\nC;Cup;2,50;7\r\n', CUP],
    ['a sep= line with a tab', 'sep=\t\nsku\tname\tprice\tstock\nC\tCup\t2.50\t7', CUP],
    ['CR only', 'sku,name,price,stock\rC,Cup,2.50,7\r', CUP],
    ['mixed line ends', 'sku,name,price,stock\r\n\nC,Cup,2.50,7\r\r\n', CUP],
    ['no last line end', 'sku,name,price,stock\nC,Cup,2.50,7', CUP],
    ['names in any case', 'SKU,Name,PRICE,Stock\nC,Cup,2.50,7', CUP],
    ['names with blanks', ' sku , Name ,price,Unit Limit,stock\nC,Cup,2.50,,7', CUP],
    ['quoted names', '"sku";"name";"price";"stock"\n"C";"Cup";"2,50";"7"', CUP],
    ['empty columns', 'sku,,name,price,stock,,\nC,,Cup,2.50,7,,', CUP],
    ['more empty cells than names', 'sku,name,price,stock\nC,Cup,2.50,7,,,', CUP],
    ['empty rows', 'sku,name,price,stock\n,,,\nC,Cup,2.50,7\n,,,\n\n', CUP],
    ['a cell without a name', 'sku,name,price,\nC,Cup,2.50,7', ['null: cell-count']],
    ['a short row', 'sku,name,price,stock\nC,Cup', ['null: cell-count']],
    ['a long row', 'sku,name,price\nC,Cup,2.50,7', ['null: cell-count']],
    ['a decimal comma', 'sku;name;price;stock\nC;Cup;2,50;7,0', CUP],
    ['a decimal comma among commas', 'sku,name,price\nC,Cup,"2,50"', ['price: matches']],
    ['thousands and decimals', 'sku;name;price\nC;Cup;1.234,50', ['C Cup 1234.50 GBP']],
    ['English thousands', 'sku,name,price\nC,Cup,"1,234.50"', ['C Cup 1234.50 GBP']],
    ['French thousands', 'sku;name;price\nC;Cup;1\u202f234,50', ['C Cup 1234.50 GBP']],
    [
      'thousands or decimals',
      'sku;name;price;stock\nC;Cup;1.234;1,000',
      ['price: ambiguous-number stock: ambiguous-number'],
    ],
    ['a small decimal', 'sku;name;price\nC;Cup;0,5', ['C Cup 0.5 GBP']],
    [
      'words of truth',
      'sku,name,price,active\nC,Cup,1,YES\nD,Dish,1,0\nE,Egg,1,No',
      ['C Cup 1 GBP true', 'D Dish 1 GBP false', 'E Egg 1 GBP false'],
    ],
    ['another word', 'sku,name,price,active\nC,Cup,1,perhaps', ['active: is-boolean']],
    ['separators in quotes', 'sku;name;price\nC;"Cup; blue, ""fine""";1', ['C Cup; blue, "fine" 1 GBP']],
    ['a currency in lower case', 'sku,name,price,currency\nC,Cup,1,eur', ['C Cup 1 EUR']],
    ['Greek and Chinese', 'sku;name;price\nC;Φλιτζάνι;1\nD;杯子;1', ['C Φλιτζάνι 1 GBP', 'D 杯子 1 GBP']],
    [
      'images by blanks',
      'sku;name;price;images\nC;Cup;1;https://shop.example/1  https://shop.example/2,3',
      ['C Cup 1 GBP 1+2,3'],
    ],
    [
      'images by commas',
      'sku;name;price;images\nC;Cup;1;https://shop.example/1, https://shop.example/2',
      ['C Cup 1 GBP 1+2'],
    ],
    [
      'images by bars',
      'sku;name;price;images\nC;Cup;1;https://shop.example/1|https://shop.example/2',
      ['C Cup 1 GBP 1+2'],
    ],
    ['a file as an image', 'sku;name;price;images\nC;Cup;1;cup.jpg', ['images: is-url']],
    ['nothing but a header', 'sku,name\n', []],
  ])('reads %s', async (_name, csv, expected) => {
    expect(await read(csv)).toEqual(expected);
  });

  it.each<[string, string, string[], string]>([
    ['an unknown column', 'sku,colour\nC,red', [], 'unknown-column'],
    ['a column twice', 'sku,name,Name\nC,Cup,Cup', [], 'duplicate-column'],
    ['no sku', 'name\nCup', [], 'missing-column'],
    ['nothing', '', [], 'missing-column'],
    ['a column of map that is missing', 'sku,name\nC,Cup', ['Titel:name'], 'missing-column'],
    ['two columns for one', 'sku,name,Title\nC,Cup,Cup', ['Title:name'], 'duplicate-column'],
    ['a map to no column', 'sku,name\nC,Cup', ['name:colour'], 'column-map'],
    ['a map without a colon', 'sku,name\nC,Cup', ['name'], 'column-map'],
  ])('refuses %s', async (_name, csv, map, code) => {
    await expect((async () => read(csv, map))()).rejects.toMatchObject({
      members: { errors: expect.arrayContaining([expect.objectContaining({ code })]) as unknown },
    });
  });

  it.each([
    ['a long header', `sku,${'x'.repeat(10_000_000)}\nC,1`],
    ['many columns', `sku${',name'.repeat(2_000_000)}\nC,1`],
    ['a header whose quote is never closed', `sku,"name\n${'C,1\n'.repeat(1_000_000)}`],
    ['600 columns', `sku${',a'.repeat(600)}\nC,1`],
    ['a separator that is none', 'sep=|\nsku|name'],
  ])('refuses %s at once', async (_name, csv) => {
    await expect(read(csv)).rejects.toMatchObject({ code: 'malformed-body' });
  });
});

describe('reading files of other shops', () => {
  it("reads WooCommerce's export", async () => {
    const csv =
      'ID,Type,SKU,Name,Published,"Short description",Description,"In stock?",Stock,"Regular price",Categories,Images\n' +
      '11,simple,W-1,"Hoodie, blue",1,,"Soft\nand warm",1,5,45,"Clothing > Hoodies","https://shop.example/1.jpg, https://shop.example/2.jpg"\n' +
      '12,simple,W-2,Cap,0,,,1,,18.5,Clothing,\n';
    expect(await read(csv, ['Regular price:price', 'Published:active', 'Categories:category'])).toEqual([
      'W-1 Hoodie, blue 45 GBP 5 true 1.jpg+2.jpg',
      'W-2 Cap 18.5 GBP false',
    ]);
  });

  it.each([
    ['Clothing > Hoodies', 'Clothing > Hoodies'],
    ['Clothing>Hoodies , Sale', 'Clothing > Hoodies'],
    ['Sale, Clothing > Hoodies', 'Sale'],
    ['Clothing, Clothing > Hoodies > Winter, Clothing > Hoodies', 'Clothing > Hoodies > Winter'],
    ['Cloth, Clothing > Hoodies', 'Cloth'],
    [String.raw`Salt\, pepper > Whole, Food`, 'Salt, pepper > Whole'],
    [', ,Food', 'Food'],
    [' , ', undefined],
  ])('reads several categories as one: %s', async (cell, category) => {
    const csv = `sku;Categories\nC;"${cell}"`;
    const [row] = await readProducts(csv, columnMapOf(['Categories:categories']));
    expect(row.category).toBe(category);
  });

  it("reads Shopify's export with variants and images", async () => {
    const csv =
      'Handle,Title,Body (HTML),Vendor,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Image Src\n' +
      'tee,Tee,<p>Soft</p>,Acme,Size,S,T-S,3,12.00,https://shop.example/a.jpg\n' +
      'tee,,,,,M,T-M,4,12.00,https://shop.example/b.jpg\n' +
      'tee,,,,,,,,,https://shop.example/c.jpg\n' +
      'mug,Mug,,Acme,Title,Default Title,M-1,9,7.50,\n';
    const map = ['Handle:group', 'Title:name', 'Body (HTML):description', 'Variant SKU:sku', 'Variant Price:price'];
    expect(await read(csv, [...map, 'Variant Inventory Qty:stock', 'Image Src:images'])).toEqual([
      'T-S Tee 12.00 GBP 3 a.jpg+b.jpg+c.jpg',
      'T-M Tee 12.00 GBP 4 a.jpg+b.jpg+c.jpg',
      'M-1 Mug 7.50 GBP 9',
    ]);
  });

  it('reads a European Excel export', async () => {
    const csv =
      'Artikel;Bezeichnung;Preis;Währung;Bestand;Aktiv;;\r\nE-1;Käse, 200 g;1.299,90;EUR;12;1;;\r\n' +
      ';;;;;;;\r\nE-2;Öl;4,5;EUR;0;0;;\r\n';
    const map = ['artikel:sku', 'Bezeichnung:name', 'Preis:price', 'Währung:currency', 'Bestand:stock', 'Aktiv:active'];
    expect(await read(csv, map)).toEqual(['E-1 Käse, 200 g 1299.90 EUR 12 true', 'E-2 Öl 4.5 EUR 0 false']);
  });
});
