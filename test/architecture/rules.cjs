// Who may import what (dependency-cruiser). boundaries.spec.ts runs these rules on the code, and each of them on a tiny
// violation in violations/<name of the rule>/ that it must report: a rule that cannot fail is a defect.
const CONTEXTS = ['identity', 'catalog', 'ordering', 'cart', 'payments', 'notifications', 'inventory-sync', 'webhooks'];
const CONTEXT = `(${CONTEXTS.join('|')})`;

// The synchronous edges: what must be decided in one transaction is asked for; of everything else events tell.
const ASKS = {
  ordering: ['catalog'], // an order has its stock, or is none
  cart: ['catalog', 'ordering'], // what is put in is held, or refused; a checkout is an order, or leaves the cart as it was
  'inventory-sync': ['catalog'], // a count is applied
};
const layers = (names) => `libs/${CONTEXT}/src/(${names})/`;
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
      'platform-knows-no-context',
      'Plumbing carries any context, so it knows none.',
      { path: 'libs/platform/src/' },
      { path: `libs/${CONTEXT}/` },
    ),
    rule(
      'domain-is-pure',
      'The domain imports itself, the shared kernel and event types.',
      { path: layers('domain') },
      { path: ['node_modules/', 'libs/platform/', layers('application|infrastructure|api')] },
    ),
    rule(
      'application-knows-no-technology',
      'Use cases reach storage through the repositories of the domain, and know nothing of HTTP.',
      { path: layers('application') },
      { path: [layers('infrastructure|api'), packages('fastify|@nestjs/(swagger|platform-fastify)')] },
    ),
    rule(
      'outer-layers-keep-apart',
      'Controllers call application services and never see storage; adapters never call controllers.',
      { path: layers('infrastructure|api') },
      { path: layers('infrastructure|api'), pathNot: `libs/${CONTEXT}/src/$2/` },
    ),
    rule(
      'storage-belongs-to-infrastructure',
      'TypeORM and pg are used in infrastructure and platform only.',
      { path: 'libs/', pathNot: ['libs/platform/', 'libs/[^/]+/src/infrastructure/'] },
      { path: packages('typeorm|pg|@nestjs/typeorm') },
    ),
    rule(
      'validation-belongs-to-the-api',
      'class-validator checks what comes in over HTTP; the domain checks itself.',
      { path: 'libs/', pathNot: ['libs/[^/]+/src/api/', 'libs/platform/src/http/'] },
      { path: packages('class-validator|class-transformer') },
    ),
    rule(
      'libraries-are-entered-by-their-door',
      'index.ts is the only door of a library, for other libraries and for the apps.',
      { path: '(?:libs|apps)/([^/]+)/' },
      { path: 'libs/[^/]+/src/', pathNot: ['libs/$1/', 'libs/[^/]+/src/index\\.ts$'] },
    ),
    rule(
      'only-controllers-ask-identity',
      'Who is there is a question of the API; the inner layers are told. But where a message goes is asked by the one ' +
        'service that sends it, at that moment: an address in an event, or in a copy, would outlive the account.',
      {
        path: layers('domain|application|infrastructure'),
        pathNot: ['libs/identity/', 'libs/notifications/src/application/message-sending\\.service\\.ts$'],
      },
      { path: 'libs/identity/' },
    ),
    // One rule, said for each context.
    ...CONTEXTS.map((context) =>
      rule(
        'everything-else-is-an-event',
        'No context calls another, but along the edges above (and identity, as the rule before says).',
        { path: `libs/${context}/` },
        { path: `libs/${CONTEXT}/`, pathNot: `libs/(${[context, 'identity', ...(ASKS[context] ?? [])].join('|')})/` },
      ),
    ),
    rule('no-cycles', 'What depends on itself cannot be understood, tested or moved alone.', {}, { circular: true }),
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
