// Who may import what (dependency-cruiser). boundaries.spec.ts runs these rules on the code, and each of them on a tiny
// violation in violations/<name of the rule>/ that it must report: a rule that cannot fail is a defect.

const { ASKS, FLOORS, PLUMBING } = require('./house.cjs');

const CONTEXT = `(?!(?:${PLUMBING.join('|')})/)[^/]+`;
const layers = (names) => `libs/${CONTEXT}/src/(?:${names})/`;
const packages = (names) => `node_modules/(${names})(/|$)`;
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    rule(
      'kernel-and-contracts-stand-alone',
      'The shared kernel knows no framework and no ORM; published events are types over it.',
      { path: 'libs/(shared-kernel|contracts)/src/' },
      { path: ['libs/(?!shared-kernel/|contracts/)', 'node_modules/(?!uuid/)'] },
    ),
    rule(
      'kernel-and-contracts-stand-alone',
      'The client runs in apps that have nothing of this house.',
      { path: 'libs/client/src/' },
      { path: ['libs/(?!client/)', 'node_modules/'] },
    ),
    rule(
      'plumbing-imports-downwards',
      'Plumbing carries any context, so it knows none; the platform does not know HTTP either.',
      { path: 'libs/(platform|http)/src/' },
      { path: [`libs/${CONTEXT}/`, 'libs/(http|testbed)/'], pathNot: 'libs/$1/' },
    ),
    // One rule, repeated for each floor.
    ...FLOORS.map((floor, i) =>
      rule(
        'plumbing-imports-downwards',
        'A floor of the platform imports only the floors below it, each through its index.ts.',
        { path: `libs/platform/src/${floor}/` },
        {
          path: 'libs/platform/src/',
          pathNot: [
            `libs/platform/src/${floor}/`,
            `libs/platform/src/(${['none', ...FLOORS.slice(0, i)].join('|')})/index\\.ts$`,
          ],
        },
      ),
    ),
    rule(
      'domain-is-pure',
      'The domain imports itself, the shared kernel and event types.',
      { path: layers('domain') },
      {
        path: ['node_modules/', 'libs/(platform|http)/', layers('infrastructure|application|api')],
        // Data are no technology: a list of words, say.
        pathNot: 'node_modules/.*\\.json$',
      },
    ),
    rule(
      'application-knows-no-technology',
      'Use cases reach storage through the repositories of the domain, and know nothing of HTTP.',
      { path: layers('application') },
      { path: [layers('infrastructure|api'), 'libs/http/', packages('fastify|@nestjs/(swagger|platform-fastify)')] },
    ),
    rule(
      'outer-layers-keep-apart',
      'Controllers call application services and never see storage; adapters never call controllers.',
      { path: `libs/${CONTEXT}/src/(infrastructure|api)/` },
      { path: layers('infrastructure|api'), pathNot: `libs/${CONTEXT}/src/$1/` },
    ),
    rule(
      'storage-belongs-to-infrastructure',
      'TypeORM and pg are used in infrastructure and platform only, and by the testbed.',
      { path: 'libs/', pathNot: ['libs/(platform|testbed)/', 'libs/[^/]+/src/infrastructure/'] },
      { path: packages('typeorm|pg|@nestjs/typeorm') },
    ),
    rule(
      'validation-belongs-to-the-api',
      'class-validator checks requests; the domain checks itself.',
      { path: 'libs/', pathNot: ['libs/[^/]+/src/api/', 'libs/http/'] },
      { path: packages('class-validator|class-transformer') },
    ),
    rule(
      'libraries-are-entered-by-their-door',
      'index.ts is the only door of a library; http, the apps and ormconfig.ts may use the doors of the floors too.',
      { path: '(?:libs|apps)/([^/]+)/' },
      {
        path: 'libs/[^/]+/src/',
        pathNot: ['libs/$1/', 'libs/[^/]+/src/index\\.ts$', `libs/platform/src/(${FLOORS.join('|')})/index\\.ts$`],
      },
    ),
    rule(
      'libraries-are-entered-by-their-door',
      'A context enters the platform by its main door alone.',
      { path: `libs/${CONTEXT}/` },
      { path: 'libs/platform/src/', pathNot: 'libs/platform/src/index\\.ts$' },
    ),
    rule(
      'nothing-imports-an-app',
      'Apps are composition roots. The testbed is for start, demo, bench and the tests; it never goes into the image.',
      { path: '(?:libs|apps)/([^/]+)/', pathNot: 'apps/(start|demo|bench)/' },
      { path: ['apps/', 'libs/testbed/'], pathNot: '(apps|libs)/$1/' },
    ),
    rule(
      'nothing-imports-an-app',
      'Not even start, demo and bench import each other.',
      { path: 'apps/(start|demo|bench)/' },
      { path: 'apps/', pathNot: 'apps/$1/' },
    ),
    rule(
      'only-controllers-ask-identity',
      'Controllers ask who calls; the inner layers are given an id. Only the services that send messages ask for an ' +
        'address, at that moment: an address in an event, or in a copy, would outlive the account. Account recovery ' +
        'is a part of identity in a folder of its own.',
      {
        path: layers('domain|application|infrastructure'),
        pathNot: [
          'libs/(identity|account-recovery)/',
          'libs/notifications/src/application/(message-sending|account-notices)\\.service\\.ts$',
        ],
      },
      { path: 'libs/identity/' },
    ),
    rule(
      'everything-else-is-an-event',
      'No context calls another, except along the edges above (and identity, as the rule before says).',
      { path: `libs/(?!(?:${Object.keys(ASKS).join('|')})/)(${CONTEXT})/` },
      { path: `libs/${CONTEXT}/`, pathNot: 'libs/($1|identity)/' },
    ),
    ...Object.entries(ASKS).map(([context, asked]) =>
      rule(
        'everything-else-is-an-event',
        'No context calls another, except along the edges above.',
        { path: `libs/${context}/` },
        { path: `libs/${CONTEXT}/`, pathNot: `libs/(${[context, 'identity', ...asked].join('|')})/` },
      ),
    ),
    rule('no-cycles', 'Modules in a cycle cannot be understood, tested or moved alone.', {}, { circular: true }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // A spec may use what it needs to test with.
    exclude: { path: '\\.spec\\.ts$' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
  },
};
