import { PromiseBroken } from '../promise';
import { type Report, rounded } from '../report';
import { measureWarm, type Runs, type Scenario } from '../scenario';
import type { Query } from '../seed';
import type { Bench } from '../servers';
import { fillCatalogue } from './catalogue';

const CONNECTIONS = 2;
const LIMIT = 20;
const UNCACHED = { CATALOGUE_CACHE_TTL: '0' };
/** Up to this many milliseconds, half of the customers do not wait for a page. */
const P50_LIMIT = 100;

/** Every 20th product is named in each of these: a thing is in 5,000 names of 1,000,000, and the rare word in ten. */
interface Naming {
  colours: string[];
  things: string[];
  rooms: string[];
  rare: string;
  /** Between thing and colour. */
  blank: string;
}
const NAMINGS: Naming[] = [
  {
    colours: ['dorée', 'argentée', 'émeraude', 'crème', 'ébène'],
    things: 'Café Théière Fenêtre Gâteau Forêt Étagère Bibliothèque Lumière Épée Rideau'.split(' '),
    rooms: ['chambre à coucher', 'entrée', 'salle à manger', 'véranda'],
    rare: 'Épinette',
    blank: ' ',
  },
  {
    colours: ['κόκκινη', 'μπλε', 'πράσινη', 'λευκή', 'μαύρη'],
    things: 'Λάμπα Καρέκλα Τραπέζι Ρολόι Καθρέφτης Βάζο Κουβέρτα Τσάντα Μπουκάλι Ράφι'.split(' '),
    rooms: ['κουζίνα', 'κήπος', 'γραφείο', 'υπνοδωμάτιο'],
    rare: 'Μπουζούκι',
    blank: ' ',
  },
  {
    colours: ['красная', 'синяя', 'зелёная', 'белая', 'чёрная'],
    things: 'Лампа Стул Стол Чайник Зеркало Ваза Одеяло Сумка Бутылка Полка'.split(' '),
    rooms: ['кухня', 'сад', 'кабинет', 'спальня'],
    rare: 'Балалайка',
    blank: ' ',
  },
  {
    colours: ['红色', '蓝色', '绿色', '白色', '黑色'],
    things: '台灯 椅子 桌子 时钟 镜子 花瓶 毛毯 背包 水瓶 书架'.split(' '),
    rooms: ['厨房', '花园', '办公室', '卧室'],
    rare: '古琴',
    blank: '',
  },
];
const RARE_OF_ASCII = 'Harpsichord';
const RARE = 10;
const MANY = LIMIT;

/** What is typed, the words in the name of each product found, and the length of the first page. */
type Search = [q: string, words: string[], found: number];
const searchesOf = (products: number): Record<string, Search> => {
  const sku = `SKU-${String(products / 2 + 2).padStart(8, '0')}`;
  return {
    'ASCII, rare': ['harpsichord', ['Harpsichord'], RARE],
    'ASCII, frequent': ['lamp', ['Lamp'], MANY],
    'ASCII, in any order': ['lamp silent red', ['Red', 'Silent', 'Lamp'], MANY],
    'accents, rare': ['epinette', ['Épinette'], RARE],
    'accents, frequent, typed without': ['cafe', ['Café'], MANY],
    'accents, two words, typed in capitals': ['CAFÉ CRÈME', ['Café', 'crème'], MANY],
    'accents, in any order': ['creme cafe', ['Café', 'crème'], MANY],
    'Greek, rare': ['μπουζούκι', ['Μπουζούκι'], RARE],
    'Greek, frequent, typed in capitals': ['ΛΑΜΠΑ', ['Λάμπα'], MANY],
    'Greek, in any order': ['μαύρη λάμπα', ['Λάμπα', 'μαύρη'], MANY],
    'Cyrillic, rare': ['балалайка', ['Балалайка'], RARE],
    'Cyrillic, frequent': ['лампа', ['Лампа'], MANY],
    'Cyrillic, in any order': ['черная лампа', ['Лампа', 'чёрная'], MANY],
    'Chinese, rare': ['古琴', ['古琴'], RARE],
    'Chinese, frequent': ['台灯', ['台灯'], MANY],
    'Chinese, in any order': ['台灯 黑色', ['黑色', '台灯'], MANY],
    SKU: [sku.toLowerCase(), [], 1],
    'end of an SKU': [sku.slice(4), [], 1],
  };
};

export const search: Scenario = {
  what: 'words in several scripts, searched for in a large catalogue',
  onlyByName: true,
  lasts: ({ rounds, seconds, products }) =>
    Object.keys(searchesOf(products)).length * (rounds * (seconds / 2 + 0.7) + 1.7) + products / 12_000 + 30,
  run: ({ bench, generator, pace, log }) =>
    bench.inShop(async (shop): Promise<Report[]> => {
      await fillCatalogue(bench, shop, pace.products, log, (query) => nameInScripts(query, pace.products));
      const searches = searchesOf(pace.products);
      const served = await plansOf(bench, shop, searches);
      const { url } = await bench.startApi(shop, UNCACHED);
      const runsOf = (seconds: number): Runs => {
        const runs: Runs = {};
        for (const [name, [q]] of Object.entries(searches))
          runs[name] = () => {
            const plan = { kind: 'get' as const, paths: [pathOf(q)] };
            return generator.run({ url, connections: CONNECTIONS, seconds, expected: 200, plan });
          };
        return runs;
      };
      const figures = Object.entries(await measureWarm(runsOf, { ...pace, seconds: pace.seconds / 2 }, log, 1));
      return [
        {
          name: 'search',
          title: `Searches in ${pace.products.toLocaleString('en-US')} products, uncached, ${CONNECTIONS} connections; p50 is to be ${P50_LIMIT} ms at most`,
          head: ['', 'q', 'p50 ms', 'p99 ms', '', 'served by'],
          rows: figures.map(([name, { p50, p99 }]) => [
            ...[name, `\`${searches[name][0]}\``, rounded(p50), rounded(p99)],
            ...[p50 <= P50_LIMIT ? 'met' : 'MISSED', served[name]],
          ]),
          chart: { unit: 'p50 in ms', bars: figures.map(([label, { p50 }]) => ({ label, value: p50 })) },
        },
      ];
    }),
};

const pathOf = (q: string): string => `/v1/products?limit=${LIMIT}&q=${encodeURIComponent(q)}`;

async function nameInScripts(query: Query, products: number): Promise<void> {
  const numbered =
    '(SELECT id, right(sku, 8)::int AS n, right(sku, 8)::int / 20 AS k FROM catalog.products) AS numbered';
  // The words of a name and of a description come in other combinations.
  for (const [index, { things, colours, rooms, blank }] of NAMINGS.entries())
    await query(
      `UPDATE catalog.products p
       SET name = ($2::text[])[1 + k % 10] || $5 || ($3::text[])[1 + k / 10 % 5] || ' ' || k % 997,
           description = ($4::text[])[1 + k / 3 % 4] || ', ' || ($3::text[])[1 + k / 7 % 5] || ', ' || k % 499
       FROM ${numbered} WHERE numbered.id = p.id AND n % 20 = $1`,
      [placeOf(index), things, colours, rooms, blank],
    );
  for (const [index, rare] of [...NAMINGS.map((naming) => naming.rare), RARE_OF_ASCII].entries())
    await query(
      `UPDATE catalog.products p SET name = $2 || ' ' || k
       FROM ${numbered} WHERE numbered.id = p.id AND n % 20 = $1 AND k % $3 = 7`,
      [placeOf(index), rare, products / 20 / RARE],
    );
}

/** Which of twenty products a naming has. */
const placeOf = (index: number): number => 1 + 3 * index;

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: PlanNode[];
}

/**
 * How PostgreSQL finds each page: the plans that the API's own statements had on its own connections. Checks the pages
 * too. Throws {@link PromiseBroken} for a page that is not what it must be, and when all products are read for one.
 */
async function plansOf(bench: Bench, shop: string, searches: Record<string, Search>): Promise<Record<string, string>> {
  const explained = { session_preload_libraries: 'auto_explain' };
  const how = { log_min_duration: '0', log_analyze: 'on', log_timing: 'off', log_format: 'json' };
  for (const [setting, value] of Object.entries(explained))
    await bench.query(shop, `ALTER DATABASE ${shop} SET ${setting} = '${value}'`);
  for (const [setting, value] of Object.entries(how))
    await bench.query(shop, `ALTER DATABASE ${shop} SET auto_explain.${setting} = '${value}'`);
  const api = await bench.startApi(shop, UNCACHED);
  const plans: Record<string, string> = {};
  for (const [name, search] of Object.entries(searches)) {
    const logged = bench.postgresLog.length;
    const answer = await fetch(api.url + pathOf(search[0]));
    if (!answer.ok) throw new PromiseBroken(`"${name}": ${answer.status} for ${search[0]}`);
    const { items } = (await answer.json()) as { items: { name: string; description: string }[] };
    ensureFound(name, search, items);
    const written = bench.postgresLog.slice(logged).matchAll(/ plan:\n((?:\t.*\n)+)/g);
    const nodes = [...written].map(([, json]) => nodesOf((JSON.parse(json) as { Plan: PlanNode }).Plan));
    plans[name] = phraseOf(name, nodes.findLast((all) => all.some(readsProducts)) ?? []);
  }
  await api.stop();
  await bench.query(shop, `ALTER DATABASE ${shop} RESET ALL`);
  return plans;
}

function ensureFound(name: string, [q, words, found]: Search, items: { name: string; description: string }[]): void {
  const stranger = items.find((item) => !words.every((word) => `${item.name} ${item.description}`.includes(word)));
  if (items.length !== found || stranger)
    throw new PromiseBroken(`"${name}": ${items.length} found for ${q}, ${JSON.stringify(stranger)} among them`);
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];
const readsProducts = (node: PlanNode): boolean => /^product(s|_texts)$/.test(node['Relation Name'] ?? '');

/** The indexes that were used, and how many products and texts of products were read. */
function phraseOf(name: string, nodes: PlanNode[]): string {
  const reading = nodes.filter(readsProducts);
  const scan = reading.find((node) => node['Node Type'].includes('Seq Scan'));
  if (scan || !reading.length)
    throw new PromiseBroken(`"${name}": ${scan ? 'all products were read' : 'no plan found'}`);
  const indexes = new Set(
    nodes.flatMap((node) => node['Index Name'] ?? []).filter((index) => /^products?_/.test(index)),
  );
  const rows = reading.map((node) => {
    const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
    return (node['Actual Rows'] + removed) * node['Actual Loops'];
  });
  const read = Math.round(rows.reduce((sum, some) => sum + some, 0)).toLocaleString('en-US');
  return `${[...indexes].join(' and ')}, ${read} rows read`;
}
